package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// isolation is a decision by ada that isolates vm-1 for four hours.
func isolation() evenkeel.Decision {
	return evenkeel.Decision{
		ID: "d-alone", Case: theCase.ID, Tenant: theCase.Tenant, Family: theCase.Family, Measure: evenkeel.MeasureIsolate, Wanted: evenkeel.MeasureIsolate,
		Assets: []evenkeel.AssetID{"vm-1"}, From: began.Add(2 * time.Hour), Until: began.Add(6 * time.Hour), At: began.Add(2 * time.Hour),
		Actor: evenkeel.Actor{Policy: "p", Person: "ada"}, State: evenkeel.InForce, Mode: evenkeel.ModeLive, Grounds: evenkeel.Grounds{Clause: "4.2", Says: "It mines."},
	}
}

// as is that isolation, changed.
func as(change func(*evenkeel.Decision)) evenkeel.Decision {
	d := isolation()
	change(&d)
	return d
}

// insert writes a decision past the program, with the agreement that it claims.
func insert(t testing.TB, db *DB, d evenkeel.Decision, agreed any) error {
	t.Helper()
	whole, err := json.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	return db.write(t.Context(), "test", func(s *session) error {
		err := s.exec(context.Background(), `INSERT INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body, person, supersedes, agreed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?)`,
			string(d.ID), string(d.Case), d.State.String(), d.Mode.String(), d.Measure.String(), int64(d.From), int64(d.Until), string(whole), string(d.Actor.Person), string(d.Supersedes), agreed)
		for _, a := range d.Assets {
			if err == nil {
				err = s.exec(context.Background(), "INSERT INTO named_assets (asset, decision) VALUES (?, ?)", string(a), string(d.ID))
			}
		}
		return err
	})
}

// bothOf is a review in which ada and bea supported a measure, on vm-1 and vm-2 for two days.
func bothOf(id docket.ReviewID, c evenkeel.CaseID, m evenkeel.Measure, second evenkeel.Measure) docket.Review {
	r := underReview("ada", "bea")
	r.ID, r.Case, r.About, r.Wanted, r.Assets, r.Until = id, c, docket.AboutAccount, m, []evenkeel.AssetID{"vm-1", "vm-2"}, began.Add(50*time.Hour)
	r.Verdicts[0].Measure, r.Verdicts[1].Measure, r.Result, r.State = m, second, min(m, second), docket.ReviewAgreed
	return r
}

