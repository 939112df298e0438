package staff

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

func TestTheFirstLinkOnLoopbackLetsTheOperatorLookAround(t *testing.T) {
	p := open(t, Options{Loopback: true})
	s := p.first()
	if s.Person.ID != roll.Operator || !s.May(roll.ManageStaff) || !s.May(roll.Decide) || s.Enrolled || !s.FirstUse || s.Token == "" {
		t.Errorf("the session is %+v", s)
	}
	p.pass(SessionFor - time.Second)
	if s := p.whose(s.Token); s == nil || !s.MayAct() {
		t.Errorf("after almost twelve hours it is %+v", s)
	}
	p.pass(time.Second)
	if s := p.whose(s.Token); s != nil {
		t.Errorf("after twelve hours it is %+v", s)
	}
}

func TestTheFirstLinkElsewhereOnlyEnrols(t *testing.T) {
	p := open(t, Options{})
	s := p.first()
	if s.MayAct() || s.May(roll.ManageStaff) {
		t.Errorf("the session is %+v; expected that it may only enrol", s)
	}
	if _, err := p.Invite(t.Context(), s, roll.Person{ID: "bo", Roles: []roll.Role{roll.Admin}}); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("it invites: %v", err)
	}
	if s, _ := p.enrol(s, "ada"); !s.May(roll.ManageStaff) || s.Person.ID != roll.Operator || s.Person.Name != "ada" {
		t.Errorf("enrolled it is %+v", s)
	}
}

func TestALinkWorksOnceAndNotForLong(t *testing.T) {
	p := open(t, Options{Loopback: true})
	token, _, err := p.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p.whose(token) != nil {
		t.Error("a link is taken for a session")
	}
	s := p.byLink(token)
	if _, err := p.EnterByLink(t.Context(), s.Token, evil); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("a session is taken for a link: %v", err)
	}
	_, err = p.EnterByLink(t.Context(), token, evil)
	p.wants(evenkeel.KindDenied, err, "was used, is over")
	token, _, _ = p.FirstLink(t.Context())
	p.pass(LinkFor)
	_, err = p.EnterByLink(t.Context(), token, evil)
	p.wants(evenkeel.KindDenied, err, "was used, is over")
	for _, bad := range []string{"", "x", token + "x", token[:42] + "?"} {
		_, err = p.EnterByLink(t.Context(), bad, evil)
		p.wants(evenkeel.KindDenied, err, "never was")
	}
}

func TestAnotherFirstLinkVoidsTheOneBefore(t *testing.T) {
	p := open(t, Options{Loopback: true})
	before, _, _ := p.FirstLink(t.Context())
	s := p.first()
	if _, err := p.EnterByLink(t.Context(), before, evil); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("the link before: %v", err)
	}
	if _, _, err := p.FirstLink(t.Context()); err != nil { // as at a restart
		t.Fatal(err)
	}
	if p.whose(s.Token) != nil {
		t.Error("a session of the link before goes on")
	}
}

func TestNoFirstLinkOnceAnAdminHasEnrolled(t *testing.T) {
	p := open(t, Options{Loopback: true})
	operator := p.first()
	p.person(operator, "rex", roll.Reviewer)
	if s := p.whose(operator.Token); s == nil || !s.FirstUse {
		t.Fatalf("a reviewer has enrolled, and the operator's session is %+v", s)
	}
	token, first, err := p.FirstLink(t.Context())
	if !first || err != nil {
		t.Fatalf("nobody who administers has enrolled: %t, %v", first, err)
	}
	operator = p.byLink(token)
	_ = p.scan(operator)
	p.person(operator, "bo", roll.Admin)
	if _, err := p.EnterByLink(t.Context(), token, evil); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("the first link from before: %v", err)
	}
	if token, first, err := p.FirstLink(t.Context()); first || token != "" || err != nil {
		t.Errorf("another first link: %q, %t, %v", token, first, err)
	}
	if s := p.whose(operator.Token); s != nil {
		t.Errorf("the session of the first link is %+v; expected that it is over", s)
	}
	if _, err := p.Invite(t.Context(), operator, roll.Person{ID: "x", Roles: []roll.Role{roll.Admin}}); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("it invites with what it was: %v", err)
	}
	_, err = p.Enrol(t.Context(), operator, "eve", password, "123456")
	p.wants(evenkeel.KindDenied, err, "is over")
	p.enrol(p.byLink(must(p.Link(t.Context(), roll.Operator))(t)), "ada") // by the owner of the machine
}

