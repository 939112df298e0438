package staff

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
	"pgregory.net/rapid"
)

// TestWhatEachRoleMay is the whole table, written a second time: whoever changes one has to mean it.
func TestWhatEachRoleMay(t *testing.T) {
	want := map[roll.Role]string{
		roll.Viewer:   "see_cases see_ledger",
		roll.Reviewer: "see_cases see_ledger decide grant_flags",
		roll.Lead:     "see_cases see_ledger see_staff decide grant_flags grant_wide steer",
		roll.Admin:    "see_ledger see_staff manage_staff",
		roll.Auditor:  "see_cases see_ledger see_staff",
	}
	if len(roll.Roles()) != len(want) {
		t.Fatalf("there are %d roles; expected %d", len(roll.Roles()), len(want))
	}
	for _, role := range roll.Roles() {
		var has []string
		for r := roll.SeeCases; r.String() != "invalid"; r++ {
			if roll.May(role, r) {
				has = append(has, r.String())
			}
			if len(roll.With(r)) == 0 {
				t.Errorf("nobody may %s", r)
			}
		}
		if got := strings.Join(has, " "); got != want[role] {
			t.Errorf("a %s may %s; expected %s", role, got, want[role])
		}
	}
	if roll.May(roll.Role(99), roll.SeeCases) || roll.May(roll.Lead, 0) {
		t.Error("what does not exist may something, or can be done")
	}
}

func member(t *testing.T, p *place, id evenkeel.PersonID) Member {
	t.Helper()
	all := must(p.Persons(t.Context()))(t)
	i := slices.IndexFunc(all, func(m Member) bool { return m.Person.ID == id })
	if i < 0 {
		t.Fatalf("there is no %s", id)
	}
	return all[i]
}

// TestSinceWhenARoleIsHad protects R5: the second person must have been a reviewer before.
func TestSinceWhenARoleIsHad(t *testing.T) {
	p := open(t, Options{})
	began := p.moment()
	admin, _ := p.enrol(p.first(), "ada")
	p.person(admin, "bo", roll.Reviewer)
	invited := p.moment().Add(-stepFor)
	appoint := func(roles ...roll.Role) evenkeel.Moment {
		t.Helper()
		p.pass(10 * time.Minute)
		if err := p.Appoint(t.Context(), admin, "bo", roles); err != nil {
			t.Fatal(err)
		}
		return p.moment()
	}
	since := func(what string, r roll.Role, at, right evenkeel.Moment) {
		t.Helper()
		m := member(t, p, "bo")
		got, has := m.RoleSince(r)
		gotRight, hasRight := m.Since(roll.Decide)
		if got != at || has != (at != 0) || gotRight != right || hasRight != (right != 0) {
			t.Errorf("%s: since %v, decides since %v; expected %v and %v", what, got, gotRight, at, right)
		}
	}
	since("as invited", roll.Reviewer, invited, invited)
	lead := appoint(roll.Reviewer, roll.Lead)
	since("one more role", roll.Lead, lead, invited)
	appoint(roll.Lead)
	since("the older role is taken", roll.Reviewer, 0, lead)
	again := appoint(roll.Reviewer)
	since("taken and given again begins anew", roll.Reviewer, again, again)
	appoint(roll.Viewer)
	since("who only reads", roll.Reviewer, 0, 0)
	p.at = p.at.Add(-24 * time.Hour) // the clock jumps back
	for range 3 {
		if err := p.Appoint(t.Context(), admin, "bo", []roll.Role{roll.Reviewer}); err != nil {
			t.Fatal(err)
		}
		if err := p.Appoint(t.Context(), admin, "bo", nil); err != nil {
			t.Fatal(err)
		}
	}
	m := member(t, p, "bo")
	for _, n := range m.Tenures {
		if n.Open() || n.By != roll.Operator || n.EndedBy != roll.Operator {
			t.Errorf("a tenure is %+v; expected one that has ended, by whom it was given and taken", n)
		}
	}
	first := member(t, p, roll.Operator)
	if at, _ := first.RoleSince(roll.Admin); at != began || first.Tenures[0].By != "" {
		t.Errorf("the operator's are %+v; expected since the first link, by the owner of the machine", first.Tenures)
	}
}