// aloneBooks are books in which ada and bea agreed to isolate vm-1 and vm-2, which is all that the tenant runs: r-1. In another
// case they did too: r-2. In r-3 bea supports no more than a throttle. In r-4 they agreed to withhold the data of vm-1.
func aloneBooks(t *testing.T) *DB {
	t.Helper()
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	enrol(t, db, 1, "ada", "bea", "cem")
	other := theCase
	other.ID, other.Family = "c-2", "flood"
	hold := bothOf("r-4", theCase.ID, evenkeel.MeasureNone, evenkeel.MeasureNone)
	hold.About, hold.Until, hold.Assets, hold.Hold = docket.AboutHold, 0, hold.Assets[:1], &docket.Hold{Authority: "District court", Reference: "7 Qs", Until: began.Add(50 * time.Hour)}
	hold.Verdicts[0].Grant, hold.Verdicts[1].Grant, hold.Granted = true, true, true
	err := db.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{
			Tenant: theCase.Tenant, Cases: []evenkeel.Case{other}, Runs: []evenkeel.AssetID{"vm-1", "vm-2"},
			Reviews: []docket.Review{bothOf("r-1", theCase.ID, evenkeel.MeasureIsolate, evenkeel.MeasureIsolate), bothOf("r-2", "c-2", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate), bothOf("r-3", theCase.ID, evenkeel.MeasureIsolate, evenkeel.MeasureThrottle), hold},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func onAll(d *evenkeel.Decision)     { d.Assets = []evenkeel.AssetID{"vm-1", "vm-2"} }
func byBoth(d *evenkeel.Decision)    { d.Actor.Second = "bea" }
func forADay(d *evenkeel.Decision)   { d.Until = d.From.Add(25 * time.Hour) }
func notice(d *evenkeel.Decision)    { d.Measure = evenkeel.MeasureNotify }
func throttle(d *evenkeel.Decision)  { d.Measure = evenkeel.MeasureThrottle }
func withholds(d *evenkeel.Decision) { d.Measure, d.Actor.Second = evenkeel.MeasureNone, "bea" }

func each(all ...func(*evenkeel.Decision)) evenkeel.Decision {
	return as(func(d *evenkeel.Decision) {
		for _, f := range all {
			f(d)
		}
	})
}

const takesBoth = "it takes two persons who agreed on it"

// TestNobodyIsTwoOfAnAccountOrABlock speaks to the database itself, as who has the file might: what is on all that a tenant
// runs, and what lasts, is in force by two who agreed on that, or not (R5; alone at most isolate, for four hours).
func TestNobodyIsTwoOfAnAccountOrABlock(t *testing.T) {
	for _, c := range []struct {
		name   string
		is     evenkeel.Decision
		agreed any
		says   string
	}{
		{"account-wide by one person", each(onAll), nil, takesBoth},
		{"account-wide by a machine", each(onAll, func(d *evenkeel.Decision) { d.Actor.Person = "" }), nil, takesBoth},
		{"a freeze of all by one person", each(onAll, func(d *evenkeel.Decision) { d.Measure = evenkeel.MeasureFreeze }), nil, takesBoth},
		{"account-wide by two accounts of one person", each(onAll, func(d *evenkeel.Decision) { d.Actor.Second = "a-ada" }), nil, takesBoth},
		{"two accounts of one person on what others agreed on", each(onAll, func(d *evenkeel.Decision) { d.Actor.Second = "a-ada" }), "r-1 isolate", "not what the two agreed on"},
		{"two persons who are named, and agreed on nothing", each(onAll, byBoth), nil, takesBoth},
		{"two persons who are named, and an agreement that is not there", each(onAll, byBoth), "r-9 isolate", "not what the two agreed on"},
		{"a review of another case", each(onAll, byBoth), "r-2 isolate", "not what the two agreed on"},
		{"a review of a lower measure", each(onAll, byBoth), "r-3 throttle", "not what the two agreed on"},
		{"a review of other assets", each(byBoth, func(d *evenkeel.Decision) { d.Assets = []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"} }), "r-1 isolate", takesBoth},
		{"a block by one person", each(throttle, forADay), nil, takesBoth},
		{"a block by a machine", each(throttle, forADay, func(d *evenkeel.Decision) { d.Actor.Person = "" }), nil, takesBoth},
		{"a block for longer than the two agreed on", each(byBoth, func(d *evenkeel.Decision) { d.Until = began.Add(51 * time.Hour) }), "r-1 isolate", takesBoth},
		{"an isolation of one person for longer than four hours", each(func(d *evenkeel.Decision) { d.Until++ }), nil, takesBoth},
		{"an isolation in the place of a notice that stands", each(forADay, func(d *evenkeel.Decision) { d.Supersedes, d.Until = "d-0", d.Until-2*60*60*1e9 }), nil, takesBoth},
		{"an order for longer than was ordered", each(withholds, func(d *evenkeel.Decision) { d.Until = began.Add(51 * time.Hour) }), nil, takesBoth},
		{"an order on more than was ordered", each(withholds, onAll), nil, takesBoth},
		{"an order by one", each(withholds, func(d *evenkeel.Decision) { d.Actor.Second = "ada" }), nil, "lawful order on which two persons agreed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := insert(t, aloneBooks(t), c.is, c.agreed); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v; expected %q", err, c.says)
			}
		})
	}
}

// TestNothingBecomesOfTwoByBeingChanged tries the same by changing what stands, or waits (R5).
func TestNothingBecomesOfTwoByBeingChanged(t *testing.T) {
	const (
		columnsSay = "say what its value says"
		wide       = `UPDATE decisions SET body = json_set(body, '$.assets', json('["vm-1","vm-2"]')) WHERE id = 'd-alone'`
		later      = `UPDATE decisions SET until_at = from_at + 90000000000000, body = json_set(body, '$.until', '2026-11-23T12:30:00Z') WHERE id = 'd-alone'`
		begins     = `UPDATE decisions SET state = 'in_force', body = json_set(body, '$.state', 'in_force') WHERE id = 'd-alone'`
		another    = `INSERT INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body, person, agreed) SELECT id, case_id, state, mode, 'isolate', from_at, until_at, json_set(body, '$.measure', 'isolate'), person, NULL FROM decisions WHERE id = 'd-alone'`
	)
	proposed := func(d *evenkeel.Decision) { d.State = evenkeel.Proposed }
	for _, c := range []struct {
		name     string
		is       evenkeel.Decision
		agreed   any
		do, says string
	}{
		{"to more assets, all that run", isolation(), nil, wide, takesBoth},
		{"to a later end", each(throttle), nil, later, takesBoth},
		{"to a later end of what two agreed on", each(onAll, byBoth), "r-1 isolate", `UPDATE decisions SET until_at = from_at + 180000000000000, body = json_set(body, '$.until', '2026-11-24T13:30:00Z') WHERE id = 'd-alone'`, takesBoth},
		{"to a later end in the value alone", isolation(), nil, `UPDATE decisions SET body = json_set(body, '$.until', '2027-11-22T09:30:00Z') WHERE id = 'd-alone'`, columnsSay},
		{"to a later end in the column alone", each(throttle), nil, `UPDATE decisions SET until_at = until_at + 1 WHERE id = 'd-alone'`, columnsSay},
		{"to an earlier beginning, by which it is longer", each(throttle), nil, `UPDATE decisions SET from_at = from_at - 86400000000000, body = json_set(body, '$.from', '2026-11-21T11:30:00Z') WHERE id = 'd-alone'`, takesBoth},
		{"to another measure in the value alone", each(throttle, onAll), nil, `UPDATE decisions SET body = json_set(body, '$.measure', 'isolate') WHERE id = 'd-alone'`, columnsSay},
		{"from a throttle of all to an isolation of all", each(throttle, onAll), nil, `UPDATE decisions SET measure = 'isolate', body = json_set(body, '$.measure', 'isolate') WHERE id = 'd-alone'`, takesBoth},
		{"to be in force in the value alone", each(proposed, onAll), nil, `UPDATE decisions SET body = json_set(body, '$.state', 'in_force') WHERE id = 'd-alone'`, columnsSay},
		{"from proposed to in force, account-wide", each(proposed, onAll), nil, begins, takesBoth},
		{"from proposed to in force, lasting", each(proposed, throttle, forADay), nil, begins, takesBoth},
		{"from shadow to live", each(onAll, func(d *evenkeel.Decision) { d.Mode = evenkeel.ModeShadow }), nil, `UPDATE decisions SET mode = 'live', body = json_set(body, '$.mode', 'live') WHERE id = 'd-alone'`, takesBoth},
		{"by one account in the place of a person who agreed", each(onAll, byBoth), "r-1 isolate", `UPDATE decisions SET body = json_set(body, '$.actor.second', 'a-ada') WHERE id = 'd-alone'`, takesBoth},
		{"an order to a later end", each(withholds), nil, `UPDATE decisions SET until_at = until_at + 180000000000000, body = json_set(body, '$.until', '2026-11-24T17:30:00Z') WHERE id = 'd-alone'`, takesBoth},
		{"an order to more assets", each(withholds), nil, wide, takesBoth},
		{"what two were asked for to more assets", isolation(), nil, `UPDATE reviews SET body = json_insert(body, '$.assets[#]', 'vm-3') WHERE id = 'r-1'`, "stays about the measure"},
		{"what two were asked for to a later end", isolation(), nil, `UPDATE reviews SET body = json_set(body, '$.until', '2027-01-01T00:00:00Z') WHERE id = 'r-1'`, "stays about the measure"},
		{"a lawful order to a later end", isolation(), nil, `UPDATE reviews SET body = json_set(body, '$.hold.until', '2027-01-01T00:00:00Z') WHERE id = 'r-4'`, "stays about the measure"},
		{"from a notice of all to an isolation of all", each(notice, onAll), nil, `UPDATE decisions SET measure = 'isolate', body = json_set(body, '$.measure', 'isolate') WHERE id = 'd-alone'`, takesBoth},
		{"from a notice to an isolation in the value alone", each(notice, onAll), nil, `UPDATE decisions SET body = json_set(body, '$.measure', 'isolate') WHERE id = 'd-alone'`, columnsSay},
		{"from a notice in the value to an isolation in the column", each(notice), nil, `UPDATE decisions SET measure = 'isolate' WHERE id = 'd-alone'`, columnsSay},
		{"from a notice to a throttle that lasts", each(notice, forADay), nil, `UPDATE decisions SET measure = 'throttle', body = json_set(body, '$.measure', 'throttle') WHERE id = 'd-alone'`, takesBoth},
		{"from a notice to a suspension", each(notice), nil, `UPDATE decisions SET measure = 'suspend', body = json_set(body, '$.measure', 'suspend') WHERE id = 'd-alone'`, "CHECK constraint failed"},
		{"from a notice to an order", each(notice), nil, `UPDATE decisions SET measure = 'none', body = json_set(body, '$.measure', 'none') WHERE id = 'd-alone'`, takesBoth},
		{"from shadow to live in the value alone", each(onAll, func(d *evenkeel.Decision) { d.Mode = evenkeel.ModeShadow }), nil, `UPDATE decisions SET body = json_set(body, '$.mode', 'live') WHERE id = 'd-alone'`, columnsSay},
		{"from over to in force in the value alone", each(onAll, func(d *evenkeel.Decision) { d.State = evenkeel.Lapsed }), nil, `UPDATE decisions SET body = json_set(body, '$.state', 'in_force') WHERE id = 'd-alone'`, columnsSay},
		{"from over to in force in the column alone", each(func(d *evenkeel.Decision) { d.State = evenkeel.Lapsed }), nil, `UPDATE decisions SET state = 'in_force' WHERE id = 'd-alone'`, columnsSay},
		{"to another case in the value alone", isolation(), nil, `UPDATE decisions SET body = json_set(body, '$.case', 'c-2') WHERE id = 'd-alone'`, columnsSay},
		{"to another name in the value alone", isolation(), nil, `UPDATE decisions SET body = json_set(body, '$.id', 'd-0') WHERE id = 'd-alone'`, columnsSay},
		{"to another person in the value alone", isolation(), nil, `UPDATE decisions SET body = json_set(body, '$.actor.person', 'bea') WHERE id = 'd-alone'`, columnsSay},
		{"to a machine in the value alone", isolation(), nil, `UPDATE decisions SET body = json_remove(body, '$.actor.person') WHERE id = 'd-alone'`, columnsSay},
		{"to a place that it did not take in the value alone", isolation(), nil, `UPDATE decisions SET body = json_set(body, '$.supersedes', 'd-0') WHERE id = 'd-alone'`, columnsSay},
		{"to a later end by the clock of another zone", each(throttle), nil, `UPDATE decisions SET until_at = until_at + 12, body = json_set(body, '$.until', replace(body ->> '$.until', 'Z', '-12:00')) WHERE id = 'd-alone'`, columnsSay},
		{"to a value that is none", isolation(), nil, `UPDATE decisions SET body = '[]' WHERE id = 'd-alone'`, columnsSay},
		{"to more assets, where what fails is to be passed over", isolation(), nil, strings.Replace(wide, "UPDATE", "UPDATE OR IGNORE", 1), takesBoth},
		{"to more assets, where what fails is to be replaced", isolation(), nil, strings.Replace(wide, "UPDATE", "UPDATE OR REPLACE", 1), takesBoth},
		{"by another in its place", each(notice, onAll), nil, strings.Replace(another, "INSERT", "INSERT OR REPLACE", 1), takesBoth},
		{"by another where it stands", each(notice, onAll), nil, another + " ON CONFLICT (id) DO UPDATE SET measure = excluded.measure, body = excluded.body", takesBoth},
		{"by another beside it, where what fails is to be passed over", each(notice, onAll), nil, strings.NewReplacer("SELECT id,", "SELECT 'd-9',", "'isolate')", "'isolate', '$.id', 'd-9')", "INSERT", "INSERT OR IGNORE").Replace(another), takesBoth},
		{"by an agreement of others, where what fails is to be passed over", each(notice, onAll), nil, strings.Replace(strings.Replace(another, "NULL FROM", "'r-2 isolate' FROM", 1), "INSERT", "INSERT OR REPLACE", 1), "not what the two agreed on"},
		{"an agreement to a higher measure than both found", isolation(), nil, `INSERT INTO agreements VALUES ('r-3 isolate', 'r-3', 'isolate', 'ada', 'bea')`, "two persons have to support it"},
		{"that nothing runs besides", isolation(), nil, `DELETE FROM running`, "not forgotten"},
		{"how strong a measure is", isolation(), nil, `UPDATE ranks SET rank = 0 WHERE measure = 'isolate'`, "how strong a measure is stays"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := aloneBooks(t)
			if err := insert(t, db, c.is, c.agreed); err != nil {
				t.Fatal(err)
			}
			err := db.write(t.Context(), "test", func(s *session) error { return s.exec(context.Background(), c.do) })
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v; expected %q", err, c.says)
			}
		})
	}
}

