package app

import (
	"path/filepath"
	"testing"

	"github.com/evenkeel/evenkeel/staff/roll"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// TestWhoWorksHereIsReadFromTheBooks has somebody who enrolled as the operator and said a
// name, an account that was never used, and somebody who has said nothing.
func TestWhoWorksHereIsReadFromTheBooks(t *testing.T) {
	dir := t.TempDir()
	db, err := sqlite.Open(filepath.Join(dir, fileBooks), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Staff().Transact(t.Context(), func(x roll.Tx) error {
		for _, p := range []roll.Person{
			{ID: roll.Operator, Name: "Ada Lovelace", Roles: []roll.Role{roll.Reviewer}}, {ID: "ben", Roles: []roll.Role{roll.Reviewer}},
		} {
			if err := x.PutPerson(p); err != nil {
				return err
			}
		}
		if err := x.PutAccount(roll.Account{ID: "a-2", Person: "ben", State: roll.Invited, Made: 1}); err != nil {
			return err
		}
		return x.PutAccount(roll.Account{
			ID: "a-1", Person: roll.Operator, State: roll.Active, Name: "ada", Password: roll.Secret("$argon2id$"), Factor: roll.TOTP, Seed: roll.Secret("01234567890123456789"), Made: 1,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	books, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	people, err := books.People(t.Context())
	if err != nil || len(people) != 2 {
		t.Fatalf("%+v, %v", people, err)
	}
	for id, want := range map[string]string{"operator": "Ada Lovelace (operator)", "ben": "ben", "carl": "carl", "": ""} {
		if got := people.Name(people.Who(id)); got != want {
			t.Errorf("%q is called %q; want %q", id, got, want)
		}
	}
	for _, name := range []string{"ada", "Ada", "operator"} {
		if got := people.Who(name); got != roll.Operator {
			t.Errorf("%s is %s; want %s", name, got, roll.Operator)
		}
	}
}