// TestWhoReadTheLogDoesNotBecomeTheOperator: what a first link leads to before somebody who
// administers can sign in, and what is made with it, is over then, however that comes about.
func TestWhoReadTheLogDoesNotBecomeTheOperator(t *testing.T) {
	for how, admin := range map[string]func(p *place, first Session){
		"an admin enrols": func(p *place, first Session) { p.person(first, "bo", roll.Admin) },
		"who has enrolled is appointed": func(p *place, first Session) {
			p.person(first, "bo", roll.Reviewer)
			if err := p.Appoint(p.Context(), first, "bo", []roll.Role{roll.Admin}); err != nil {
				p.Fatal(err)
			}
		},
	} {
		t.Run(how, func(t *testing.T) {
			p := open(t, Options{Loopback: true})
			first := p.first()
			only := p.byLink(must(p.Link(t.Context(), roll.Operator))(t))
			link := must(p.Invite(t.Context(), first, roll.Person{ID: roll.Operator}))(t)
			admin(p, first)
			if p.whose(first.Token) != nil || p.whose(only.Token) != nil {
				t.Error("a session of the operator goes on")
			}
			_, err := p.EnterByLink(t.Context(), link, evil)
			p.wants(evenkeel.KindDenied, err, "is over")
			// What the operator is given afterwards stays when the next admin enrols.
			s := p.byLink(must(p.Link(t.Context(), roll.Operator))(t))
			bo := p.byLink(must(p.LinkTo(t.Context(), "bo"))(t))
			p.enrol(bo, "bo")
			p.enrol(s, "ada")
		})
	}
}

// TestALoopbackThatIsOneNoMore restarts the console where others reach it.
func TestALoopbackThatIsOneNoMore(t *testing.T) {
	p := open(t, Options{Loopback: true})
	s := p.first()
	p.options.Loopback = false
	if s := p.whose(s.Token); s == nil || s.MayAct() {
		t.Errorf("the session is %+v; expected that it may only enrol", s)
	}
}

func TestALostPhoneIsReplacedByALink(t *testing.T) {
	p := open(t, Options{})
	s, lost := p.enrol(p.first(), "ada")
	token, err := p.Link(t.Context(), roll.Operator)
	if err != nil {
		t.Fatal(err)
	}
	p.must(p.enter("ada", password, p.code(lost, 0))) // nothing has changed yet
	p.pass(stepFor)
	again := p.byLink(token)
	if again.MayAct() || again.Name != "ada" {
		t.Errorf("the session of the link is %+v", again)
	}
	if p.whose(s.Token) == nil {
		t.Error("the account was changed before anybody enrolled")
	}
	now, found := p.enrol(again, "ada")
	if now.Person.ID != roll.Operator || now.Account != s.Account {
		t.Errorf("enrolled again it is %+v; expected the same account", now)
	}
	if p.whose(s.Token) != nil || p.whose(again.Token) != nil {
		t.Error("sessions from before go on")
	}
	_, err = p.enter("ada", password, p.code(lost, 0))
	p.wants(evenkeel.KindDenied, err, "do not fit")
	p.must(p.enter("ada", password, p.code(found, 0)))
}

func TestALinkIsForOneAccount(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	_, err := p.Link(t.Context(), "bo")
	p.wants(evenkeel.KindNotFound, err, "no person bo")
	bo, _ := p.person(admin, "bo", roll.Reviewer)
	if _, err := p.Link(t.Context(), "bo"); err != nil {
		t.Error(err)
	}
	second, _ := p.enrol(p.byLink(p.another("bo")), "bo.travels")
	if second.Person.ID != "bo" || second.Account == bo.Account || len(second.Person.Roles) != 1 {
		t.Errorf("the second account is %+v; expected one of the same person", second)
	}
	_, err = p.Link(t.Context(), "bo")
	p.wants(evenkeel.KindConflict, err, "bo.travels")
	for _, name := range []string{"BO", string(bo.Account)} {
		if token, err := p.LinkTo(t.Context(), name); err != nil || p.byLink(token).Account != bo.Account {
			t.Errorf("a link to %s: %v", name, err)
		}
	}
	_, err = p.LinkTo(t.Context(), "cy")
	p.wants(evenkeel.KindNotFound, err, "no account cy")
	if hint := evenkeel.HintOf(err); !strings.Contains(hint, "the console's page of people lists them") {
		t.Errorf("the hint is %q; expected where it stands who is there", hint)
	}
	for _, a := range []roll.AccountID{bo.Account, second.Account} {
		if err := p.Disable(t.Context(), admin, a); err != nil {
			t.Fatal(err)
		}
	}
	_, err = p.Link(t.Context(), "bo")
	p.wants(evenkeel.KindConflict, err, "disabled")
	_, err = p.LinkTo(t.Context(), "bo")
	p.wants(evenkeel.KindConflict, err, "disabled")
}