// TestWhatOneOrTwoMayDoIsTaken shows that what is refused above is not all.
func TestWhatOneOrTwoMayDoIsTaken(t *testing.T) {
	for _, c := range []struct {
		name   string
		is     evenkeel.Decision
		agreed any
	}{
		{"an isolation of one machine of two by one person, for four hours", isolation(), nil},
		{"the same by a machine for a day", each(func(d *evenkeel.Decision) { d.Actor.Person, d.Until = "", d.From.Add(24*time.Hour) }), nil},
		{"a throttle of all by one person for a day", each(throttle, onAll, func(d *evenkeel.Decision) { d.Until = d.From.Add(24 * time.Hour) }), nil},
		{"account-wide and lasting, by two who agreed", each(onAll, byBoth, forADay), "r-1 isolate"},
		{"account-wide, and proposed", each(onAll, func(d *evenkeel.Decision) { d.State = evenkeel.Proposed }), nil},
		{"an order as it was given", each(withholds), nil},
		{"all of it where other machines run", each(func(d *evenkeel.Decision) { d.Assets = []evenkeel.AssetID{"vm-2"} }), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := aloneBooks(t)
			if err := insert(t, db, c.is, c.agreed); err != nil {
				t.Error(err)
			}
			ended := `UPDATE decisions SET state = 'lifted', body = json_set(body, '$.state', 'lifted') WHERE id = 'd-alone'`
			if err := db.write(t.Context(), "test", func(s *session) error { return s.exec(context.Background(), ended) }); err != nil && c.is.State == evenkeel.InForce {
				t.Errorf("that one ends it: %v", err)
			}
		})
	}
}

