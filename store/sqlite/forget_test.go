package sqlite

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const day = 24 * time.Hour

// shut keeps a case of a tenant that was closed then, of which each finding is told in its timeline.
func shut(t *testing.T, db *DB, c evenkeel.CaseID, of evenkeel.TenantID, closed evenkeel.Moment, findings ...evenkeel.FindingID) {
	t.Helper()
	x := docket.Changes{
		Tenant: of,
		Cases:  []evenkeel.Case{{ID: c, Tenant: of, Family: "mining", Opened: closed.Add(-day), Since: closed, State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomeFalsePositive}},
	}
	for i, id := range findings {
		x.Findings = append(x.Findings, evenkeel.Finding{
			ID: id, Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive,
			Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1", Tenant: of}, From: 1, Until: 2, At: 2, Panes: []evenkeel.PaneSeries{{Name: "cpu", From: 1, Width: 60e9, Values: make([]evenkeel.Reading, 9)}},
		})
		x.Entries = append(x.Entries, evenkeel.Entry{Case: c, Seq: int64(i) + 1, At: closed, Kind: evenkeel.EntryFound, Ref: string(id), State: "final", Says: "crypto-mining v1"})
	}
	if err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(x) }); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, db *DB, query string, args ...any) {
	t.Helper()
	if err := db.write(t.Context(), "change", func(s *session) error { return s.exec(context.Background(), query, args...) }); err != nil {
		t.Fatal(err)
	}
}

// forgot erases what is over, page by page, and returns of how many cases how many findings went.
func forgot(t *testing.T, db *DB, l Lapse) (findings, cases int) {
	t.Helper()
	for after := evenkeel.CaseID(""); ; {
		some, err := db.Lapsed(t.Context(), l, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return findings, cases
		}
		n, of, err := db.ForgetFindings(t.Context(), l, some)
		if err != nil || n != some[0].Findings {
			t.Fatalf("of %s %d are gone, %v; %d were to go", some[0].ID, n, err, some[0].Findings)
		}
		findings, cases, after = findings+n, cases+of, some[0].ID
	}
}

// P: what was measured is erased once its case is over for long enough, and due process outranks that: while the
// case or another one of the tenant's is open, an appeal or the time to fetch data runs or stands still, or
// anything about it is to be decided or told, nothing goes.
func TestNothingIsForgottenWhileAnythingGoesOn(t *testing.T) {
	closed := began.Add(-400 * day)
	l := Lapse{Before: began.Add(-365 * day), Now: began}
	for name, goesOn := range map[string]func(t *testing.T, db *DB){
		"": func(*testing.T, *DB) {}, // it is over
		"closed a second too late": func(t *testing.T, db *DB) {
			change(t, db, "UPDATE cases SET body = json_set(body, '$.since', ?) WHERE id = 'c-1'", l.Before.Add(time.Second).String())
		},
		"closed at that very moment": func(t *testing.T, db *DB) {
			change(t, db, "UPDATE cases SET body = json_set(body, '$.since', ?) WHERE id = 'c-1'", l.Before.String())
		},
		"reopened": func(t *testing.T, db *DB) { change(t, db, "UPDATE cases SET state = 'reopened' WHERE id = 'c-1'") },
		"another case of the tenant is open": func(t *testing.T, db *DB) {
			shut(t, db, "c-9", "raisup", closed)
			change(t, db, "UPDATE cases SET state = 'open' WHERE id = 'c-9'")
		},
		"an appeal can be made": func(t *testing.T, db *DB) {
			change(t, db, "INSERT INTO clocks (case_id, kind, decision, due, paused, ended, body) VALUES ('c-1', 'appeal', 'd-1', ?, 0, 0, '{}')", int64(began)+1)
		},
		"data can be fetched, and the time stands still": func(t *testing.T, db *DB) {
			change(t, db, "INSERT INTO clocks (case_id, kind, decision, due, paused, ended, body) VALUES ('c-1', 'retrieval', '', 1, 1, 0, '{}')")
		},
		"a measure is announced": func(t *testing.T, db *DB) {
			change(t, db, `INSERT INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body) VALUES ('d-1', 'c-1', 'held', 'live', 'limit', 1, 2, '{"id":"d-1","case":"c-1"}')`)
		},
		"a person is asked by lot": func(t *testing.T, db *DB) {
			change(t, db, "INSERT INTO audits (id, case_id, tenant, control, opened, share, nonce, drawn, state, person, found, body) VALUES ('a-1', 'c-1', 'raisup', 0, 1, 20, 'n', 'ada', 'open', '', 'none', '{}')")
		},
		"a credit waits": func(t *testing.T, db *DB) {
			change(t, db, "INSERT INTO credits (id, case_id, tenant, closed, state, minutes, amount, currency, body) VALUES ('k-1', 'c-1', 'raisup', 1, 'proposed', 9, 9, 'EUR', '{}')")
		},
		"two persons look at it": func(t *testing.T, db *DB) {
			change(t, db, "INSERT INTO reviews (id, case_id, tenant, about, state, opened, over, denies, first, body) VALUES ('r-1', 'c-1', 'raisup', 'hold', 'asked', 1, 0, 0, 'ada', '{}')")
		},
		"a flag of its clearance stands": func(t *testing.T, db *DB) {
			change(t, db, "INSERT INTO flags (id, tenant, family, case_id, from_at, until_at, revoked, body) VALUES ('flag-1', 'raisup', 'mining', 'c-1', 1, ?, 0, '{}')", int64(began)+1)
		},
		"a notice is on its way": func(t *testing.T, db *DB) {
			change(t, db, `INSERT INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body) VALUES ('d-1', 'c-1', 'lifted', 'live', 'notify', 1, 2, '{"id":"d-1","case":"c-1"}')`)
			change(t, db, "INSERT INTO notices (id, case_id, decision, body, created) VALUES ('n-1', 'c-1', 'd-1', '{}', 1)")
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := openAt(t, fileOf(t), Options{})
			shut(t, db, "c-1", "raisup", closed, "f-1", "f-2")
			shut(t, db, "c-2", "neighbour", closed, "f-3")
			goesOn(t, db)
			left, gone := 2, 1
			if name == "" {
				left, gone = 0, 3
			}
			findings, _ := forgot(t, db, l)
			if f, err := db.Folder(t.Context(), "c-1"); err != nil || len(f.Entries) != 2 || len(f.Findings) != left || findings != gone {
				t.Errorf("%d findings went, and %d of the case are left, with %d lines of its timeline, %v; expected %d and %d", findings, len(f.Findings), len(f.Entries), err, gone, left)
			}
		})
	}
}

