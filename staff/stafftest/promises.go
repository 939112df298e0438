package stafftest

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Run holds a store to the contract. open opens an empty one, which is closed when the test
// ends.
func Run(t *testing.T, open func(t testing.TB) roll.Store) {
	for _, p := range promises {
		t.Run(p.says, func(t *testing.T) { p.holds(&scene{t, open(t)}) })
	}
}

// promise is one sentence about a store, and its test.
type promise struct {
	says  string
	holds func(s *scene)
}

var promises = []promise{
	{"values come back whole", valuesComeBack},
	{"a list is in the order of ids", listsAreInOrder},
	{"what is kept changes only by putting", nothingIsShared},
	{"a transaction sees what it has put", ownWordsAreSeen},
	{"a transaction that fails is kept nowhere", failureKeepsNothing},
	{"a transaction whose context has ended is kept nowhere", endedKeepsNothing},
	{"what is refused keeps the rest out too", refusalKeepsNothing},
	{"a view puts nothing", viewsPutNothing},
	{"a name is one account's", namesAreUnique},
	{"an account stays with its person, a pass with its account", belongingsStay},
	{"nothing belongs to nobody", nothingIsAdrift},
	{"what could never be right is refused", nonsenseIsRefused},
	{"passes end with their account", passesEndWithTheAccount},
	{"passes of some kinds are dropped", passesAreDropped},
	{"passes that were over are swept away", passesAreSwept},
	{"a role is had once at a time, and a tenure is ended and never edited", tenuresOnlyEnd},
	{"a subject of a provider is one account's", subjectsAreUnique},
	{"of many who take the same step one does", stepsAreTakenOnce},
}

func valuesComeBack(s *scene) {
	s.settle()
	s.see(func(x roll.Tx) {
		for _, c := range []struct{ got, want any }{
			{s.person(x, "ada"), &ada}, {s.person(x, "bo"), &bo},
			{s.pass(x, passID(3)), new(passOf(3, roll.Link, "account-1", 300))},
			{s.account(x, "account-1"), new(active("account-1", "ada", "ada"))},
		} {
			if !reflect.DeepEqual(c.got, c.want) {
				s.Errorf("it came back as %+v; expected %+v", c.got, c.want)
			}
		}
		if a := s.account(x, "account-2"); a == nil || a.State != roll.Invited || a.Name != "" || len(a.Seed)+len(a.Password) > 0 || a.Factor != roll.NoFactor || a.Made != 5 {
			s.Errorf("an invited account came back as %+v", a)
		}
		if s.person(x, "cy") != nil || s.account(x, "account-9") != nil || s.pass(x, passID(9)) != nil {
			s.Error("something is found that was never put")
		}
	})
	s.do(func(x roll.Tx) error { // what is put again stands in the place of the old
		none := roll.Person{ID: "ada", Name: "Ada"}
		again := active("account-1", "ada", "ada.l")
		again.State, again.Step = roll.Disabled, 3
		longer := passOf(1, roll.Enrolling, "account-1", 500)
		return errors.Join(x.PutPerson(none), x.PutAccount(again), x.PutPass(longer))
	})
	s.see(func(x roll.Tx) {
		if p := s.person(x, "ada"); p.Name != "Ada" || len(p.Roles) != 0 {
			s.Errorf("the person is %+v", p)
		}
		if a := s.account(x, "account-1"); a.State != roll.Disabled || a.Name != "ada.l" || a.Step != 3 {
			s.Errorf("the account is %+v", a)
		}
		if p := s.pass(x, passID(1)); p.Kind != roll.Enrolling || p.Until != 500 {
			s.Errorf("the pass is %+v", p)
		}
	})
}

func listsAreInOrder(s *scene) {
	s.settle()
	s.see(func(x roll.Tx) {
		all, err := x.Persons()
		if err != nil || len(all) != 2 || !reflect.DeepEqual(all[0], ada) || !reflect.DeepEqual(all[1], bo) {
			s.Errorf("persons are %+v (%v)", all, err)
		}
		for person, want := range map[evenkeel.PersonID]string{"ada": "account-1", "bo": "account-2 account-3", "cy": ""} {
			list, err := x.AccountsOf(person)
			var ids []string
			for _, a := range list {
				ids = append(ids, string(a.ID))
			}
			if got := strings.Join(ids, " "); got != want || err != nil {
				s.Errorf("accounts of %s are %s (%v); expected %s", person, got, err, want)
			}
		}
		a, found, err := x.Named("bo")
		if !found || err != nil || a.ID != "account-3" {
			s.Errorf("named bo is %+v, %t (%v)", a, found, err)
		}
		for _, name := range []string{"", "Bo", "cy"} {
			if _, found, err := x.Named(name); found || err != nil {
				s.Errorf("an account is named %q (%v)", name, err)
			}
		}
	})
}

