package staff

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

func TestWhateverDoesNotFitIsToldAlike(t *testing.T) {
	p := open(t, Options{})
	admin, f := p.enrol(p.first(), "ada")
	gone, g := p.person(admin, "gone", roll.Reviewer)
	if err := p.Disable(t.Context(), admin, gone.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invite(t.Context(), admin, roll.Person{ID: "new", Roles: []roll.Role{roll.Reviewer}}); err != nil {
		t.Fatal(err)
	}
	right := p.code(f, 0)
	want := errWrong()
	for _, c := range []struct {
		says, name, password, code string
		hashes                     uint64
	}{
		{"a wrong password", "ada", "something else entirely", right, 1},
		{"a wrong code", "ada", password, "000000", 1},
		{"no code", "ada", password, "", 1},
		{"a code with a letter", "ada", password, right[:5] + "l", 1},
		{"both wrong", "ada", "something else entirely", "000000", 1},
		{"an unknown name", "eve", password, right, 1},
		{"what can be no name", "a b", password, right, 1},
		{"no name", "", password, right, 1},
		{"a disabled account", "gone", password, p.code(g, 0), 1},
		{"a person who has not enrolled", "new", password, right, 1},
		{"an id of a person", "operator", password, right, 1},
		{"no password", "ada", "", right, 0},
		{"a password nobody can have", "ada", strings.Repeat("x", maxTyped+1), right, 0},
		{"a name nobody can have", strings.Repeat("x", roll.MaxName+1), password, right, 0},
		{"a code nobody can have", "ada", password, strings.Repeat("0", maxCode+1), 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			p.tries = newPatience(9)
			before := p.hashing.runs.Load()
			s, err := p.enter(c.name, c.password, c.code)
			if err == nil || err.Error() != want.Error() || evenkeel.KindOf(err) != evenkeel.KindOf(want) || evenkeel.HintOf(err) != evenkeel.HintOf(want) || s.Token != "" {
				t.Errorf("says %v (%s); expected %v", err, evenkeel.HintOf(err), want)
			}
			if n := p.hashing.runs.Load() - before; n != c.hashes {
				t.Errorf("%d hashes were made; expected %d", n, c.hashes)
			}
		})
	}
	if s := p.must(p.enter("ada", password, right)); !s.Enrolled || s.Person.ID != roll.Operator {
		t.Errorf("it is %+v", s)
	}
}

// TestTheDecoyCostsWhatAPasswordCosts: the same parameters, the same length of sum.
func TestTheDecoyCostsWhatAPasswordCosts(t *testing.T) {
	d := New(nil, nil, Options{})
	if d.decoy.cost != d.hashing.cost || len(d.decoy.sum) != sumBytes || len(d.decoy.salt) != saltBytes || d.hashing.cost != (cost{19456, 2, 1}) {
		t.Errorf("the decoy costs %+v, a password %+v", d.decoy.cost, d.hashing.cost)
	}
}

func TestACodeWorksOnceAndAStepToEitherSide(t *testing.T) {
	p := open(t, Options{})
	_, f := p.enrol(p.first(), "ada") // with the code of the step before
	for _, c := range []struct {
		says  string
		steps int64
		fits  bool
	}{
		{"the code it enrolled with", -1, false},
		{"the code of two steps on", 2, false},
		{"the code of now", 0, true},
		{"the same again", 0, false},
		{"the next one, of a clock that is fast", 1, true},
		{"one that is older than the last used", 0, false},
	} {
		p.tries = newPatience(9)
		if _, err := p.enter("ada", password, p.code(f, c.steps)); (err == nil) != c.fits {
			t.Errorf("%s: %v; expected that it fits: %t", c.says, err, c.fits)
		}
	}
	p.pass(3 * stepFor)
	p.must(p.enter("ada", password, p.code(f, -1))) // of a clock that is slow
	p.pass(stepFor)
	code := p.code(f, 0)
	if _, err := p.enter("ada", "something else entirely", code); err == nil {
		t.Error("a wrong password fits")
	}
	p.must(p.enter("ada", password, code)) // a wrong password does not use the code up
}

