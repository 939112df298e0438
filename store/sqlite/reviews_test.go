package sqlite

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// without7 takes away what form 7 added, as of a file of a form before.
const without7 = `DROP TRIGGER interest_of_an_act; DROP TRIGGER interest_of_a_flag;
	DROP TRIGGER appointed_as_new; DROP TRIGGER appointed_later; DROP TRIGGER dismissed;
	DROP TRIGGER decisions_rest_on_their_own_agreement; DROP TRIGGER decisions_rest_on_what_they_did;
	ALTER TABLE decisions DROP COLUMN agreed;
	DROP TABLE agreements; DROP TABLE verdicts; DROP TABLE interests; DROP TABLE reviews; DROP TABLE appointed; `

// withoutIncidents takes away what the form added that keeps when the platform was hurt.
const withoutIncidents = withoutTold + "DROP TRIGGER notes_go_with_the_key; DROP TABLE notes; DROP TABLE incidents; "

// withoutBriefly takes away what the form added that asks briefly. What it put in the place of other triggers asks
// nothing then: what takes an earlier form back drops them by their names.
const withoutBriefly = withoutSites + `DROP VIEW decisions_to_two; DROP VIEW decisions_agreed; DROP VIEW decisions_ordered; DROP VIEW entries_of_persons;
	DROP TRIGGER decisions_by_two; CREATE TRIGGER decisions_by_two AFTER INSERT ON decisions WHEN 0 BEGIN SELECT 1; END;
	DROP TRIGGER decisions_stay_by_two; CREATE TRIGGER decisions_stay_by_two AFTER UPDATE ON decisions WHEN 0 BEGIN SELECT 1; END;
	DROP TRIGGER decisions_rest_on_their_own_agreement; CREATE TRIGGER decisions_rest_on_their_own_agreement BEFORE INSERT ON decisions WHEN 0 BEGIN SELECT 1; END;
	DROP TRIGGER decisions_withhold_by_two; CREATE TRIGGER decisions_withhold_by_two BEFORE INSERT ON decisions WHEN 0 BEGIN SELECT 1; END;
	DROP TRIGGER interest_of_an_act; CREATE TRIGGER interest_of_an_act AFTER INSERT ON entries WHEN 0 BEGIN SELECT 1; END; `

// withoutConfirmed takes away what the form added that keeps who of those who came was confirmed.
const withoutConfirmed = withoutBriefly + "DROP TRIGGER reach_confirmed_stays; ALTER TABLE reach DROP COLUMN confirmed; ALTER TABLE reach DROP COLUMN now; "

// withoutAlone takes away what the form added by which what is account-wide, or lasts, rests on two, and what came after.
const withoutAlone = withoutConfirmed + `DROP TRIGGER decisions_by_two; DROP TRIGGER decisions_stay_by_two; DROP TRIGGER decisions_are_what_they_say;
	DROP TRIGGER decisions_stay_what_they_say; DROP TRIGGER reviews_stay_about_what_was_asked; DROP TRIGGER agreements_of_two;
	DROP VIEW decisions_unlike; DROP VIEW decisions_alone; DROP VIEW decisions_at; DROP VIEW reviews_until; DROP TABLE running; DROP TABLE ranks; `