func nothingIsShared(s *scene) {
	mine := active("account-1", "ada", "ada")
	person := roll.Person{ID: "ada", Roles: []roll.Role{roll.Reviewer}}
	pass := passOf(1, roll.Full, "account-1", 100)
	s.do(func(x roll.Tx) error {
		return errors.Join(x.PutPerson(person), x.PutAccount(mine), x.PutPass(pass))
	})
	spoil := func(a roll.Account, p roll.Person, q roll.Pass) {
		a.Seed[0], a.Password[0], p.Roles[0], q.Offer[0] = 'X', 'X', roll.Admin, 'X'
	}
	spoil(mine, person, pass)
	for range 2 {
		s.see(func(x roll.Tx) {
			a, p, q := s.account(x, "account-1"), s.person(x, "ada"), s.pass(x, passID(1))
			if bytes.HasPrefix(a.Seed, []byte("X")) || bytes.HasPrefix(a.Password, []byte("X")) || p.Roles[0] != roll.Reviewer || bytes.HasPrefix(q.Offer, []byte("X")) {
				s.Error("what is kept was changed from outside")
			}
			spoil(*a, *p, *q)
		})
	}
}

func ownWordsAreSeen(s *scene) {
	s.do(func(x roll.Tx) error {
		err := errors.Join(x.PutPerson(bo), x.PutAccount(active("account-3", "bo", "bo")))
		if a := s.account(x, "account-3"); a == nil {
			s.Error("what was put is not seen")
		}
		if err := errors.Join(err, x.DropAccount("account-3")); err != nil {
			return err
		}
		if a := s.account(x, "account-3"); a != nil {
			s.Error("what was dropped is seen")
		}
		return nil
	})
}

func (s *scene) nobody() {
	s.Helper()
	s.see(func(x roll.Tx) {
		if all, err := x.Persons(); len(all) > 0 || err != nil {
			s.Errorf("%d persons are kept (%v); expected none", len(all), err)
		}
	})
}

func failureKeepsNothing(s *scene) {
	fails := errors.New("for a reason")
	err := s.store.Transact(s.Context(), func(x roll.Tx) error { return errors.Join(x.PutPerson(ada), fails) })
	if !errors.Is(err, fails) {
		s.Errorf("says %v", err)
	}
	s.nobody()
}

func endedKeepsNothing(s *scene) {
	ctx, cancel := context.WithCancel(s.Context())
	err := s.store.Transact(ctx, func(x roll.Tx) error {
		cancel()
		return x.PutPerson(ada)
	})
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		s.Errorf("says %v; expected that it is unavailable", err)
	}
	if err := s.store.View(ctx, func(roll.Tx) error { return nil }); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		s.Errorf("view says %v; expected that it is unavailable", err)
	}
	s.nobody()
}

func refusalKeepsNothing(s *scene) {
	s.refused(evenkeel.KindInvalid, func(x roll.Tx) error {
		if err := x.PutPerson(ada); err != nil {
			return err
		}
		return x.PutPerson(roll.Person{})
	})
	s.nobody()
}

func viewsPutNothing(s *scene) {
	s.settle()
	for what, put := range map[string]func(roll.Tx) error{
		"a person": func(x roll.Tx) error { return x.PutPerson(ada) }, "an account": func(x roll.Tx) error { return x.PutAccount(active("account-4", "ada", "x")) },
		"a pass": func(x roll.Tx) error { return x.PutPass(passOf(5, roll.Full, "account-1", 20)) }, "less": func(x roll.Tx) error { return x.DropAccount("account-1") },
		"less passes": func(x roll.Tx) error { return x.DropPasses("account-1") },
	} {
		if err := s.store.View(s.Context(), put); evenkeel.KindOf(err) != evenkeel.KindDenied || err == nil {
			s.Errorf("putting %s in a view says %v; expected that it is denied", what, err)
		}
	}
	s.see(func(x roll.Tx) {
		if s.account(x, "account-1") == nil || s.account(x, "account-4") != nil || s.pass(x, passID(5)) != nil || s.pass(x, passID(1)) == nil {
			s.Error("a view changed what is kept")
		}
	})
}

func namesAreUnique(s *scene) {
	s.settle()
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutAccount(active("account-9", "bo", "ada")) })
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutAccount(active("account-3", "bo", "ada")) })
	s.do(func(x roll.Tx) error { // any number have none
		return x.PutAccount(roll.Account{ID: "account-8", Person: "ada", State: roll.Invited})
	})
}

func belongingsStay(s *scene) {
	s.settle()
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutAccount(active("account-1", "bo", "ada")) })
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutPass(passOf(1, roll.Full, "account-3", 100)) })
}

func nothingIsAdrift(s *scene) {
	s.settle()
	s.refused(evenkeel.KindInvalid, func(x roll.Tx) error { return x.PutAccount(active("account-9", "cy", "cy")) })
	s.refused(evenkeel.KindInvalid, func(x roll.Tx) error { return x.PutPass(passOf(9, roll.Full, "account-9", 100)) })
}

