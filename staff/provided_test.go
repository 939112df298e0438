package staff

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

func there(subject string) Identity {
	return Identity{Issuer: "https://id.example", Subject: subject, Login: subject + "@example.net", Name: "Somebody"}
}

func (p *place) byProvider(id Identity, grant ...roll.Role) (Session, error) {
	return p.EnterByProvider(p.Context(), id, grant, evil)
}

func TestAProviderSignsInWhoWasInvitedAndNobodyElse(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	_, err := p.byProvider(there("s-1"))
	p.wants(evenkeel.KindDenied, err, "nobody who works here is known")

	// By an invitation that was opened here.
	link := must(p.Invite(t.Context(), admin, roll.Person{ID: "bo", Roles: []roll.Role{roll.Reviewer}}))(t)
	began := p.byLink(link)
	bo := p.must(p.JoinProvider(t.Context(), began.ID, there("s-1")))
	if !bo.Enrolled || bo.Person.ID != "bo" || !bo.May(roll.Decide) || bo.Person.Name != "Somebody" || p.whose(began.Token) != nil || bo.Token == began.Token {
		t.Errorf("it is %+v; expected a session of bo under another token", bo)
	}
	if s := p.must(p.byProvider(there("s-1"))); s.Person.ID != "bo" || s.Account != bo.Account || !s.Enrolled {
		t.Errorf("the next time it is %+v", s)
	}
	// By what an admin knows of them: the subject, or the address that the provider has verified.
	for who, id := range map[evenkeel.PersonID]string{"cy": "s-2", "di": "Di@Example.net"} {
		if err := p.Expect(t.Context(), admin, roll.Person{ID: who, Roles: []roll.Role{roll.Viewer}}, "https://id.example", id); err != nil {
			t.Fatal(err)
		}
	}
	if s := p.must(p.byProvider(there("s-2"))); s.Person.ID != "cy" {
		t.Errorf("it is %+v", s)
	}
	_, err = p.byProvider(Identity{Issuer: "https://other.example", Subject: "s-9", Email: "di@example.net"})
	p.wants(evenkeel.KindDenied, err, "nobody who works here")
	_, err = p.byProvider(there("s-3")) // its address is not verified
	p.wants(evenkeel.KindDenied, err, "nobody who works here")
	di := there("s-3")
	di.Email = "di@example.net"
	if s := p.must(p.byProvider(di)); s.Person.ID != "di" {
		t.Errorf("it is %+v", s)
	}
	di.Subject = "s-4" // whoever has the address next is another human being
	_, err = p.byProvider(di)
	p.wants(evenkeel.KindDenied, err, "nobody who works here")

	if _, err := p.enter("s-1", password, "000000"); err == nil {
		t.Error("an account of a provider has a password")
	}
	p.wants(evenkeel.KindConflict, p.Expect(t.Context(), admin, roll.Person{ID: "bo"}, "https://id.example", "mine"), "with which they can sign in")
	_, err = p.Invite(t.Context(), admin, roll.Person{ID: "bo"})
	p.wants(evenkeel.KindConflict, err, "with which they can sign in")
	p.wants(evenkeel.KindDenied, p.Expect(t.Context(), bo, roll.Person{ID: "eve", Roles: []roll.Role{roll.Lead}}, "https://id.example", "x"), "only an admin")
}

// TestWhoIsDisabledDoesNotComeBackByAProvider, whatever the settings grant.
func TestWhoIsDisabledDoesNotComeBackByAProvider(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	bo := p.must(p.byProvider(there("bo"), roll.Reviewer))
	if err := p.Disable(t.Context(), admin, bo.Account); err != nil {
		t.Fatal(err)
	}
	if p.whose(bo.Token) != nil {
		t.Error("the session goes on")
	}
	_, err := p.byProvider(there("bo"), roll.Reviewer)
	p.wants(evenkeel.KindDenied, err, "nobody who works here")
	// An admin can invite them again, and then the subject is theirs as before.
	again := p.byLink(must(p.Invite(t.Context(), admin, roll.Person{ID: "bo"}))(t))
	if s := p.must(p.JoinProvider(t.Context(), again.ID, there("bo"))); s.Account == bo.Account || s.Person.ID != "bo" {
		t.Errorf("it is %+v", s)
	}
	eve := p.byLink(must(p.Invite(t.Context(), admin, roll.Person{ID: "eve", Roles: []roll.Role{roll.Viewer}}))(t))
	_, err = p.JoinProvider(t.Context(), eve.ID, there("bo"))
	p.wants(evenkeel.KindConflict, err, "known here by another account")
}

