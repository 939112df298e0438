package sqlite

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// withoutAudits takes forms 13 and 14 back.
const withoutAudits = withoutWithheld + "DROP TABLE attacked; DROP TABLE billed; DROP TABLE audits; DROP INDEX lessons_innocent; DROP INDEX cases_open_of_family; DROP INDEX credits_proposed; DROP TRIGGER lesson_counted; DROP TRIGGER lesson_forgotten; " +
	"ALTER TABLE lessons DROP COLUMN human; ALTER TABLE tallies DROP COLUMN human; ALTER TABLE tallies DROP COLUMN measured; "

// learnedBy fills a file with a closed case, its lesson, a credit that waits, an audit that is open, and people.
func learnedBy(t *testing.T) *DB {
	t.Helper()
	db := openAt(t, fileOf(t), Options{})
	c := evenkeel.Case{ID: "c-1", Tenant: "raisup", Family: "mining", Opened: 1, Since: 5, State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomeFalsePositive}
	err := db.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{
			Cases:   []evenkeel.Case{c},
			Lessons: []docket.Lesson{{Case: c.ID, At: 5, Outcome: c.Outcome, Rules: []docket.RuleVersion{{Rule: "crypto-mining", Version: 1}}}},
			Credits: []docket.Credit{{ID: "cr-1", Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: 5, State: docket.CreditProposed, At: 5, Assets: 1, Minutes: 9, Amount: 9, Currency: "EUR"}},
			Audits: []docket.Audit{{
				ID: "au-1", Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: c.Outcome, Opened: 5, Share: 20, Nonce: "n-1",
				Candidates: []evenkeel.PersonID{"ada"}, Drawn: "ada", State: docket.AuditOpen,
			}},
			Interests: []docket.Interest{{Person: "ben", Kind: docket.InterestTenant, Key: "raisup", Since: 1}, {Person: "eve", Kind: docket.InterestRule, Key: "crypto-mining", Since: 1}},
		})
	})
	if err == nil {
		_, err = db.writer.conn.ExecContext(t.Context(), `INSERT INTO persons (id, name, roles, may) VALUES
			('ada', 'Ada', '', 'reviewer'), ('ben', 'Ben', '', 'lead'), ('eve', 'Eve', '', 'reviewer'), ('kim', 'Kim', '', 'viewer')`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestWhatIsLearnedIsNotForgedWhoeverWrites tries by plain SQL what no program should (F16, F17, R10).
func TestWhatIsLearnedIsNotForgedWhoeverWrites(t *testing.T) {
	verdict := func(by string) string {
		return "UPDATE audits SET state = 'done', found = 'confirmed', person = '" + by + "'"
	}
	for _, c := range []struct{ name, sql, says string }{
		{"a lesson that is edited", "UPDATE lessons SET outcome = 1", "never edited"},
		{"a lesson of no outcome", "INSERT INTO lessons VALUES ('c-1', 'x', 1, 0, 0, 1, NULL)", "CHECK"},
		{"a lesson of no version", "INSERT INTO lessons VALUES ('c-1', 'x', 0, 1, 0, 1, NULL)", "CHECK"},
		{"a second lesson of the same", "INSERT INTO lessons VALUES ('c-1', 'crypto-mining', 1, 1, 0, 1, NULL)", "UNIQUE"},
		{"a tally below nothing", "UPDATE tallies SET n = n - 2", "CHECK"},
		{"a credit that becomes more", "UPDATE credits SET amount = 10", "stays as it is"},
		{"a credit for longer", "UPDATE credits SET minutes = 10", "stays as it is"},
		{"a credit of another tenant", "UPDATE credits SET tenant = 'acme'", "stays as it is"},
		{"a credit in another currency", "UPDATE credits SET currency = 'JPY'", "stays as it is"},
		{"a credit that is refused after it was granted", "UPDATE credits SET state = 'granted'; UPDATE credits SET state = 'refused'", "stays as it is"},
		{"a credit that is taken away", "DELETE FROM credits", "not taken away"},
		{"a second credit for the same closing", "INSERT INTO credits SELECT 'cr-2', case_id, tenant, closed, state, minutes, amount, currency, body FROM credits", "UNIQUE"},
		{"a credit in no state", "INSERT INTO credits SELECT 'cr-2', case_id, tenant, 9, 'paid', minutes, amount, currency, body FROM credits", "CHECK"},
		{"a lot that falls on another person", "UPDATE audits SET drawn = 'ben'", "as it fell"},
		{"a lot with another nonce", "UPDATE audits SET nonce = 'n-2'", "as it fell"},
		{"a lot with another share", "UPDATE audits SET share = 0", "as it fell"},
		{"a lot that is passed over afterwards", "UPDATE audits SET state = 'passed'", "as it fell"},
		{"a known case that becomes one of the others", "UPDATE audits SET control = 1", "as it fell"},
		{"an audit that is taken away", "DELETE FROM audits", "are kept"},
		{"an audit that is done and was never open", "INSERT INTO audits SELECT 'au-2', case_id, tenant, control, opened, share, 'n-2', drawn, 'done', 'ada', 'confirmed', body FROM audits", "open before it is done"},
		{"a verdict by whoever acted on the tenant", verdict("ben"), "had a part in it"},
		{"a verdict by the rule's author", verdict("eve"), "had a part in it"},
		{"a verdict by somebody who may only read", verdict("kim"), "may decide"},
		{"a verdict by nobody who works here", verdict("zoe"), "may decide"},
		{"a verdict that nobody gave", "UPDATE audits SET state = 'done', found = 'confirmed'", "may decide"},
		{"a verdict that says nothing", "UPDATE audits SET state = 'done', person = 'ada'", "CHECK"},
		{"a second verdict", verdict("ada") + "; " + verdict("ada"), "as it fell"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := learnedBy(t)
			if _, err := db.writer.conn.ExecContext(t.Context(), c.sql); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected that it is refused with %q", err, c.says)
			}
		})
	}
	if _, err := learnedBy(t).writer.conn.ExecContext(t.Context(), verdict("ada")+"; UPDATE credits SET state = 'granted'"); err != nil {
		t.Errorf("what is right: %v", err)
	}
}

// TestBooksWithoutAuditsAreRead opens a file of the form before: none of it is an audit.
func TestBooksWithoutAuditsAreRead(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	if _, err := db.writer.conn.ExecContext(t.Context(), withoutAudits+"UPDATE schema SET version = 12, oldest_writer = 12"); err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	if all, err := openToRead(t, path).AllAudits(t.Context(), 0); err != nil || len(all) != 0 {
		t.Errorf("%v, %v; expected none", all, err)
	}
}
