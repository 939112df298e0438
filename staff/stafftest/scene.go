package stafftest

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// scene is a store with a test.
type scene struct {
	testing.TB
	store roll.Store
}

// do runs a transaction that must be kept.
func (s *scene) do(f func(roll.Tx) error) {
	s.Helper()
	if err := s.store.Transact(s.Context(), f); err != nil {
		s.Fatalf("transact: %v", err)
	}
}

// refused runs a transaction that must be refused, even if f does not mind.
func (s *scene) refused(kind evenkeel.Kind, f func(roll.Tx) error) {
	s.Helper()
	var said error
	err := s.store.Transact(s.Context(), func(x roll.Tx) error {
		said = f(x)
		return nil
	})
	if evenkeel.KindOf(said) != kind || said == nil {
		s.Errorf("put says %v; expected %s", said, kind)
	}
	if err == nil || evenkeel.KindOf(err) != kind {
		s.Errorf("the transaction says %v; expected %s", err, kind)
	}
}

// see looks at what is kept.
func (s *scene) see(f func(roll.Tx)) {
	s.Helper()
	err := s.store.View(s.Context(), func(x roll.Tx) error {
		f(x)
		return nil
	})
	if err != nil {
		s.Fatalf("view: %v", err)
	}
}

func (s *scene) person(x roll.Tx, id evenkeel.PersonID) *roll.Person {
	s.Helper()
	p, found, err := x.Person(id)
	return one(s, &p, found, err)
}

func (s *scene) account(x roll.Tx, id roll.AccountID) *roll.Account {
	s.Helper()
	a, found, err := x.Account(id)
	return one(s, &a, found, err)
}

func (s *scene) pass(x roll.Tx, id roll.PassID) *roll.Pass {
	s.Helper()
	p, found, err := x.Pass(id)
	return one(s, &p, found, err)
}

func one[T any](s *scene, v *T, found bool, err error) *T {
	s.Helper()
	if err != nil {
		s.Fatalf("read: %v", err)
	}
	if !found {
		return nil
	}
	return v
}

// settle keeps ada with one account that is active, and bo with two of which one is invited.
func (s *scene) settle() {
	s.Helper()
	s.do(func(x roll.Tx) error {
		for _, put := range []func() error{
			func() error { return x.PutPerson(ada) },
			func() error { return x.PutPerson(bo) },
			func() error { return x.PutAccount(active("account-1", "ada", "ada")) },
			func() error { return x.PutAccount(active("account-3", "bo", "bo")) },
			func() error {
				return x.PutAccount(roll.Account{ID: "account-2", Person: "bo", State: roll.Invited, Made: 5})
			},
			func() error { return x.PutPass(passOf(1, roll.Full, "account-1", 100)) },
			func() error { return x.PutPass(passOf(2, roll.Enrolling, "account-1", 200)) },
			func() error { return x.PutPass(passOf(3, roll.Link, "account-1", 300)) },
			func() error { return x.PutPass(passOf(4, roll.Full, "account-3", 400)) },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
}

var (
	ada = roll.Person{ID: "ada", Name: "Ada Lovelace", Roles: []roll.Role{roll.Reviewer, roll.Admin}}
	bo  = roll.Person{ID: "bo", Roles: []roll.Role{roll.Reviewer}}
)

func active(id roll.AccountID, person evenkeel.PersonID, name string) roll.Account {
	return roll.Account{
		ID: id, Person: person, State: roll.Active, Name: name, Password: roll.Secret("$argon2id$ of " + name),
		Factor: roll.TOTP, Seed: roll.Secret("seed\x00of " + name), Step: 1 << 40, Made: 17,
	}
}

func passID(n byte) roll.PassID { return roll.PassID{31: n} }

func passOf(n byte, kind roll.PassKind, account roll.AccountID, until evenkeel.Moment) roll.Pass {
	return roll.Pass{ID: passID(n), Kind: kind, Account: account, Made: 10, Seen: 11, Until: until, Offer: roll.Secret(fmt.Sprint("offer\x00", n))}
}