func TestProvisioningMakesNobodyAnother(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	p.person(admin, "bo", roll.Reviewer)
	began := p.moment()
	cy := p.must(p.byProvider(there("cy"), roll.Viewer, roll.Reviewer))
	m := member(t, p, "cy")
	if at, has := m.RoleSince(roll.Reviewer); cy.Person.ID != "cy" || !cy.May(roll.Decide) || !has || at != began || m.Tenures[0].By != "" {
		t.Errorf("it is %+v, with %+v", cy, m.Tenures)
	}
	if s := p.must(p.byProvider(there("cy"))); s.Person.ID != "cy" {
		t.Errorf("the next time it is %+v", s)
	}
	for name, id := range map[string]Identity{
		"an id that somebody has":      {Issuer: "https://id.example", Subject: "9", Login: "bo"},
		"the operator":                 {Issuer: "https://id.example", Subject: "9", Login: "Operator@example.net"},
		"no name":                      {Issuer: "https://id.example", Subject: "9"},
		"a name that can be no id":     {Issuer: "https://id.example", Subject: "9", Login: "../bo"},
		"a name with a sign like an o": {Issuer: "https://id.example", Subject: "9", Login: "bо"},
	} {
		_, err := p.byProvider(id, roll.Reviewer)
		if evenkeel.KindOf(err) != evenkeel.KindDenied || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := p.byProvider(there("dan"), roll.Admin, roll.Lead)
	p.wants(evenkeel.KindConflict, err, "both decide and say who decides")
	if n := len(must(p.Persons(t.Context()))(t)); n != 3 {
		t.Errorf("there are %d persons; expected three", n)
	}
}

// TestTwoSubjectsAreOnePerson: and a way in is added only by who has just shown both factors.
func TestTwoSubjectsAreOnePerson(t *testing.T) {
	p := open(t, Options{})
	admin, f := p.enrol(p.first(), "ada")
	for range 2 {
		p.pass(FreshFor)
		_, err := p.JoinProvider(t.Context(), admin.ID, there("s-1"))
		p.wants(evenkeel.KindDenied, err, "more than ten minutes ago")
	}
	admin = p.must(p.enter("ada", password, p.code(f, 0)))
	one := p.must(p.JoinProvider(t.Context(), admin.ID, there("s-1")))
	two := p.must(p.JoinProvider(t.Context(), one.ID, there("s-2")))
	if one.Account == two.Account || one.Person.ID != roll.Operator || two.Person.ID != roll.Operator || p.whose(admin.Token) != nil {
		t.Errorf("they are %+v and %+v", one, two)
	}
	p.pass(time.Minute)
	if s := p.must(p.enter("ada", password, p.code(f, 0))); s.Person.ID != roll.Operator {
		t.Errorf("with a password it is %+v", s)
	}
	if m := member(t, p, roll.Operator); len(m.Accounts) != 3 {
		t.Errorf("accounts are %+v; expected three ways in for one person", m.Accounts)
	}
}

// TestTheFirstAdminOfAProviderClosesTheFirstLink, as one who enrols here does.
func TestTheFirstAdminOfAProviderClosesTheFirstLink(t *testing.T) {
	p := open(t, Options{Loopback: true})
	first := p.first()
	if err := p.Expect(t.Context(), first, roll.Person{ID: "bo", Roles: []roll.Role{roll.Admin}}, "https://id.example", "s-1"); err != nil {
		t.Fatal(err)
	}
	if s := p.must(p.byProvider(there("s-1"))); !s.May(roll.ManageStaff) {
		t.Errorf("it is %+v", s)
	}
	if _, again, _ := p.FirstLink(t.Context()); again || p.whose(first.Token) != nil {
		t.Error("whoever read the log may still come in")
	}
}
