package app

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/staff/roll"
	"github.com/evenkeel/evenkeel/store/memory"
)

// enrolled has somebody enrol by a link.
func enrolled(t *testing.T, d *staff.Desk, token, name string) staff.Session {
	t.Helper()
	s, err := d.EnterByLink(t.Context(), token, netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := d.Enrolment(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(offer.Secret, " ", ""), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s, err = d.Enrol(t.Context(), s, name, "correct horse battery", code); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOnceSomebodyHasEnrolledOnlyReviewersActFromTheCommandLine(t *testing.T) {
	d := staff.New(memory.NewStaff(), time.Now, staff.Options{Loopback: true})
	h, lift := &house{staff: d}, &docket.Act{Kind: docket.ActLift}
	for _, may := range []func(evenkeel.PersonID) error{
		func(p evenkeel.PersonID) error { return h.works(t.Context(), p, lift) }, func(p evenkeel.PersonID) error { return h.maySee(t.Context(), p) },
	} { // R5: two names of one human being would be two persons
		if one, two := may(roll.Operator), may("anybody"); one != nil || evenkeel.KindOf(two) != evenkeel.KindDenied || evenkeel.HintOf(two) == "" {
			t.Errorf("%v and %v, before anybody has enrolled; expected that the operator may, and nobody else", one, two)
		}
	}
	token, _, err := d.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	operator := enrolled(t, d, token, "op")
	for id, roles := range map[evenkeel.PersonID][]roll.Role{"ada": {roll.Reviewer}, "dora": {roll.Admin}, "vic": {roll.Viewer}, "ben": {roll.Reviewer}} {
		if token, err = d.Invite(t.Context(), operator, roll.Person{ID: id, Name: string(id), Roles: roles}); err != nil {
			t.Fatal(err)
		}
		if id != "ben" { // who has not come yet
			enrolled(t, d, token, string(id))
		}
	}
	for id, may := range map[evenkeel.PersonID]bool{"operator": true, "ada": true, "dora": false, "vic": false, "ben": false, "ghost": false} {
		if err := h.works(t.Context(), id, lift); (err == nil) != may {
			t.Errorf("%s: %v; expected that it may: %v", id, err, may)
		}
		if err := h.maySee(t.Context(), id); (err == nil) != (may || id == "vic") || err != nil && evenkeel.HintOf(err) == "" { // P: who looks is one who may
			t.Errorf("%s looks: %v", id, err)
		}
	}
}

// TestOnceTwoHaveEnrolledNoWordOfTwoComesByTheSocket (R5, S4): whoever owns the directory can say any
// name there, and would be both.
func TestOnceTwoHaveEnrolledNoWordOfTwoComesByTheSocket(t *testing.T) {
	d := staff.New(memory.NewStaff(), time.Now, staff.Options{Loopback: true})
	h := &house{staff: d}
	words := []docket.Act{
		{Kind: docket.ActPropose}, {Kind: docket.ActVerdict}, {Kind: docket.ActRecuse}, {Kind: docket.ActRelease}, {Kind: docket.ActApprove, Verdict: &docket.Verdict{}},
		{Kind: docket.ActPropose, Hold: &docket.Hold{}, Verdict: &docket.Verdict{}},
	}
	all := func(want bool, when string) {
		t.Helper()
		for i := range words {
			if err := h.works(t.Context(), "operator", &words[i]); (err == nil) != want || err != nil && evenkeel.HintOf(err) == "" {
				t.Errorf("%s, %s: %v; expected that it may: %v", when, words[i].Kind, err, want)
			}
		}
	}
	token, _, err := d.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	operator := enrolled(t, d, token, "op")
	all(true, "alone")
	for id, roles := range map[evenkeel.PersonID][]roll.Role{"ada": {roll.Reviewer}} {
		if token, err = d.Invite(t.Context(), operator, roll.Person{ID: id, Name: string(id), Roles: roles}); err != nil {
			t.Fatal(err)
		}
	}
	all(true, "while ada has not come")
	enrolled(t, d, token, "ada")
	all(false, "with ada")
	for _, a := range []docket.Act{{Kind: docket.ActPull}, {Kind: docket.ActLift}, {Kind: docket.ActApprove}} {
		if err := h.works(t.Context(), "operator", &a); err != nil {
			t.Errorf("%s: %v; expected that one person may", a.Kind, err)
		}
	}
}
