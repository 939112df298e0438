package staff

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

func TestASessionEndsWhenNothingIsDone(t *testing.T) {
	for _, c := range []struct {
		role roll.Role
		idle time.Duration
	}{{roll.Admin, AdminIdle}, {roll.Reviewer, ReviewerIdle}} {
		t.Run(c.role.String(), func(t *testing.T) {
			p := open(t, Options{Loopback: true})
			used, began := p.at, p.at
			s, _ := p.person(p.first(), "bo", c.role)
			shown := func(at time.Time) bool {
				p.at = at
				return p.whose(s.Token) != nil
			}
			for used.Add(c.idle).Before(began.Add(SessionFor)) { // kept by being used
				if used = used.Add(c.idle - time.Second); !shown(used) {
					t.Fatalf("it is over %s after it began", used.Sub(began))
				}
			}
			if !shown(began.Add(SessionFor-time.Second)) || shown(began.Add(SessionFor)) {
				t.Error("it does not end after twelve hours")
			}
			p.at = began
			if _, first, _ := p.FirstLink(t.Context()); c.role == roll.Admin && first {
				t.Fatal("an admin has enrolled, and there is a first link")
			}
			s = p.byLink(must(p.Link(t.Context(), "bo"))(t))
			s, _ = p.enrol(s, "bo")
			if shown(began.Add(c.idle)) {
				t.Error("it goes on after nothing was done")
			}
		})
	}
}

func TestLeaving(t *testing.T) {
	p := open(t, Options{})
	s, f := p.enrol(p.first(), "ada")
	second := p.must(p.enter("ada", password, p.code(f, 0)))
	if err := p.Leave(t.Context(), s.Token); err != nil || p.whose(s.Token) != nil || p.whose(second.Token) == nil {
		t.Errorf("leaving one session: %v", err)
	}
	if err := errors.Join(p.Leave(t.Context(), s.Token), p.Leave(t.Context(), ""), p.Leave(t.Context(), "x")); err != nil {
		t.Errorf("leaving once more: %v", err)
	}
	p.pass(stepFor)
	third := p.must(p.enter("ada", password, p.code(f, 0)))
	if err := p.LeaveAll(t.Context(), s.Account); err != nil || p.whose(second.Token) != nil || p.whose(third.Token) != nil {
		t.Errorf("leaving all: %v", err)
	}
	enrolling := p.byLink(must(p.Link(t.Context(), roll.Operator))(t))
	if err := p.Leave(t.Context(), enrolling.Token); err != nil || p.whose(enrolling.Token) != nil {
		t.Errorf("leaving before enrolling: %v", err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestARoleThatIsTakenIsGoneAtOnce(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	bo, _ := p.person(admin, "bo", roll.Admin, roll.Auditor)
	if err := p.Appoint(t.Context(), admin, "bo", []roll.Role{roll.Auditor}); err != nil {
		t.Fatal(err)
	}
	if s := p.whose(bo.Token); s == nil || s.May(roll.ManageStaff) || !s.May(roll.SeeCases) {
		t.Errorf("the session is %+v", s)
	}
	if _, err := p.Invite(t.Context(), bo, roll.Person{ID: "cy", Roles: []roll.Role{roll.Reviewer}}); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("who was an admin invites: %v", err)
	}
	if err := p.Appoint(t.Context(), admin, "bo", nil); err != nil {
		t.Fatal(err)
	}
	if s := p.whose(bo.Token); s == nil || s.May(roll.ManageStaff) || s.May(roll.SeeCases) {
		t.Errorf("without a role the session is %+v", s)
	}
}

func TestAValueOfASessionIsNoSession(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	bo, _ := p.person(admin, "bo", roll.Reviewer)
	bo.Person.Roles = []roll.Role{roll.Admin} // somebody made it say so
	if err := p.Disable(t.Context(), bo, admin.Account); err == nil {
		t.Error("a role was believed that is not kept")
	}
	if err := p.Leave(t.Context(), admin.Token); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invite(t.Context(), admin, roll.Person{ID: "cy", Roles: []roll.Role{roll.Admin}}); err == nil {
		t.Error("a session was believed that is over")
	}
}

func TestWhatIsKeptOfATokenIsNotTheToken(t *testing.T) {
	p := open(t, Options{Loopback: true})
	s := p.first()
	_ = p.scan(s)
	err := p.store.View(t.Context(), func(x roll.Tx) error {
		pass, _, err := x.Pass(s.ID)
		if text := fmt.Sprintf("%v %+v %#v %s %x", pass, pass, pass.Offer, pass.Offer, pass.Offer); len(pass.Offer) != seedBytes || !contains(text, "(secret)") || contains(text, fmt.Sprintf("%x", []byte(pass.Offer))) {
			t.Errorf("it prints as %s", text)
		}
		_, found, _ := x.Pass(roll.PassID([]byte(s.Token)[:32]))
		if found {
			t.Error("the token is its own name")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