func TestOfManyWithTheSameCodeOneEnters(t *testing.T) {
	p := open(t, Options{})
	_, f := p.enrol(p.first(), "ada")
	const many = freeTries         // more would have to wait
	errs := make(chan error, many) // one of each
	code := p.code(f, 0)
	for range many {
		go func() {
			_, err := p.enter("ada", password, code)
			errs <- err
		}()
	}
	n := 0
	for range many {
		switch err := <-errs; evenkeel.KindOf(err) {
		case evenkeel.KindDenied:
		case evenkeel.KindInternal:
			if err != nil {
				t.Error(err)
			}
			n++
		default:
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d entered; expected one", n)
	}
}

// guess types wrong passwords until it is told to wait, or n times.
func (p *place) guess(a Attempt, n int) (tried int, err error) {
	p.Helper()
	for tried = range n {
		if _, err = p.Enter(p.Context(), a); evenkeel.KindOf(err) == evenkeel.KindUnavailable {
			return tried, err
		} else if err == nil {
			p.Fatal("a wrong password fits")
		}
	}
	return n, nil
}

var evil = netip.MustParseAddr("203.0.113.7")

func TestWhoFailsOftenWaits(t *testing.T) {
	p := open(t, Options{})
	_, f := p.enrol(p.first(), "ada")
	for what, of := range map[string]struct {
		attempt func(n int) Attempt
	}{
		"guesses at a name": {func(n int) Attempt {
			return Attempt{Name: "ada", Source: netip.AddrFrom4([4]byte{10, byte(n), byte(n >> 8), 1})}
		}},
		"guesses at a name unknown": {func(n int) Attempt { return Attempt{Name: "eve"} }},
		"guesses from one place":    {func(n int) Attempt { return Attempt{Name: fmt.Sprint("x", n), Source: evil} }},
		"guesses from one network": {func(n int) Attempt {
			return Attempt{Name: fmt.Sprint("x", n), Source: netip.MustParseAddr(fmt.Sprintf("2001:db8::%x:1", n))}
		}},
	} {
		t.Run(what, func(t *testing.T) {
			p.tries = newPatience(maxPatience)
			n := 0
			try := func() error {
				n++
				a := of.attempt(n)
				a.Password, a.Code = "something else entirely", "000000"
				_, err := p.Enter(t.Context(), a)
				return err
			}
			for range freeTries {
				if err := try(); evenkeel.KindOf(err) != evenkeel.KindDenied {
					t.Fatalf("try %d: %v", n, err)
				}
			}
			for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				wait *= time.Second
				before := p.hashing.runs.Load()
				for range 3 { // what is turned away does not count
					err := try()
					at, ok := ComeAgain(err)
					if p.wants(evenkeel.KindUnavailable, err, "come again in "+wait.String()); !ok || at.Time().Sub(p.at) != wait || evenkeel.HintOf(err) == "" {
						t.Fatalf("come again at %s; expected in %s", at, wait)
					}
				}
				if p.hashing.runs.Load() != before {
					t.Error("a hash was made for who has to wait")
				}
				p.pass(wait)
				if err := try(); evenkeel.KindOf(err) != evenkeel.KindDenied {
					t.Fatalf("after %s: %v", wait, err)
				}
			}
		})
	}
	p.pass(forgotten)
	p.must(p.enter("ada", password, p.code(f, 0)))
}

// TestThisMachineHoldsNobodyUp: what looks like it may be a proxy with everybody behind it.
func TestThisMachineHoldsNobodyUp(t *testing.T) {
	p := open(t, Options{})
	for n := range 3 * freeTries {
		for _, here := range []string{"127.0.0.1", "::1"} {
			_, err := p.Enter(t.Context(), Attempt{Name: fmt.Sprint("x", here, n), Password: "something else entirely", Source: netip.MustParseAddr(here)})
			p.wants(evenkeel.KindDenied, err, "")
		}
	}
}

func TestManyTriesAtOnceCountToo(t *testing.T) {
	p := open(t, Options{})
	errs := make(chan error, 40) // one of each
	for range cap(errs) {
		go func() {
			_, err := p.enter("ada", password, "000000")
			errs <- err
		}()
	}
	denied := 0
	for range cap(errs) {
		if evenkeel.KindOf(<-errs) == evenkeel.KindDenied {
			denied++
		}
	}
	if denied != freeTries {
		t.Errorf("%d tries were let through; expected %d", denied, freeTries)
	}
}

// TestAFamiliarBrowserDoesNotWaitForOthers: somebody tries ada's name without end, from
// everywhere, ada's own address too.
func TestAFamiliarBrowserDoesNotWaitForOthers(t *testing.T) {
	p := open(t, Options{})
	admin, f := p.enrol(p.first(), "ada")
	bo, _ := p.person(admin, "bo", roll.Reviewer)
	p.pass(SessionFor)
	attack := func() {
		t.Helper()
		for n := range 40 {
			a := Attempt{Name: "ada", Password: "something else entirely", Code: "000000", Source: evil.Next()}
			if n%2 == 0 {
				a.Source = evil
			}
			_, _ = p.Enter(t.Context(), a)
			p.pass(MaxWait)
		}
		// Until the name and the address have to wait at this very moment.
		if _, err := p.guess(Attempt{Name: "ada", Password: "something else entirely", Source: evil}, 99); err == nil {
			t.Fatal("nobody has to wait")
		}
	}
	ada := func(before string) (Session, error) {
		return p.Enter(t.Context(), Attempt{Name: "Ada", Password: password, Code: p.code(f, 0), Source: evil, Before: before})
	}
	attack()
	s := p.must(ada(admin.Token)) // over for hours, and still known
	if p.whose(s.Token) == nil {
		t.Error("the session is no session")
	}
	attack()
	for what, token := range map[string]string{"without a token": "", "with a token of another account": bo.Token, "with one that was used up": admin.Token} {
		if _, err := ada(token); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
			t.Errorf("%s: %v; expected to wait", what, err)
		}
	}
	if err := p.Leave(t.Context(), s.Token); err != nil {
		t.Fatal(err)
	}
	s = p.must(ada(s.Token)) // signing out is no reason to be locked out
	attack()
	if tried, err := p.guess(Attempt{Name: "ada", Password: "something else entirely", Before: s.Token}, 99); tried != freeTries || err == nil {
		t.Errorf("the browser itself tried %d times: %v; expected %d", tried, err, freeTries)
	}
	p.pass(time.Second)
	s = p.must(ada(s.Token))
	p.pass(SessionFor + familiarFor)
	attack()
	if _, err := ada(s.Token); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("after a month: %v; expected to wait", err)
	}
	// A link needs no patience at all.
	p.enrol(p.byLink(must(p.Link(t.Context(), roll.Operator))(t)), "ada")
}