func nonsenseIsRefused(s *scene) {
	s.settle()
	without := func(change func(*roll.Account)) func(roll.Tx) error {
		a := active("account-1", "ada", "ada")
		change(&a)
		return func(x roll.Tx) error { return x.PutAccount(a) }
	}
	for what, put := range map[string]func(roll.Tx) error{
		"a person without an id": func(x roll.Tx) error { return x.PutPerson(roll.Person{Name: "x"}) },
		"a role twice": func(x roll.Tx) error {
			return x.PutPerson(roll.Person{ID: "x", Roles: []roll.Role{roll.Admin, roll.Admin}})
		},
		"a role that does not exist":        func(x roll.Tx) error { return x.PutPerson(roll.Person{ID: "x", Roles: []roll.Role{9}}) },
		"a name over two lines":             func(x roll.Tx) error { return x.PutPerson(roll.Person{ID: "x", Name: "a\nb"}) },
		"a name that is too long":           func(x roll.Tx) error { return x.PutPerson(roll.Person{ID: "x", Name: strings.Repeat("x", 257)}) },
		"active without a name":             without(func(a *roll.Account) { a.Name = "" }),
		"active without a password":         without(func(a *roll.Account) { a.Password = nil }),
		"active without a second factor":    without(func(a *roll.Account) { a.Factor = roll.NoFactor }),
		"active without a seed":             without(func(a *roll.Account) { a.Seed = nil }),
		"a state that does not exist":       without(func(a *roll.Account) { a.State = 9 }),
		"no state":                          without(func(a *roll.Account) { a.State = 0 }),
		"a seed that is too long":           without(func(a *roll.Account) { a.Seed = make(roll.Secret, roll.MaxSecret+1) }),
		"a pass without an id":              func(x roll.Tx) error { return x.PutPass(roll.Pass{Kind: roll.Full, Account: "account-1"}) },
		"a pass of no kind":                 func(x roll.Tx) error { return x.PutPass(roll.Pass{ID: passID(7), Account: "account-1"}) },
		"a pass that ends before it begins": func(x roll.Tx) error { return x.PutPass(passOf(7, roll.Full, "account-1", 9)) },
	} {
		s.Run(what, func(s *scene) { s.refused(evenkeel.KindInvalid, put) })
	}
}

// Run is a part of a promise.
func (s *scene) Run(what string, f func(s *scene)) {
	s.TB.(*testing.T).Run(what, func(t *testing.T) { f(&scene{t, s.store}) })
}

// left says which of the four passes of settle are there.
func (s *scene) left() (out string) {
	s.Helper()
	s.see(func(x roll.Tx) {
		for n := range byte(4) {
			if s.pass(x, passID(n+1)) != nil {
				out += string('1' + n)
			}
		}
	})
	return out
}

func passesEndWithTheAccount(s *scene) {
	s.settle()
	s.do(func(x roll.Tx) error { return errors.Join(x.DropAccount("account-1"), x.DropAccount("account-9")) })
	if left := s.left(); left != "4" {
		s.Errorf("passes %s are left; expected that of the other account", left)
	}
}

func passesAreDropped(s *scene) {
	s.settle()
	for _, c := range []struct {
		drop func(x roll.Tx) error
		left string
	}{
		{func(x roll.Tx) error { return x.DropPasses("account-1", roll.FirstLink) }, "1234"},
		{func(x roll.Tx) error { return x.DropPasses("account-1", roll.Full, roll.FirstUse) }, "234"},
		{func(x roll.Tx) error { return x.DropPass(passID(2)) }, "34"},
		{func(x roll.Tx) error { return x.DropPass(passID(2)) }, "34"},
		{func(x roll.Tx) error { return x.DropPasses("account-1") }, "4"},
	} {
		s.do(c.drop)
		if left := s.left(); left != c.left {
			s.Errorf("passes %s are left; expected %s", left, c.left)
		}
	}
}

func passesAreSwept(s *scene) {
	s.settle()
	s.do(func(x roll.Tx) error { return x.SweepPasses(300) })
	if left := s.left(); left != "34" {
		s.Errorf("passes %s are left; expected those that end at 300 or later", left)
	}
}

func stepsAreTakenOnce(s *scene) {
	s.settle()
	const many = 8
	took := make(chan bool, many) // one from each
	for range many {
		go func() {
			mine := false
			err := s.store.Transact(s.Context(), func(x roll.Tx) error {
				a, _, err := x.Account("account-1")
				if err != nil || a.Step == 7 {
					return err
				}
				mine, a.Step = true, 7
				return x.PutAccount(a)
			})
			if err != nil {
				s.Error(err)
			}
			took <- mine
		}()
	}
	n := 0
	for range many {
		if <-took {
			n++
		}
	}
	if n != 1 {
		s.Errorf("%d took the step; expected one", n)
	}
}