// TestWhatWasInForceBeforeFormAloneStays: form 22 had no agreement of what is account-wide or lasts. What two agreed on
// then has one now, by their verdicts; what had none goes on, ends, and is listed; and nothing like it begins.
func TestWhatWasInForceBeforeFormAloneStays(t *testing.T) {
	db := aloneBooks(t)
	path := db.path
	two := each(onAll, byBoth, forADay)
	one := each(throttle, forADay, func(d *evenkeel.Decision) { d.ID = "d-one" })
	_, err := db.writer.conn.ExecContext(t.Context(), withoutAlone+`DROP TRIGGER agreements_are_kept; DELETE FROM agreements; UPDATE schema SET version = 22, oldest_writer = 22`)
	if err := errors.Join(err, insert(t, db, two, nil), insert(t, db, one, nil)); err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	db = openAt(t, path, Options{})
	read := func(query string) (out string) {
		err := db.read(t.Context(), "test", func(ctx context.Context, s *session) error {
			_, err := s.one(ctx, []any{&out}, query)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := read("SELECT agreed FROM decisions WHERE id = 'd-alone'"); got != "r-1 isolate" {
		t.Errorf("what two agreed on rests on %q", got)
	}
	if got := read("SELECT group_concat(id) FROM decisions_alone"); got != "d-one" {
		t.Errorf("in force by one are %q; expected d-one", got)
	}
	one.State, one.At = evenkeel.Lapsed, one.Until
	again := one
	again.ID, again.State = "d-again", evenkeel.InForce
	put := func(d evenkeel.Decision) error {
		return db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Decisions: []evenkeel.Decision{d}}) })
	}
	if err := put(one); err != nil {
		t.Errorf("it does not end: %v", err)
	}
	if err := put(again); err == nil || !strings.Contains(err.Error(), takesBoth) {
		t.Errorf("another: %v", err)
	}
}