func TestSigningInDoesNotBuyTriesAtOthers(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	_, f := p.person(admin, "insider", roll.Reviewer)
	tried := 0
	for round := range 12 {
		n, _ := p.guess(Attempt{Name: fmt.Sprint("x", round), Password: "something else entirely", Source: evil}, 2)
		tried += n
		p.pass(stepFor)
		_, err := p.Enter(t.Context(), Attempt{Name: "insider", Password: password, Code: p.code(f, 0), Source: evil})
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindUnavailable {
			t.Fatal(err)
		}
	}
	if tried > freeTries+8 { // as many as without signing in between, with half a minute between the rounds
		t.Errorf("%d tries were let through", tried)
	}
	if p.tries.of[sourceTrier(evil)].Value.(*tries).failed != tried {
		t.Errorf("of %d tries %d are remembered", tried, p.tries.of[sourceTrier(evil)].Value.(*tries).failed)
	}
}

func TestAHashThatCannotBeReadSaysWhatHelps(t *testing.T) {
	p := open(t, Options{})
	s, f := p.enrol(p.first(), "ada")
	err := p.store.Transact(t.Context(), func(x roll.Tx) error {
		a, _, err := x.Account(s.Account)
		a.Password = roll.Secret("$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA")
		return errors.Join(err, x.PutAccount(a))
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.enter("ada", password, p.code(f, 0))
	p.wants(evenkeel.KindInternal, err, "read what is kept of account")
	if !contains(evenkeel.HintOf(err), "enrol again") {
		t.Errorf("the hint is %q", evenkeel.HintOf(err))
	}
}

func BenchmarkEnter(b *testing.B) {
	p := open(b, Options{})
	p.hashing.cost, p.decoy.cost = owasp, owasp
	_, f := p.enrol(p.first(), "ada")
	for b.Loop() {
		p.pass(stepFor)
		p.must(p.enter("ada", password, p.code(f, 0)))
	}
}

// TestWhatChangedWhileAPasswordWasHashed begins two attempts with the same code, and others
// beside what ends them.
func TestWhatChangedWhileAPasswordWasHashed(t *testing.T) {
	for what, c := range map[string]struct {
		meanwhile func(p *place, admin Session, bo *candidate)
		fits      bool
	}{
		"nothing": {func(*place, Session, *candidate) {}, true},
		"the same code was used": {func(p *place, _ Session, bo *candidate) {
			p.must(p.admit(p.Context(), bo, stepAt(p.at)))
		}, false},
		"the account was disabled": {func(p *place, admin Session, bo *candidate) {
			if err := p.Disable(p.Context(), admin, bo.account.ID); err != nil {
				p.Fatal(err)
			}
		}, false},
		"the person enrolled again": {func(p *place, _ Session, bo *candidate) {
			p.enrol(p.byLink(must(p.LinkTo(p.Context(), "bo"))(p)), "bo")
		}, false},
	} {
		t.Run(what, func(t *testing.T) {
			p := open(t, Options{Loopback: true})
			admin := p.first()
			p.person(admin, "bo", roll.Reviewer)
			step := stepAt(p.at) + 1
			bo := must(p.consider(t.Context(), &Attempt{Name: "bo", Password: password}))(t)
			if c.meanwhile(p, admin, &bo); what == "the same code was used" {
				step = stepAt(p.at)
			}
			if _, err := p.admit(t.Context(), &bo, step); (err == nil) != c.fits || !c.fits && evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("says %v; expected that it fits: %t", err, c.fits)
			}
		})
	}
}

func TestWhoSignsInBeginsAfresh(t *testing.T) {
	p := open(t, Options{})
	_, f := p.enrol(p.first(), "ada")
	for range 4 {
		if tried, err := p.guess(Attempt{Name: "ada", Password: "something else entirely"}, freeTries-1); tried < freeTries-1 {
			t.Fatalf("after %d tries: %v", tried, err)
		}
		p.must(p.enter("ada", password, p.code(f, 0)))
		p.pass(stepFor)
	}
}

func TestAHalfSessionMakesNoBrowserFamiliar(t *testing.T) {
	p := open(t, Options{})
	p.enrol(p.first(), "ada")
	half := p.byLink(must(p.Link(t.Context(), roll.Operator))(t))
	if c := must(p.consider(t.Context(), &Attempt{Name: "ada", Password: password, Before: half.Token}))(t); c.before != nil {
		t.Error("a session without both factors makes a browser familiar")
	}
}
