package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// staffOfForm2 puts the tables of staff as they were before form rolesSince in the place of those of
// today, empty.
var staffOfForm2 = "DROP TABLE passes; DROP TABLE accounts; DROP TABLE tenures; DROP TABLE persons;" + form2

// ada works here, with an account and a session.
func settle(t testing.TB, db *DB) {
	t.Helper()
	err := db.Staff().Transact(t.Context(), func(x roll.Tx) error {
		return errors.Join(
			x.PutPerson(roll.Person{ID: "ada", Name: "Ada", Roles: []roll.Role{roll.Reviewer, roll.Admin}}),
			x.PutTenure(roll.Tenure{Person: "ada", Role: roll.Lead, From: 3}),
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
		{"a person twice", "INSERT INTO persons VALUES ('ada', '', '', '')", "UNIQUE"},
		{"a role that does not exist", "UPDATE persons SET may = 'owner'", "CHECK"},
		{"roles in another order than theirs", "UPDATE persons SET may = 'lead reviewer'", "CHECK"},
		{"a role twice", "UPDATE persons SET may = 'reviewer reviewer'", "CHECK"},
		{"a tenure of nobody", "INSERT INTO tenures VALUES ('bo', 'lead', 1, NULL, NULL, NULL)", "FOREIGN KEY"},
		{"a role that goes on twice", "INSERT INTO tenures VALUES ('ada', 'lead', 9, NULL, NULL, NULL)", "UNIQUE"},
		{"a tenure that is taken away", "DELETE FROM tenures", "never taken away"},
		{"an earlier beginning, so that the cooling period is over", "UPDATE tenures SET from_at = 0", "only ends"},
		{"another who gave it", "UPDATE tenures SET given_by = 'eve', until_at = 9", "only ends"},
		{"a tenure that begins again", "UPDATE tenures SET until_at = NULL", "only ends"},
		{"a subject without an issuer", "UPDATE accounts SET subject = 's', name = NULL, password = x'', factor = 'none', seed = x''", "CHECK"},
		{"a subject beside a password", "UPDATE accounts SET issuer = 'i', subject = 's'", "CHECK"},
		{"an address that an active account waits for", "UPDATE accounts SET issuer = 'i', email = 'e'", "CHECK"},
		{"to take a person away who has an account", "DELETE FROM persons", "FOREIGN KEY"},
		{"an account of nobody", "INSERT INTO accounts VALUES ('a', 'bo', 'invited', NULL, x'', 'none', x'', 0, 0, NULL, NULL, NULL)", "FOREIGN KEY"},
		{"a name twice", "INSERT INTO accounts VALUES ('a', 'ada', 'invited', 'ada', x'', 'none', x'', 0, 0, NULL, NULL, NULL)", "UNIQUE"},
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
		"accounts.state": wordsOf[roll.State](), "accounts.factor": wordsOf[roll.Factor](), "passes.kind": wordsOf[roll.PassKind](), "tenures.role": wordsOf[roll.Role](),
	} {
		table, name, _ := strings.Cut(column, ".")
		_, sql, _ := strings.Cut(strings.ReplaceAll(form6, "_now (", " ("), "CREATE TABLE "+table+" (")
		_, sql, _ = strings.Cut(sql, "CHECK ("+name+" IN (")
		sql, _, _ = strings.Cut(sql, ")")
		if want := "'" + strings.Join(words, "', '") + "'"; sql != want {
			t.Errorf("%s may be %s; expected %s", column, sql, want)
		}
	}
}

// TestTheFormKnowsEverySetOfRoles keeps each of them, which the CHECK on persons.may has to let pass.
func TestTheFormKnowsEverySetOfRoles(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	all := roll.Roles()
	for set := range 1 << len(all) {
		p := roll.Person{ID: "ada"}
		for i, r := range all {
			if set>>i&1 == 1 {
				p.Roles = append(p.Roles, r)
			}
		}
		p.Roles = roll.SortRoles(p.Roles)
		err := db.Staff().Transact(t.Context(), func(x roll.Tx) error { return x.PutPerson(p) })
		if err != nil {
			t.Errorf("%s: %v", roll.JoinRoles(p.Roles), err)
		}
	}
}

// TestStaffIsFoundByIndexes asks SQLite how it finds what each request asks for. Only the list
// of all persons reads a whole table.
func TestStaffIsFoundByIndexes(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	settle(t, db)
	closed(t, db) // with the statements that it has prepared
	db = openAt(t, path, Options{})
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
		_, _, err7 := tx.Known("i", "s")
		_, err8 := tx.TenuresOf("ada")
		err6 := errors.Join(tx.DropPass(roll.PassID{}), tx.DropPasses("x"), tx.DropPasses("x", roll.Link, roll.FirstLink), tx.SweepPasses(1), tx.DropAccount("x"))
		for q := range s.stmts {
			if word, _, _ := strings.Cut(q, " "); (word == "SELECT" || word == "DELETE") && !before[q] {
				queries[q] = true
			}
		}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8)
	})
	if err != nil || len(queries) != 12 {
		t.Fatalf("%d queries (%v); expected all twelve", len(queries), err)
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
		withoutPages+withoutGovernor+without7+"DROP TABLE passes; DROP TABLE accounts; DROP TABLE tenures; DROP TABLE persons; DROP TABLE places; UPDATE schema SET version = 1, oldest_writer = 1")
	if err != nil {
		t.Fatal(err)
	}
	closed(t, old)
	db := openAt(t, path, Options{})
	settle(t, db)
	checkWhole(t, db, 1)
}