// P: the addresses from before a change of contacts go once their case is over, and no other's.
func TestAddressesFromBeforeAChangeAreForgotten(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	shut(t, db, "c-1", "raisup", began.Add(-100*day))
	shut(t, db, "c-2", "other", began.Add(-89*day))
	for _, c := range []string{"c-1", "c-2"} {
		change(t, db, `INSERT INTO reach (case_id, listed, until, before) VALUES (?, 1, 2, '[{"role":"owner","mail":"ada@raisup.example"}]')`, c)
	}
	l := Lapse{Before: began.Add(-90 * day), Now: began}
	for _, want := range []int{1, 0} {
		due, err := db.LapsedReach(t.Context(), l)
		if err != nil || due != want {
			t.Errorf("%d were to go, %v; expected %d", due, err, want)
		}
		if n, err := db.ForgetReach(t.Context(), l, 9); err != nil || n != want {
			t.Errorf("%d went, %v; expected %d", n, err, want)
		}
	}
	if r, err := db.ReachOf(t.Context(), "c-2"); err != nil || r.Listed == 0 {
		t.Errorf("of the case that is not over %+v is left, %v", r, err)
	}
}

// P: a finding that goes on in a later case of the tenant stays as long as that one needs it; and what is over is
// found whatever lies before it, and counted.
func TestAFindingOfTwoCasesStaysForTheLater(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	shut(t, db, "c-1", "raisup", began.Add(-400*day), "f-1", "f-2")
	shut(t, db, "c-2", "raisup", began.Add(-100*day), "f-2", "f-3")
	for i := range 3 {
		shut(t, db, evenkeel.CaseID(fmt.Sprint("c-3", i)), "other", began.Add(-500*day), evenkeel.FindingID(fmt.Sprint("g-", i)))
	}
	findings, cases := forgot(t, db, Lapse{Before: began.Add(-365 * day), Now: began})
	if findings != 4 || cases != 4 {
		t.Errorf("%d findings of %d cases went; expected 4 of 4", findings, cases)
	}
	for c, want := range map[evenkeel.CaseID][]evenkeel.FindingID{"c-1": {"f-2"}, "c-2": {"f-2", "f-3"}, "c-30": nil} {
		f, err := db.Folder(t.Context(), c)
		var left []evenkeel.FindingID
		for i := range f.Findings {
			left = append(left, f.Findings[i].ID)
		}
		if err != nil || !slices.Equal(left, want) {
			t.Errorf("of %s %v are left, %v; expected %v", c, left, err, want)
		}
	}
	if at, err := db.Unfinished(t.Context(), Lapse{Before: began.Add(-365 * day), Now: began}); err != nil || at != began.Add(-101*day) {
		t.Errorf("the oldest case that is not over began at %v, %v", at, err)
	}
}

// P, F17: a known case is shown to see whether people look: one of which nothing is left to look at is none.
func TestAKnownCaseOfWhichNothingIsLeftIsNotDrawn(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	shut(t, db, "c-1", "raisup", began.Add(-400*day), "f-1")
	change(t, db, `INSERT INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body) VALUES ('d-1', 'c-1', 'lifted', 'live', 'throttle', 1, 2, '{"id":"d-1","case":"c-1"}')`)
	change(t, db, "INSERT INTO entries (case_id, seq, kind, ref, state, body) VALUES ('c-1', 2, 'decided', 'd-1', 'in_force', '{}')")
	change(t, db, "INSERT INTO lessons (case_id, rule, version, outcome, audited, at, human) VALUES ('c-1', 'crypto-mining', 1, 4, 0, 1, 1)")
	for _, want := range []int{1, 0} {
		var known []evenkeel.Case
		err := db.Transact(t.Context(), func(tx docket.Tx) (err error) {
			known, err = tx.Innocent("mining", 9)
			return err
		})
		if err != nil || len(known) != want {
			t.Errorf("%d known cases, %v; expected %d", len(known), err, want)
		}
		forgot(t, db, Lapse{Before: began.Add(-365 * day), Now: began})
	}
}
