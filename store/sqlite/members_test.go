package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// sealedStaff counts the leaves about staff, and verifies all of the log.
func sealedStaff(t testing.TB, db *DB) (n int, contents string, fault *ledger.Fault) {
	t.Helper()
	err := db.Log(t.Context(), func(log ledger.Log) error {
		for line, err := range log.Lines {
			if err != nil {
				return err
			}
			if l, err := ledger.ParseLeaf(line.Leaf); err != nil {
				return err
			} else if l.Kind == ledger.KindStaff {
				n, contents = n+1, contents+string(line.Content)+"\n"
			}
		}
		r, err := ledger.Verify(log, nil, nil)
		fault = r.Fault
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, contents, fault
}

// TestWhoWorksHereIsSealed: row R5, what an administrator could forge: an invitation, an enrolment, a role
// given and taken are leaves of the ledger, in the transaction that does them; signing in is none.
func TestWhoWorksHereIsSealed(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	do := func(f func(roll.Tx) error) error {
		return db.Staff().Transact(t.Context(), f)
	}
	account := roll.Account{ID: "account-1", Person: "ada", State: roll.Invited, Made: 3}
	enrolled := account
	enrolled.State, enrolled.Name, enrolled.Password, enrolled.Factor, enrolled.Seed = roll.Active, "ada", roll.Secret("hash"), roll.TOTP, roll.Secret("seed")
	signedIn := enrolled
	signedIn.Step = 7
	lead := roll.Tenure{Person: "ada", Role: roll.Lead, From: 4, By: "bo"}
	ended := lead
	ended.Until, ended.EndedBy = 9, "cy"
	for _, c := range []struct {
		name   string
		do     func(roll.Tx) error
		leaves int
		says   string
	}{
		{"an invitation", func(x roll.Tx) error {
			return errors.Join(x.PutPerson(roll.Person{ID: "ada", Name: "Ada Example"}), x.PutAccount(account))
		}, 1, `{"id":"ada","roles":"","accounts":[{"id":"account-1","state":"invited"}]}`},
		{"an enrolment", func(x roll.Tx) error { return x.PutAccount(enrolled) }, 2, `"state":"active"`},
		{"a sign-in", func(x roll.Tx) error { return x.PutAccount(signedIn) }, 2, ""},
		{"another name to be read by", func(x roll.Tx) error { return x.PutPerson(roll.Person{ID: "ada", Name: "A."}) }, 2, ""},
		{"a role", func(x roll.Tx) error {
			return errors.Join(x.PutPerson(roll.Person{ID: "ada", Roles: []roll.Role{roll.Lead}}), x.PutTenure(lead))
		}, 3, `"by":"bo"`},
		{"what is refused", func(x roll.Tx) error {
			return errors.Join(x.PutTenure(ended), evenkeel.Invalid("no"))
		}, 3, ""},
		{"a role that is taken", func(x roll.Tx) error {
			return errors.Join(x.PutPerson(roll.Person{ID: "ada"}), x.PutTenure(ended))
		}, 4, `"ended_by":"cy"`},
		{"an account that is withdrawn", func(x roll.Tx) error { return x.DropAccount("account-1") }, 5, ""},
	} {
		err := do(c.do)
		if (err != nil) != (c.name == "what is refused") {
			t.Fatalf("%s: %v", c.name, err)
		}
		n, all, fault := sealedStaff(t, db)
		if n != c.leaves || fault != nil || !strings.Contains(all, c.says) {
			t.Errorf("%s: %d leaves, expected %d; %v\n%s", c.name, n, c.leaves, fault, all)
		}
		if strings.Contains(all, "Example") || strings.Contains(all, "hash") {
			t.Errorf("%s: a name or a secret is sealed:\n%s", c.name, all)
		}
	}
}

// TestAForgedPersonFitsNoLeaf has whoever owns the file write rows past the program, in a file whose
// triggers are gone.
func TestAForgedPersonFitsNoLeaf(t *testing.T) {
	for name, forge := range map[string]string{
		"a person that nobody invited":        "INSERT INTO persons VALUES ('eve', '', '', 'reviewer')",
		"a role since long ago":               "INSERT INTO tenures VALUES ('ada', 'reviewer', 1, NULL, NULL, NULL)",
		"a tenure that began earlier":         "DROP TRIGGER %; UPDATE tenures SET from_at = 1",
		"an account of a person that waits":   "INSERT INTO accounts VALUES ('a', 'ada', 'invited', NULL, x'', 'none', x'', 0, 0, NULL, NULL, NULL)",
		"roles that no tenure tells of":       "UPDATE persons SET may = 'reviewer admin auditor'",
		"a person who is taken away, whole":   "DROP TRIGGER %; DELETE FROM passes; DELETE FROM accounts; DELETE FROM tenures; DELETE FROM persons",
		"nothing, of which there is no fault": "SELECT 1",
	} {
		db := openAt(t, fileOf(t), Options{})
		settle(t, db)
		if before, rest, has := strings.Cut(forge, "DROP TRIGGER %;"); has {
			var drops []string
			err := db.read(t.Context(), "", func(ctx context.Context, s *session) error {
				return s.each(ctx, func(r *sql.Rows) error {
					var n string
					err := r.Scan(&n)
					drops = append(drops, "DROP TRIGGER "+n)
					return err
				}, "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'tenures'")
			})
			if err != nil {
				t.Fatal(err)
			}
			forge = before + strings.Join(drops, ";") + ";" + rest
		}
		if _, err := db.writer.conn.ExecContext(t.Context(), forge); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _, fault := sealedStaff(t, db)
		if (fault == nil) != strings.HasPrefix(name, "nothing") {
			t.Errorf("%s: %v", name, fault)
		} else if fault != nil && !strings.Contains(fault.Says, "staff") {
			t.Errorf("%s: %s", name, fault.Says)
		}
	}
}

// TestWhoWorkedHereBeforeIsSealed brings up a file of form 11.
func TestWhoWorkedHereBeforeIsSealed(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	_, err := db.writer.conn.ExecContext(t.Context(), withoutReported+`INSERT INTO persons VALUES ('ada', 'Ada', '', 'reviewer');
		INSERT INTO tenures VALUES ('ada', 'reviewer', 1, NULL, NULL, NULL); UPDATE schema SET version = 11, oldest_writer = 11`)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	old := openToRead(t, path)
	if n, _, fault := sealedStaff(t, old); n != 0 || fault != nil {
		t.Errorf("an older form, which is only read: %d leaves, %v", n, fault)
	}
	if n, all, fault := sealedStaff(t, openAt(t, path, Options{})); n != 1 || fault != nil || !strings.Contains(all, "reviewer") {
		t.Errorf("brought up: %d leaves, %v\n%s", n, fault, all)
	}
}
