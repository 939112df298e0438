package staff

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func TestOnlyAdminsAdminister(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	bo, _ := p.person(admin, "bo", roll.Reviewer)
	late, err := p.Invite(t.Context(), admin, roll.Person{ID: "cy", Roles: []roll.Role{roll.Admin}})
	if err != nil {
		t.Fatal(err)
	}
	for name, by := range map[string]Session{"a reviewer": bo, "an admin who has not enrolled": p.byLink(late)} {
		t.Run(name, func(t *testing.T) {
			_, err := p.Invite(t.Context(), by, roll.Person{ID: "eve", Roles: []roll.Role{roll.Admin}})
			p.wants(evenkeel.KindDenied, err, "only an admin")
			p.wants(evenkeel.KindDenied, p.Appoint(t.Context(), by, "bo", []roll.Role{roll.Admin}), "only an admin")
			p.wants(evenkeel.KindDenied, p.Disable(t.Context(), by, admin.Account), "only an admin")
		})
	}
	_, err = p.Invite(t.Context(), Session{}, roll.Person{ID: "eve", Roles: []roll.Role{roll.Admin}})
	p.wants(evenkeel.KindDenied, err, "is over")
}

func TestInviting(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	invite := func(id evenkeel.PersonID, roles ...roll.Role) (string, error) {
		return p.Invite(t.Context(), admin, roll.Person{ID: id, Roles: roles})
	}
	_, err := invite("bo")
	p.wants(evenkeel.KindInvalid, err, "no role")
	_, err = invite("", roll.Admin)
	p.wants(evenkeel.KindInvalid, err, "person is empty")
	before := must(invite("bo", roll.Auditor, roll.Admin, roll.Auditor))(t)
	again := must(invite("bo"))(t)
	if _, err := p.EnterByLink(t.Context(), before, evil); err == nil {
		t.Error("the first invitation is good after the second")
	}
	p.pass(InviteFor - time.Second - AdminIdle/2)
	admin = p.byLink(must(p.Link(t.Context(), roll.Operator))(t))
	admin, _ = p.enrol(admin, "ada")
	_, err = invite("bo", roll.Reviewer)
	p.wants(evenkeel.KindConflict, err, `with the roles "admin auditor"`)
	if s := p.byLink(again); s.Person.ID != "bo" || len(s.Person.Roles) != 2 {
		t.Errorf("it is %+v", s)
	}
	for _, roles := range [][]roll.Role{nil, {roll.Reviewer, roll.Admin, roll.Lead}} { // an admin would become another person
		_, err = invite(roll.Operator, roles...)
		p.wants(evenkeel.KindConflict, err, "with which they can sign in")
		if !contains(evenkeel.HintOf(err), "evenkeel staff link --person operator") {
			t.Errorf("the hint is %q", evenkeel.HintOf(err))
		}
	}
	over := must(invite("cy", roll.Reviewer))(t)
	p.pass(InviteFor)
	_, err = p.EnterByLink(t.Context(), over, evil)
	p.wants(evenkeel.KindDenied, err, "is over")
}

func TestDisabling(t *testing.T) {
	p := open(t, Options{})
	admin, _ := p.enrol(p.first(), "ada")
	bo, phone := p.person(admin, "bo", roll.Reviewer)
	p.wants(evenkeel.KindNotFound, p.Disable(t.Context(), admin, "account-x"), "no such account")
	p.wants(evenkeel.KindConflict, p.Disable(t.Context(), admin, admin.Account), "nobody else who administers")
	p.wants(evenkeel.KindConflict, p.Appoint(t.Context(), admin, roll.Operator, nil), "nobody else who administers")
	p.wants(evenkeel.KindNotFound, p.Appoint(t.Context(), admin, "cy", nil), "no such person")
	if p.whose(admin.Token) == nil || !p.whose(admin.Token).May(roll.ManageStaff) {
		t.Fatal("the last admin is gone")
	}
	link := must(p.Link(t.Context(), "bo"))(t)
	for range 2 {
		if err := p.Disable(t.Context(), admin, bo.Account); err != nil {
			t.Fatal(err)
		}
	}
	if p.whose(bo.Token) != nil {
		t.Error("the session goes on")
	}
	if _, err := p.EnterByLink(t.Context(), link, evil); err == nil {
		t.Error("the link is good")
	}
	err := p.store.Transact(t.Context(), func(x roll.Tx) error {
		_, found, err := x.Pass(bo.ID)
		a, _, err2 := x.Account(bo.Account)
		if found || len(a.Seed)+len(a.Password) > 0 {
			t.Errorf("a pass is kept: %t; so is %d bytes of secrets", found, len(a.Seed)+len(a.Password))
		}
		return errors.Join(err, err2, x.PutPass(roll.Pass{ID: bo.ID, Kind: roll.Full, Account: bo.Account, Seen: p.moment(), Until: bo.Until}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.whose(bo.Token) != nil {
		t.Error("a session of a disabled account is one")
	}
	_, err = p.enter("bo", password, p.code(phone, 0))
	p.wants(evenkeel.KindDenied, err, "do not fit")
	s := p.byLink(must(p.Invite(t.Context(), admin, roll.Person{ID: "bo"}))(t))
	_, err = p.Enrol(t.Context(), s, "bo", password, p.code(p.scan(s), 0))
	p.wants(evenkeel.KindConflict, err, "is taken")
	p.enrol(s, "bo.again")
	cy := must(p.Invite(t.Context(), admin, roll.Person{ID: "cy", Roles: []roll.Role{roll.Admin}}))(t)
	all := must(p.Persons(t.Context()))(t)
	var shown []string
	for _, m := range all {
		text := string(m.Person.ID) + " " + roll.JoinRoles(m.Person.Roles) + ":"
		states := map[roll.State]int{}
		for _, a := range m.Accounts {
			states[a.State]++
		}
		for _, s := range []roll.State{roll.Invited, roll.Active, roll.Disabled} {
			text += strings.Repeat(" "+s.String(), states[s])
		}
		shown = append(shown, text)
	}
	if got := strings.Join(shown, ", "); got != "bo reviewer: active disabled, cy admin: invited, operator reviewer admin lead: active" {
		t.Errorf("persons are %s", got)
	}
	late := p.byLink(cy)
	if err := p.Disable(t.Context(), admin, all[1].Accounts[0].ID); err != nil {
		t.Fatal(err)
	}
	if p.whose(late.Token) != nil {
		t.Error("who was about to enrol may go on")
	}
	cy = must(p.Invite(t.Context(), admin, roll.Person{ID: "cy"}))(t)
	all = must(p.Persons(t.Context()))(t)
	if err := p.Disable(t.Context(), admin, all[1].Accounts[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EnterByLink(t.Context(), cy, evil); err == nil {
		t.Error("an invitation is good after it was withdrawn")
	}
	if again := must(p.Persons(t.Context()))(t); len(again) != 3 || len(again[1].Accounts) != 0 {
		t.Errorf("persons are %+v; expected cy without an account", again)
	}
}
