package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// ada works here, with an account and a session.
func settle(t testing.TB, db *DB) {
	t.Helper()
	err := db.Staff().Transact(t.Context(), func(x roll.Tx) error {
		return errors.Join(
			x.PutPerson(roll.Person{ID: "ada", Name: "Ada", Roles: []roll.Role{roll.Reviewer, roll.Admin}}),
			x.PutAccount(roll.Account{
				ID: "account-1", Person: "ada", State: roll.Active, Name: "ada", Password: roll.Secret("the hash of a password"),
				Factor: roll.TOTP, Seed: roll.Secret("the seed of the factor"),
			}),
			x.PutPass(roll.Pass{ID: roll.PassID{1}, Kind: roll.Full, Account: "account-1", Until: 9}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheDatabaseRefusesAboutStaff speaks to the database itself.
func TestTheDatabaseRefusesAboutStaff(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	settle(t, db)
	for _, c := range []struct{ name, do, says string }{
		{"a person twice", "INSERT INTO persons VALUES ('ada', '', '')", "UNIQUE"},
		{"a role that does not exist", "UPDATE persons SET roles = 'owner'", "CHECK"},
		{"to take a person away who has an account", "DELETE FROM persons", "FOREIGN KEY"},
		{"an account of nobody", "INSERT INTO accounts VALUES ('a', 'bo', 'invited', NULL, x'', 'none', x'', 0, 0)", "FOREIGN KEY"},
		{"a name twice", "INSERT INTO accounts VALUES ('a', 'ada', 'invited', 'ada', x'', 'none', x'', 0, 0)", "UNIQUE"},
		{"a name of nothing", "UPDATE accounts SET name = ''", "CHECK"},
		{"an active account without a second factor", "UPDATE accounts SET factor = 'none'", "CHECK"},
		{"an active account without a password", "UPDATE accounts SET password = x''", "CHECK"},
		{"a session of nobody", "UPDATE passes SET account = 'a'", "FOREIGN KEY"},
		{"a session whose id is no hash", "UPDATE passes SET id = x'01'", "CHECK"},
		{"a session that ends before it begins", "UPDATE passes SET until_at = -1", "CHECK"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := db.write(t.Context(), "test", func(s *session) error { return s.exec(context.Background(), c.do) })
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v; expected %q", err, c.says)
			}
		})
	}
}

func TestASessionDiesWithItsAccount(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	settle(t, db)
	err := db.write(t.Context(), "test", func(s *session) error {
		var n int
		err := s.exec(context.Background(), "DELETE FROM accounts WHERE id = 'account-1'")
		_, err2 := s.one(context.Background(), []any{&n}, "SELECT count(*) FROM passes")
		if n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTheFormKnowsEveryWordOfStaff holds the lists of words in the form to the enumerations.
func TestTheFormKnowsEveryWordOfStaff(t *testing.T) {
	for column, words := range map[string][]string{
		"accounts.state": wordsOf[roll.State](), "accounts.factor": wordsOf[roll.Factor](), "passes.kind": wordsOf[roll.PassKind](),
	} {
		table, name, _ := strings.Cut(column, ".")
		_, sql, _ := strings.Cut(form2, "CREATE TABLE "+table+" (")
		_, sql, _ = strings.Cut(sql, "CHECK ("+name+" IN (")
		sql, _, _ = strings.Cut(sql, ")")
		if want := "'" + strings.Join(words, "', '") + "'"; sql != want {
			t.Errorf("%s may be %s; expected %s", column, sql, want)
		}
	}
	for _, roles := range [][]roll.Role{nil, {roll.Reviewer}, {roll.Admin}, {roll.Reviewer, roll.Admin}} {
		if !strings.Contains(form2, "'"+roll.JoinRoles(roles)+"'") {
			t.Errorf("persons.roles may not be %q", roll.JoinRoles(roles))
		}
	}
	if n := len(wordsOf[roll.Role]()); n != 2 {
		t.Errorf("there are %d roles; expected that the form knows all of their sets", n)
	}
}

// TestStaffIsFoundByIndexes asks SQLite how it finds what each request asks for. Only the list
// of all persons reads a whole table.
func TestStaffIsFoundByIndexes(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	settle(t, db)
	queries := map[string]bool{}
	err := db.Staff().Transact(t.Context(), func(tx roll.Tx) error {
		before := map[string]bool{}
		s := tx.(*staffTx).session
		for q := range s.stmts {
			before[q] = true
		}
		_, _, err1 := tx.Person("ada")
		_, _, err2 := tx.Account("account-1")
		_, _, err3 := tx.Named("ada")
		_, err4 := tx.AccountsOf("ada")
		_, _, err5 := tx.Pass(roll.PassID{1})
		err6 := errors.Join(tx.DropPass(roll.PassID{}), tx.DropPasses("x"), tx.DropPasses("x", roll.Link, roll.FirstLink), tx.SweepPasses(1), tx.DropAccount("x"))
		for q := range s.stmts {
			if word, _, _ := strings.Cut(q, " "); (word == "SELECT" || word == "DELETE") && !before[q] {
				queries[q] = true
			}
		}
		return errors.Join(err1, err2, err3, err4, err5, err6)
	})
	if err != nil || len(queries) != 10 {
		t.Fatalf("%d queries (%v); expected all ten", len(queries), err)
	}
	err = db.write(t.Context(), "explain", func(s *session) error {
		for q := range queries {
			rows, err := s.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q, make([]any, strings.Count(q, "?"))...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					return err
				}
				if !strings.Contains(step, "SEARCH") {
					t.Errorf("%s\n%s", q, step)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestASeedThatWasReplacedIsNowhere looks for its bytes in all that is kept.
func TestASeedThatWasReplacedIsNowhere(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	settle(t, db)
	err := db.Staff().Transact(t.Context(), func(x roll.Tx) error {
		a, _, err := x.Account("account-1")
		a.State, a.Password, a.Factor, a.Seed = roll.Disabled, nil, roll.NoFactor, nil
		return errors.Join(err, x.PutAccount(a))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + f)
		if err != nil || bytes.Contains(data, []byte("the seed of")) || bytes.Contains(data, []byte("the hash of")) {
			t.Errorf("%q holds what was taken away (%v)", f, err)
		}
	}
}

func TestStaffIsReadBesideTheProcessThatWrites(t *testing.T) {
	path := fileOf(t)
	settle(t, openAt(t, path, Options{}))
	db := openToRead(t, path)
	err := db.Staff().View(t.Context(), func(x roll.Tx) error {
		if a, found, err := x.Named("ada"); !found || err != nil || a.Person != "ada" {
			t.Errorf("it reads %+v (%v)", a, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	err = db.Staff().Transact(t.Context(), func(x roll.Tx) error { return x.PutPerson(roll.Person{ID: "eve"}) })
	if evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("writing says %v; expected that it is denied", err)
	}
}

// TestAFileOfTheFormBeforeGetsStaff brings up a file of form 1.
func TestAFileOfTheFormBeforeGetsStaff(t *testing.T) {
	path := fileOf(t)
	old := openAt(t, path, Options{})
	put(t, old, 0)
	_, err := old.writer.conn.ExecContext(t.Context(),
		"DROP TABLE passes; DROP TABLE accounts; DROP TABLE persons; DROP TABLE places; UPDATE schema SET version = 1, oldest_writer = 1")
	if err != nil {
		t.Fatal(err)
	}
	closed(t, old)
	db := openAt(t, path, Options{})
	settle(t, db)
	checkWhole(t, db, 1)
}
