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

// withoutFeeds takes away what the form added that keeps which feeds drift.
const withoutFeeds = withoutPosts + "DROP TRIGGER verdicts_of_those_drawn; DROP TABLE feeds; "

// withoutPosts takes away what the form added that keeps what waits to be posted.
const withoutPosts = withoutAlone + "DROP TABLE posts; "

// withoutStages takes away what the form added that keeps where rules stand.
const withoutStages = withoutFeeds + "DROP TABLE stages; DROP TABLE shadow_hits; "

// withoutReach takes away what the form added that keeps who could be told before.
const withoutReach = "DROP TABLE reach; "

// withoutReleased takes away what the form added in which two let a switch go at once.
const withoutReleased = withoutStages + withoutReach + "DROP TRIGGER reviews_stay_about_their_order; DROP TRIGGER switches_stay_released; DROP TRIGGER switches_are_released_by_two; DROP TRIGGER switches_are_released_by_persons; " +
	"DROP INDEX switches_waiting; ALTER TABLE switches DROP COLUMN drawn; " +
	"CREATE TRIGGER switches_are_released_in_two_steps BEFORE DELETE ON switches BEGIN SELECT 1; END; CREATE TRIGGER switches_are_released_by_persons BEFORE DELETE ON switches BEGIN SELECT 1; END; "

// let is a body by which two let a switch go, the second of whom was drawn.
const let = `json_object('review', json('{"verdicts":[{"person":"ada","grant":true},{"person":"ben","grant":true},{"person":"eve","grant":true},{"person":"ghost1","grant":true},{"person":"ghost2","grant":true}],` +
	`"draws":[{"drawn":"ben"},{"drawn":"eve"},{"drawn":"ghost2"},{"drawn":"kim"}]}'))`

// TestASwitchIsReleasedByTwoWhoeverWrites tries by plain SQL what no program should (R5).
func TestASwitchIsReleasedByTwoWhoeverWrites(t *testing.T) {
	const by = "UPDATE switches SET body = " + let + ", first_by = "
	for _, c := range []struct{ name, sql, says string }{
		{"by two who work here, the second drawn", by + "'ada', second_by = 'ben'", ""},
		{"by one person as both", by + "'ada', second_by = 'ada'", "work here and may decide"},
		{"by the second alone", "UPDATE switches SET second_by = 'ben'", "work here and may decide"},
		{"by the first alone", by + "'ada'", "at once"},
		{"by two who said nothing", "UPDATE switches SET first_by = 'ada', second_by = 'ben'", "in its review"},
		{"by one who does not work here", by + "'ada', second_by = 'kim'", "work here and may decide"},
		{"by a second who was not drawn", by + "'ben', second_by = 'ada'", "in its review"},
		{"by one who may decide since today only", by + "'ada', second_by = 'eve'", "work here and may decide"},
		{"S3: by two names that nobody has", by + "'ghost1', second_by = 'ghost2'", "work here and may decide"},
		{"S3: by two names, where nobody works", "DELETE FROM accounts; " + by + "'ada', second_by = 'ben'", "work here and may decide"},
		{"by taking it away", "DELETE FROM switches", "switches are kept"},
		{"by making it another", "UPDATE switches SET kind = 'tenant', key = 'nobody'", "at once"},
		{"by pulling one that is released already", "INSERT INTO switches VALUES ('x', 'rule', 'x', 1, 'ada', 'ada', 'ben', '{}', NULL)", "pulled before it is released"},
		{"by pulling it twice", "INSERT INTO switches VALUES ('x', 'rule', 'mining', 1, 'ada', NULL, NULL, '{}', NULL)", "UNIQUE"},
		{"and not again after that", by + "'ada', second_by = 'ben'; UPDATE switches SET body = '{}'", "stays released"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := openAt(t, fileOf(t), Options{})
			s := docket.Switch{Scope: docket.Scope{Kind: docket.SwitchRule, Key: "mining"}, Pulled: 5, By: "ada", Why: "Stop."}
			err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Switches: []docket.Switch{s}}) })
			if err == nil {
				_, err = db.writer.conn.ExecContext(t.Context(), `INSERT INTO persons (id, name, roles, may) VALUES ('ada', 'Ada', '', 'reviewer'), ('ben', 'Ben', '', 'lead'), ('eve', 'Eve', '', 'reviewer');
					UPDATE appointed SET since = 1 WHERE person <> 'eve';
					INSERT INTO accounts (id, person, state, name, password, factor, seed, step, made) SELECT 'a-' || id, id, 'active', id, x'01', 'totp', x'01', 0, 1 FROM persons`)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.writer.conn.ExecContext(t.Context(), c.sql)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v; expected %q", err, c.says)
			}
		})
	}
}