// TestWhoWorkedHereBeforeRolesWereMany begins at form 5: what people could do they can do, and since
// when they could is said to be when they got their first account, never later than that.
func TestWhoWorkedHereBeforeRolesWereMany(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	_, err := db.writer.conn.ExecContext(t.Context(), withoutPages+withoutGovernor+without7+staffOfForm2+`;
		INSERT INTO persons VALUES ('ada', 'Ada', 'reviewer admin'), ('bo', '', 'reviewer'), ('cy', '', '');
		INSERT INTO accounts VALUES ('account-1', 'ada', 'active', 'ada', x'01', 'totp', x'02', 7, 500), ('account-2', 'ada', 'invited', NULL, x'', 'none', x'', 0, 300),
			('account-3', 'cy', 'disabled', 'cy', x'', 'none', x'', 0, 400);
		INSERT INTO passes VALUES (randomblob(32), 'full', 'account-1', 1, 1, 9, x''), (randomblob(32), 'link', 'account-2', 1, 1, 9, x'');
		UPDATE schema SET version = 5, oldest_writer = 5`)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	old := openToRead(t, path)
	err = old.Staff().View(t.Context(), func(x roll.Tx) error {
		p, _, err := x.Person("ada")
		tenures, err2 := x.TenuresOf("ada")
		a, _, err3 := x.Named("ada")
		_, known, err4 := x.Known("i", "s")
		if roll.JoinRoles(p.Roles) != "reviewer admin" || len(tenures) > 0 || a.ID != "account-1" || known {
			t.Errorf("form 5, which is only read, says %+v, %+v, %+v", p, tenures, a)
		}
		return errors.Join(err, err2, err3, err4)
	})
	if err != nil {
		t.Error(err)
	}
	closed(t, old)
	db = openAt(t, path, Options{})
	err = db.Staff().View(t.Context(), func(x roll.Tx) error {
		all, err := x.Persons()
		var got []string
		for _, p := range all {
			tenures, err := x.TenuresOf(p.ID)
			accounts, err2 := x.AccountsOf(p.ID)
			got = append(got, fmt.Sprint(p.ID, " ", roll.JoinRoles(p.Roles), " ", len(accounts)))
			for _, n := range tenures {
				got = append(got, fmt.Sprint(n.Role, " ", int64(n.From), " ", n.Open(), " by ", n.By))
			}
			if err := errors.Join(err, err2); err != nil {
				return err
			}
		}
		if s := strings.Join(got, "; "); s != "ada reviewer admin 2; reviewer 300 true by ; admin 300 true by ; bo reviewer 0; reviewer 0 true by ; cy  1" {
			t.Errorf("they are %s", s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var passes int
	err = db.read(t.Context(), "count", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&passes}, "SELECT count(*) FROM passes JOIN accounts ON accounts.id = passes.account")
		return err
	})
	if err != nil || passes != 2 {
		t.Errorf("%d sessions and links are left (%v); expected both", passes, err)
	}
	checkWhole(t, db, 1)
	err = db.write(t.Context(), "test", func(s *session) error {
		if err := s.exec(context.Background(), "DELETE FROM accounts WHERE id = 'account-1'"); err != nil {
			return err
		}
		_, err := s.one(context.Background(), []any{&passes}, "SELECT count(*) FROM passes")
		return err
	})
	if err != nil || passes != 1 {
		t.Errorf("%d passes are left (%v); expected that a session still dies with its account", passes, err)
	}
}