// enrol appoints persons as of a time, as the owner of the file may write it.
func enrol(t testing.TB, db *DB, since evenkeel.Moment, persons ...evenkeel.PersonID) {
	t.Helper()
	err := db.Staff().Transact(t.Context(), func(x roll.Tx) error {
		for _, p := range persons {
			err := errors.Join(x.PutPerson(roll.Person{ID: p, Roles: []roll.Role{roll.Reviewer}}), x.PutAccount(roll.Account{
				ID: roll.AccountID("a-" + p), Person: p, State: roll.Active, Name: string(p), Password: roll.Secret("hash"), Factor: roll.TOTP, Seed: roll.Secret("seed"), Made: since,
			}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.write(t.Context(), "test", func(s *session) error {
			return s.exec(context.Background(), "UPDATE appointed SET since = ?", int64(since))
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// underReview a review by ada, in which bea was drawn.
func underReview(verdicts ...evenkeel.PersonID) docket.Review {
	r := docket.Review{
		ID: "r-1", Case: theCase.ID, Tenant: theCase.Tenant, About: docket.AboutMeasure, Wanted: evenkeel.MeasureSuspend, Opened: began.Add(time.Hour), By: "ada",
		Rules: []string{"crypto-mining"}, State: docket.ReviewDrawn, Since: began.Add(time.Hour),
	}
	for n, p := range []evenkeel.PersonID{"bea", "a-bea", "tok_7", "Adele", "root"} { // the lot is not what any of these lacks
		r.Draws = append(r.Draws, docket.Draw{Round: n + 1, Drawn: p, At: r.Opened})
	}
	for n, p := range verdicts {
		r.Verdicts = append(r.Verdicts, docket.Verdict{Person: p, At: began.Add(time.Duration(60+n) * time.Minute), Measure: evenkeel.MeasureSuspend})
	}
	return r
}

// TestNobodyIsTwo speaks to the database itself, as an administrator might who has the file: what
// takes two persons takes two, who had no part in it (R5).
func TestNobodyIsTwo(t *testing.T) {
	const (
		second  = "INSERT INTO verdicts (review, person, nth, at, rank, grants) SELECT 'r-1', ?, 2, opened + 60000000000, 9, 0 FROM reviews"
		inForce = "INSERT INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body, person, agreed) SELECT 'd-two', case_id, 'in_force', mode, 'suspend', from_at, until_at, body, 'ada', ? FROM decisions LIMIT 1"
	)
	for _, c := range []struct {
		name, first, do, says string // first prepares, and has to work
		arg                   any
	}{
		{"one person as the first and the second", "", "UPDATE reviews SET second = first", "CHECK", nil},
		{"one person as the second and the third", "UPDATE reviews SET second = 'bea'", "UPDATE reviews SET third = 'bea'", "CHECK", nil},
		{"a third without a second", "", "UPDATE reviews SET third = 'cem'", "CHECK", nil},
		{"an agreement of one", "", "UPDATE reviews SET state = 'agreed', over = 1", "CHECK", nil},
		{"a second verdict of one person", "", second, "who was drawn for it", "ada"},
		{"a verdict of somebody who was not drawn", "UPDATE reviews SET second = 'bea'", second, "who was drawn for it", "cem"},
		{"a second whom no lot fell on", "UPDATE reviews SET second = 'cem'", second, "drawn for it, by lot", "cem"},
		{"one who was put into the draws of another review", "UPDATE reviews SET second = 'cem'; INSERT INTO reviews SELECT 'r-2', case_id, tenant, about, state, opened, over, denies, first, NULL, NULL, json_insert(body, '$.draws[#]', json('{\"drawn\":\"cem\"}')) FROM reviews", second + " WHERE id = 'r-1'", "drawn for it, by lot", "cem"},
		{"the same verdict twice", "UPDATE reviews SET second = 'bea'; INSERT INTO verdicts VALUES ('r-1', 'bea', 2, 9000000000000000000, 9, 0)", second, "UNIQUE", "bea"},
		{"an account in the place of a person", "UPDATE reviews SET second = 'a-bea'", second, "works here", "a-bea"},
		{"a token in the place of a person", "UPDATE reviews SET second = 'tok_7'", second, "works here", "tok_7"},
		{"the other name of a person, who was renamed", "UPDATE persons SET name = 'Adele' WHERE id = 'ada'; UPDATE reviews SET second = 'Adele'", second, "works here", "Adele"},
		{"somebody who may not decide any more", "UPDATE persons SET may = '' WHERE id = 'bea'; UPDATE reviews SET second = 'bea'", second, "works here", "bea"},
		{"an administrator who just now made himself a reviewer", "INSERT INTO persons (id, name, roles, may) VALUES ('root', '', 'admin', 'admin'); UPDATE persons SET may = 'reviewer admin' WHERE id = 'root'; UPDATE reviews SET second = 'root'", second, "less than seven days", "root"},
		{"an administrator who takes the role and gives it again", "UPDATE persons SET may = 'admin' WHERE id = 'bea'; UPDATE persons SET may = 'reviewer admin' WHERE id = 'bea'; UPDATE reviews SET second = 'bea'", second, "less than seven days", "bea"},
		{"who acted in the case", "INSERT INTO entries VALUES ('c-1', 4, 'acted', '', '', '{\"at\":\"2020-01-01T00:00:00Z\",\"actor\":{\"person\":\"bea\"}}'); UPDATE reviews SET second = 'bea'", second, "had a part in it", "bea"},
		{"who granted the tenant a flag", "INSERT INTO flags VALUES ('f-1', 'raisup', 'scan', NULL, 1, 2, 0, '{\"by\":{\"person\":\"bea\"}}'); UPDATE reviews SET second = 'bea'", second, "had a part in it", "bea"},
		{"the author of the rule", "INSERT INTO interests VALUES ('bea', 'rule', 'crypto-mining', 1); UPDATE reviews SET second = 'bea'", second, "had a part in it", "bea"},
		{"to forget a stake", "INSERT INTO interests VALUES ('bea', 'rule', 'crypto-mining', 1)", "DELETE FROM interests", "only added", nil},
		{"to take a verdict away", "", "DELETE FROM verdicts", "only added", nil},
		{"to make more of a verdict", "", "UPDATE verdicts SET rank = 10", "only added", nil},
		{"an agreement with oneself", "", "INSERT INTO agreements VALUES ('r-1 suspend', 'r-1', 'suspend', 'ada', 'ada')", "two persons have to support it", nil},
		{"an agreement without a second verdict", "", "INSERT INTO agreements VALUES ('r-1 suspend', 'r-1', 'suspend', 'ada', 'bea')", "two persons have to support it", nil},
		{"an agreement on more than both found", "UPDATE reviews SET second = 'bea'; INSERT INTO verdicts VALUES ('r-1', 'bea', 2, 9000000000000000000, 10, 0)", "INSERT INTO agreements VALUES ('r-1 deny', 'r-1', 'deny', 'ada', 'bea')", "two persons have to support it", nil},
		{"a suspension that rests on nothing", "", inForce, "CHECK", nil},
		{"a suspension that rests on an agreement which is not there", "", inForce, "not what the two agreed on", "r-1 suspend"},
		{"to make a suspension of a measure of one", "", "UPDATE decisions SET measure = 'suspend'", "CHECK", nil},
		{"to put an agreement under what stands", "", "UPDATE decisions SET agreed = 'r-1 suspend'", "rests on stays", nil},
		{"a suspension by others than those who agreed", "UPDATE reviews SET second = 'bea'; INSERT INTO verdicts VALUES ('r-1', 'bea', 2, 9000000000000000000, 9, 0); INSERT INTO agreements VALUES ('r-1 suspend', 'r-1', 'suspend', 'ada', 'bea')", inForce, "not what the two agreed on", "r-1 suspend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := openAt(t, fileOf(t), Options{})
			put(t, db, 0)
			enrol(t, db, 1, "ada", "bea", "cem")
			if err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Reviews: []docket.Review{underReview("ada")}}) }); err != nil {
				t.Fatal(err)
			}
			if _, err := db.writer.conn.ExecContext(t.Context(), c.first); err != nil {
				t.Fatal(err)
			}
			var args []any
			if c.arg != nil || strings.Contains(c.do, "?") {
				args = []any{c.arg}
			}
			err := db.write(t.Context(), "test", func(s *session) error { return s.exec(context.Background(), c.do, args...) })
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v; expected %q", err, c.says)
			}
		})
	}
}

// TestTheVerdictOfSomebodyDrawnIsTaken shows that what is refused above is not all.
func TestTheVerdictOfSomebodyDrawnIsTaken(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	enrol(t, db, 1, "ada", "bea")
	for _, r := range []docket.Review{underReview("ada"), underReview("ada", "bea")} {
		if err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Reviews: []docket.Review{r}}) }); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Staff().Reviewers(t.Context())
	if err != nil || len(got) != 2 || got[1].Person != "bea" || got[1].Enrolled != 1 {
		t.Errorf("reviewers are %v (%v)", got, err)
	}
}