// TestTwoWhoWorkHereReleaseASwitch (R5) as the judge writes it, and two who do not cannot (S3).
func TestTwoWhoWorkHereReleaseASwitch(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put := func(by, drawn evenkeel.PersonID) error {
		s := docket.Switch{Scope: docket.Scope{Kind: docket.SwitchRule, Key: "mining"}, Pulled: 5, By: "ada", Why: "Stop."}
		if by != "" {
			s.First, s.Second = &docket.Word{By: by, At: 6, Why: "Mended."}, &docket.Word{By: drawn, At: 8, Why: "So it is."}
			s.Review = &docket.Review{
				ID: "r-1", Tenant: docket.House, About: docket.AboutRelease, Opened: 6, By: by, State: docket.ReviewAgreed, Since: 8, Granted: true,
				Verdicts: []docket.Verdict{{Person: by, At: 6, Grant: true}, {Person: drawn, At: 8, Grant: true}}, Draws: []docket.Draw{{Round: 1, Drawn: drawn, At: 7}},
			}
		}
		return db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Switches: []docket.Switch{s}}) })
	}
	if err := put("", ""); err != nil {
		t.Fatal(err)
	}
	if err := put("ghost1", "ghost2"); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("two names that nobody has: %v; expected a conflict", err)
	}
	_, err := db.writer.conn.ExecContext(t.Context(), `INSERT INTO persons (id, name, roles, may) VALUES ('ada', 'Ada', '', 'reviewer'), ('ben', 'Ben', '', 'lead');
		UPDATE appointed SET since = 1; INSERT INTO accounts (id, person, state, name, password, factor, seed, step, made) SELECT 'a-' || id, id, 'active', id, x'01', 'totp', x'01', 0, 1 FROM persons`)
	if err != nil {
		t.Fatal(err)
	}
	if err := put("ghost1", "ben"); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("one of them: %v; expected a conflict", err)
	}
	if err := put("ada", "ben"); err != nil {
		t.Errorf("ada, and ben who was drawn: %v", err)
	}
}

// TestTheWordOfAFirstPersonIsAskedForAnew: of older programs anybody could read it.
func TestTheWordOfAFirstPersonIsAskedForAnew(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	_, err := db.writer.conn.ExecContext(t.Context(), withoutReleased+`UPDATE schema SET version = 15, oldest_writer = 15;
		INSERT INTO switches (id, kind, key, pulled, pulled_by, body) VALUES ('x', 'global', '', 5, 'ada', '{}');
		UPDATE switches SET first_by = 'ada', body = '{"kind":"global","pulled":"1970-01-01T00:00:00.000000005Z","by":"ada","why":"Stop.","first":{"by":"ada","at":"1970-01-01T00:00:01Z","why":"Go."}}'`)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	db = openAt(t, path, Options{})
	b, err := db.Board(t.Context())
	if err != nil || len(b.Switches) != 1 || b.Switches[0].First != nil || b.Switches[0].Why != "Stop." {
		t.Errorf("%+v, %v; expected the switch without the word", b.Switches, err)
	}
	closed(t, db)
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
