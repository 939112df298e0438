package stafftest

import (
	"errors"
	"reflect"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// tenuresOnlyEnd protects R5: whoever could move the beginning of a role could make themselves a
// second person for a case that is open already.
func tenuresOnlyEnd(s *scene) {
	s.settle()
	lead := roll.Tenure{Person: "ada", Role: roll.Lead, From: 5, By: "bo"}
	viewer := roll.Tenure{Person: "ada", Role: roll.Viewer, From: 4}
	ended := lead
	ended.Until, ended.EndedBy = 9, "cy"
	s.do(func(x roll.Tx) error { return errors.Join(x.PutTenure(lead), x.PutTenure(viewer)) })
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutTenure(lead) })
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error {
		return x.PutTenure(roll.Tenure{Person: "ada", Role: roll.Lead, From: 1, By: "bo"})
	})
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { // ended in another's name
		t := ended
		t.By = "ada"
		return x.PutTenure(t)
	})
	again := roll.Tenure{Person: "ada", Role: roll.Lead, From: 10}
	s.do(func(x roll.Tx) error { return errors.Join(x.PutTenure(ended), x.PutTenure(again)) })
	for _, until := range []evenkeel.Moment{0, 8, 11} {
		s.refused(evenkeel.KindConflict, func(x roll.Tx) error {
			t := ended
			t.Until, t.EndedBy = until, ""
			return x.PutTenure(t)
		})
	}
	s.refused(evenkeel.KindInvalid, func(x roll.Tx) error {
		return x.PutTenure(roll.Tenure{Person: "cy", Role: roll.Lead, From: 1})
	})
	for _, t := range []roll.Tenure{
		{Person: "ada", From: 1}, {Person: "ada", Role: roll.Admin, From: 9, Until: 8}, {Role: roll.Admin, From: 1}, {Person: "ada", Role: roll.Admin, EndedBy: "bo"},
	} {
		s.refused(evenkeel.KindInvalid, func(x roll.Tx) error { return x.PutTenure(t) })
	}
	s.see(func(x roll.Tx) {
		all, err := x.TenuresOf("ada")
		none, err2 := x.TenuresOf("bo")
		if want := []roll.Tenure{viewer, ended, again}; err != nil || err2 != nil || !reflect.DeepEqual(all, want) || len(none) > 0 {
			s.Errorf("they are %+v (%v), and %+v (%v); expected %+v", all, err, none, err2, want)
		}
	})
}

func subjectsAreUnique(s *scene) {
	s.settle()
	at := func(id roll.AccountID, state roll.State, subject, email string) roll.Account {
		return roll.Account{ID: id, Person: "ada", State: state, Issuer: "https://id.example", Subject: subject, Email: email, Made: 5}
	}
	s.do(func(x roll.Tx) error {
		return errors.Join(x.PutAccount(at("account-5", roll.Active, "s-1", "")), x.PutAccount(at("account-6", roll.Invited, "", "a@example.net")))
	})
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutAccount(at("account-7", roll.Active, "s-1", "")) })
	s.refused(evenkeel.KindConflict, func(x roll.Tx) error { return x.PutAccount(at("account-7", roll.Invited, "", "a@example.net")) })
	for _, a := range []roll.Account{
		at("account-7", roll.Active, "", ""), at("account-7", roll.Active, "s", "b@example.net"), at("account-7", roll.Active, "", "b@example.net"),
		{ID: "account-7", Person: "ada", State: roll.Active, Subject: "s"}, {ID: "account-7", Person: "ada", State: roll.Invited, Email: "e"},
		{ID: "account-7", Person: "ada", State: roll.Active, Name: "x", Issuer: "i", Subject: "s"},
	} {
		s.refused(evenkeel.KindInvalid, func(x roll.Tx) error { return x.PutAccount(a) })
	}
	s.do(func(x roll.Tx) error { return x.PutAccount(at("account-6", roll.Active, "s-2", "")) })
	s.see(func(x roll.Tx) {
		for subject, want := range map[string]roll.AccountID{"s-1": "account-5", "s-2": "account-6", "s-3": "", "": ""} {
			a, found, err := x.Known("https://id.example", subject)
			if err != nil || found != (want != "") || a.ID != want {
				s.Errorf("%q is %+v, %t (%v); expected %q", subject, a, found, err, want)
			}
		}
		if a, found, _ := x.Known("https://other.example", "s-1"); found {
			s.Errorf("another issuer's subject is %+v", a)
		}
		if a := s.account(x, "account-5"); a.Issuer != "https://id.example" || a.Subject != "s-1" || a.State != roll.Active {
			s.Errorf("it came back as %+v", a)
		}
	})
}