// withoutWithheld takes away what the form added in which lawful orders have an effect.
const withoutWithheld = withoutReleased + "DROP INDEX decisions_withholding; DROP TRIGGER decisions_withhold_by_two; DROP TRIGGER decisions_withhold_anew; "

// TestAReviewOfTheFormBeforeOrdersHadAnEffectGoesOn: form 14 kept which order, and not of which machines; nor
// with which words an act came. It is read as it was, and the one who was drawn there still says what they find.
func TestAReviewOfTheFormBeforeOrdersHadAnEffectGoesOn(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	enrol(t, db, 1, "ada", "bea")
	r := underReview("ada")
	r.About, r.Wanted, r.Hold = docket.AboutHold, evenkeel.MeasureNone, &docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: began.Add(99 * time.Hour)}
	r.Draws = []docket.Draw{{Round: 1, Drawn: "bea", At: r.Opened}}
	r.Verdicts[0].Measure, r.Verdicts[0].Grant = evenkeel.MeasureNone, true
	err := db.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Reviews: []docket.Review{r}, Taken: []string{docket.ActKey("of then")}})
	})
	if err == nil {
		_, err = db.writer.conn.ExecContext(t.Context(), withoutWithheld+"UPDATE schema SET version = 14, oldest_writer = 14")
	}
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	old := openToRead(t, path)
	if rows, err := old.Cases(t.Context(), docket.Query{}); err != nil || len(rows) != 1 || len(rows[0].Lawful) > 0 {
		t.Errorf("%+v, %v; expected that nothing is withheld", rows, err)
	}
	closed(t, old)
	db = openAt(t, path, Options{})
	err = db.Transact(t.Context(), func(tx docket.Tx) error {
		d, err := tx.DossierOf(r.Case)
		if err != nil || len(d.Reviews) != 1 || d.Reviews[0].Waits() != "bea" || len(d.Reviews[0].Assets) > 0 || *d.Reviews[0].Hold != *r.Hold {
			t.Errorf("the review is %+v (%v)", d.Reviews, err)
		}
		act, err1 := tx.Taken(docket.ActKey("of then"))
		words, err2 := tx.Taken(docket.WordsKey("of then", "any"))
		if !act || words || err1 != nil || err2 != nil {
			t.Errorf("the act of then is taken: %v, its words: %v (%v, %v)", act, words, err1, err2)
		}
		r.Verdicts = append(r.Verdicts, docket.Verdict{Person: "bea", At: r.Opened.Add(time.Minute), Grant: true})
		r.State, r.Why = docket.ReviewOvertaken, "It was asked by an older program."
		return tx.Put(docket.Changes{Reviews: []docket.Review{r}})
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAFileOfTheFormBeforeReviewsIsRead: form 6 has none, and is whole without them; one is brought up.
func TestAFileOfTheFormBeforeReviewsIsRead(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	if _, err := db.writer.conn.ExecContext(t.Context(), withoutPages+withoutGovernor+without7+"UPDATE schema SET version = 6, oldest_writer = 6"); err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	old := openToRead(t, path)
	checkWhole(t, old, 1)
	closed(t, old)
	db = openAt(t, path, Options{})
	checkWhole(t, db, 1)
}
