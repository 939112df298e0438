package sqlite

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// withoutLearning takes away what the form with lessons and credits added.
const withoutLearning = "DROP TABLE lessons; DROP TABLE tallies; DROP TABLE credits; "

// withoutPages takes away what the form with pages added, and what came after.
const withoutPages = withoutReported + "DROP TABLE page_tries; " + withoutLearning + "DROP TABLE pages; "

// withoutGovernor takes away what the form with switches added.
const withoutGovernor = "DROP TABLE governed; DROP TABLE switches; DROP TABLE budgets; DROP TABLE breakers; DROP TABLE debuts; "

// TestASwitchIsReleasedByTwoWhoeverWrites tries by plain SQL what no program should (R5).
func TestASwitchIsReleasedByTwoWhoeverWrites(t *testing.T) {
	for _, c := range []struct{ name, sql, says string }{
		{"by one person as both", "UPDATE switches SET first_by = 'ada', second_by = 'ada'", "by one person and then by another"},
		{"by the second alone", "UPDATE switches SET second_by = 'ben'", "by one person and then by another"},
		{"by two in one step", "UPDATE switches SET first_by = 'ada', second_by = 'ben'", "by one person and then by another"},
		{"by one who is exchanged afterwards", "UPDATE switches SET first_by = 'ada'; UPDATE switches SET first_by = 'eve'", "by one person and then by another"},
		{"by one and then the same", "UPDATE switches SET first_by = 'ada'; UPDATE switches SET second_by = 'ada'", "CHECK"},
		{"by an account that is no person", "UPDATE switches SET first_by = 'ada'; UPDATE switches SET second_by = 'ada-token'", "by persons who work here"},
		{"by a name that is no person", "UPDATE switches SET first_by = 'Ada L.'", "by persons who work here"},
		{"by taking it away", "DELETE FROM switches", "switches are kept"},
		{"by making it another", "UPDATE switches SET kind = 'tenant', key = 'nobody'", "by one person and then by another"},
		{"by pulling one that is released already", "INSERT INTO switches VALUES ('x', 'rule', 'x', 1, 'ada', 'ada', 'ben', '{}')", "pulled before it is released"},
		{"by pulling it twice", "INSERT INTO switches VALUES ('x', 'rule', 'mining', 1, 'ada', NULL, NULL, '{}')", "UNIQUE"},
		{"and not again after that", "UPDATE switches SET first_by = 'ada'; UPDATE switches SET second_by = 'ben'; UPDATE switches SET body = '{}'", "stays released"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := openAt(t, fileOf(t), Options{})
			s := docket.Switch{Scope: docket.Scope{Kind: docket.SwitchRule, Key: "mining"}, Pulled: 5, By: "ada", Why: "Stop."}
			err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Switches: []docket.Switch{s}}) })
			if err == nil {
				_, err = db.writer.conn.ExecContext(t.Context(), `INSERT INTO persons (id, name, roles) VALUES ('ada', 'Ada', ''), ('ben', 'Ben', ''), ('eve', 'Eve', '');
					INSERT INTO accounts (id, person, state, name, password, factor, seed, step, made) VALUES ('ada-token', 'ada', 'active', 'ada.l', x'01', 'totp', x'01', 0, 1)`)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err = db.writer.conn.ExecContext(t.Context(), c.sql); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected that it is refused with %q", err, c.says)
			}
		})
	}
}

// TestWhatStoodBeforeIsGoverned begins at the form before: what machines let stand is found.
func TestWhatStoodBeforeIsGoverned(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	_, err := db.writer.conn.ExecContext(t.Context(), withoutPages+withoutGovernor+`UPDATE schema SET version = 7, oldest_writer = 7;
		UPDATE decisions SET person = NULL, state = 'in_force', mode = 'live', measure = 'limit',
			body = json_set(body, '$.actor.person', NULL, '$.state', 'in_force', '$.mode', 'live', '$.measure', 'limit',
			'$.grounds.basis', json('[{"rule":"flood","version":1,"revision":"final"},{"rule":"pool","version":1,"revision":"final"}]'))`)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	db = openAt(t, path, Options{})
	for _, rule := range []string{"flood", "pool"} {
		if got, err := db.Stands(t.Context(), docket.Standing{Rule: rule}); err != nil || len(got) != 1 || got[0].Measure != evenkeel.MeasureLimit {
			t.Errorf("by %s stands %+v (%v)", rule, got, err)
		}
	}
	closed(t, db)
}