// TestWhoDecidesDoesNotSayWhoDecides protects R5: an administrator who makes himself a second person.
func TestWhoDecidesDoesNotSayWhoDecides(t *testing.T) {
	p := open(t, Options{Loopback: true})
	first := p.first()
	_, err := p.Invite(t.Context(), first, roll.Person{ID: "zoe", Roles: []roll.Role{roll.Reviewer, roll.Admin}})
	if err != nil {
		t.Fatalf("as long as nobody can sign in: %v", err)
	}
	admin, _ := p.enrol(first, "ada")
	_, err = p.Invite(t.Context(), admin, roll.Person{ID: "bo", Roles: []roll.Role{roll.Lead, roll.Admin}})
	p.wants(evenkeel.KindConflict, err, "they would both decide and say who decides, and operator decides too")
	p.person(admin, "bo", roll.Admin)
	p.wants(evenkeel.KindConflict, p.Appoint(t.Context(), admin, "bo", []roll.Role{roll.Admin, roll.Reviewer}), "and operator decides too")
	if err := p.Appoint(t.Context(), admin, "bo", []roll.Role{roll.Admin, roll.Auditor}); err != nil {
		t.Errorf("who only reads besides: %v", err)
	}
	// What somebody has had stays, and can be taken one by one.
	if m := member(t, p, roll.Operator); !m.Conflicting() {
		t.Error("the operator's roles do not conflict")
	}
	for _, roles := range [][]roll.Role{{roll.Reviewer, roll.Admin}, {roll.Admin}} {
		if err := p.Appoint(t.Context(), admin, roll.Operator, roles); err != nil {
			t.Errorf("%v: %v", roles, err)
		}
	}
	// Now nobody who decides can sign in, so that one who does both is alone.
	if err := p.Appoint(t.Context(), admin, roll.Operator, []roll.Role{roll.Reviewer, roll.Admin}); err != nil {
		t.Errorf("who works alone: %v", err)
	}
}

func TestTheOwnerOfTheMachineAppoints(t *testing.T) {
	p := open(t, Options{})
	first := p.first()
	if err := p.AppointAs(t.Context(), "", roll.Operator, []roll.Role{roll.Admin, roll.Viewer}); err != nil {
		t.Errorf("before anybody has enrolled: %v", err)
	}
	p.wants(evenkeel.KindDenied, p.AppointAs(t.Context(), "ghost", roll.Operator, []roll.Role{roll.Admin}), "is nobody who says who works here")
	admin, _ := p.enrol(first, "ada")
	p.person(admin, "bo", roll.Reviewer)
	for _, by := range []evenkeel.PersonID{"", "bo", "ghost"} {
		p.wants(evenkeel.KindDenied, p.AppointAs(t.Context(), by, "bo", []roll.Role{roll.Admin}), "is nobody who says who works here")
	}
	p.wants(evenkeel.KindNotFound, p.AppointAs(t.Context(), roll.Operator, "ghost", []roll.Role{roll.Viewer}), "no such person")
	p.wants(evenkeel.KindConflict, p.AppointAs(t.Context(), roll.Operator, roll.Operator, []roll.Role{roll.Viewer}), "nobody else who administers")
	if err := p.AppointAs(t.Context(), roll.Operator, "bo", []roll.Role{roll.Lead, roll.Viewer}); err != nil {
		t.Fatal(err)
	}
	m := member(t, p, "bo")
	if got := roll.JoinRoles(m.Person.Roles); got != "viewer lead" || m.Tenures[len(m.Tenures)-1].By != roll.Operator {
		t.Errorf("bo has %s, as of %+v", got, m.Tenures)
	}
}

// TestRolesAndTenuresAgree appoints at random, with a clock that jumps: at each moment the roles are
// those whose tenure goes on, and no tenure that has ended changes.
func TestRolesAndTenuresAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := open(t, Options{})
		admin, _ := p.enrol(p.first(), "ada")
		p.person(admin, "bo", roll.Viewer)
		ended := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(rt, "times") {
			p.at = p.at.Add(time.Duration(rapid.IntRange(-60, 60).Draw(rt, "seconds")) * time.Second)
			roles := rapid.SliceOfDistinct(rapid.SampledFrom(roll.Roles()), rapid.ID).Draw(rt, "roles")
			err := p.AppointAs(t.Context(), roll.Operator, "bo", roles)
			if err != nil && evenkeel.KindOf(err) != evenkeel.KindConflict {
				rt.Fatal(err)
			}
			m := member(t, p, "bo")
			open, now := []roll.Role{}, map[string]bool{}
			for _, n := range m.Tenures {
				if n.Open() {
					open = append(open, n.Role)
				} else {
					now[fmt.Sprint(n)] = true
				}
			}
			if got := roll.JoinRoles(roll.SortRoles(open)); got != roll.JoinRoles(m.Person.Roles) {
				rt.Fatalf("tenures go on for %q; the roles are %q", got, roll.JoinRoles(m.Person.Roles))
			}
			for was := range ended {
				if !now[was] {
					rt.Fatalf("%s has changed: %v", was, m.Tenures)
				}
			}
			ended = now
		}
	})
}
