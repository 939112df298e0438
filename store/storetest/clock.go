package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (s *scene) due(now evenkeel.Moment, max int) []evenkeel.CaseID {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]evenkeel.CaseID, error) { return s.books.Due(ctx, now, max) })
}

func (s *scene) naming(a evenkeel.AssetID) []evenkeel.CaseID {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]evenkeel.CaseID, error) { return s.books.Naming(ctx, a) })
}

var clocks = []promise{
	{"a live decision names its assets until it is over", func(t *testing.T, s *scene) {
		one, two := aCase("raisup", "mining", 0), aCase("acme", "mining", 1)
		d, held, other := aDecision(one, 0, evenkeel.InForce), aDecision(one, 1, evenkeel.Held), aDecision(two, 2, evenkeel.Proposed)
		d.Assets, held.Assets, other.Assets = []evenkeel.AssetID{"vm-1", "vm-2"}, []evenkeel.AssetID{"vm-1"}, []evenkeel.AssetID{"vm-2"}
		shadow := aDecision(two, 3, evenkeel.Proposed)
		shadow.Mode, shadow.Assets = evenkeel.ModeShadow, []evenkeel.AssetID{"vm-1", "vm-3"}
		s.put(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{one}, Decisions: []evenkeel.Decision{d, held}})
		s.put(docket.Changes{Tenant: "acme", Cases: []evenkeel.Case{two}, Decisions: []evenkeel.Decision{other, shadow}})
		both := []evenkeel.CaseID{one.ID, two.ID}
		slices.Sort(both)
		same(t, "who names vm-1", s.naming("vm-1"), []evenkeel.CaseID{one.ID})
		same(t, "who names vm-2", s.naming("vm-2"), both)
		same(t, "who names vm-3", s.naming("vm-3"), nil)
		d.State, d.At = evenkeel.Lapsed, at(60)
		s.put(docket.Changes{Tenant: "raisup", Decisions: []evenkeel.Decision{d}})
		same(t, "who names vm-1 then", s.naming("vm-1"), []evenkeel.CaseID{one.ID})
		same(t, "who names vm-2 then", s.naming("vm-2"), []evenkeel.CaseID{two.ID})
	}},
	{"a clock takes the place of the one of its case, kind and decision", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		lease, other := aClock(c, docket.ClockLease, "d-1", 5), aClock(c, docket.ClockLease, "d-2", 5)
		hearing := aClock(c, docket.ClockHearing, "d-1", 5)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Clocks: []docket.Clock{lease, other, hearing}})
		lease.Due = at(50)
		other.Ended, other.Because = at(2), "lifted"
		s.put(docket.Changes{Clocks: []docket.Clock{lease, other}})
		same(t, "the running clocks", s.dossier("raisup", "mining").Clocks, []docket.Clock{hearing, lease})
		same(t, "all clocks", s.folder(c.ID).Clocks, []docket.Clock{lease, other, hearing})
		other.Ended, other.Because = 0, ""
		s.put(docket.Changes{Clocks: []docket.Clock{other}})
		same(t, "the running clocks", s.dossier("raisup", "mining").Clocks, []docket.Clock{other, hearing, lease})
	}},
	{"where a tenant fetches its data is found by id, paused and closed or not, however many cases came after", func(t *testing.T, s *scene) { // D
		old, other, past := aCase("raisup", "mining", 0), aCase("raisup", "flood", 1), aCase("raisup", "scan", 2)
		old.State, old.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
		paused, ended := aClock(other, docket.ClockRetrieval, "", 7), aClock(past, docket.ClockRetrieval, "", 6)
		paused.Paused, paused.PausedAt = docket.PausedByOrder, at(2)
		ended.Ended, ended.Because = at(3), "no denial is in force any more"
		in := docket.Changes{
			Cases: []evenkeel.Case{old, other, past, aCase("acme", "mining", 3)}, Clocks: []docket.Clock{aClock(old, docket.ClockRetrieval, "", 5), paused, ended, aClock(past, docket.ClockLease, "d-1", 5)},
		}
		for n := range docket.MaxPrior + 3 {
			in.Cases = append(in.Cases, aCase("raisup", "login", 10+n))
		}
		in.Clocks = append(in.Clocks, aClock(in.Cases[3], docket.ClockRetrieval, "", 5))
		s.put(in)
		both := []evenkeel.CaseID{old.ID, other.ID}
		slices.Sort(both)
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Fetching("raisup")
			same(t, "where raisup fetches", got, both)
			if none, err := tx.Fetching("nobody"); len(none) > 0 || err != nil {
				t.Errorf("nobody fetches in %v: %v", none, err)
			}
			return err
		})
	}},
	{"where an appeal of a tenant is open is found by id, closed or not, each case once", func(t *testing.T, s *scene) { // D
		old, other, past := aCase("raisup", "mining", 0), aCase("raisup", "flood", 1), aCase("raisup", "scan", 2)
		old.State, old.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
		ended := aClock(past, docket.ClockAppealAnswer, "d-3", 6)
		ended.Ended, ended.Because = at(3), "it is decided"
		s.put(docket.Changes{
			Cases: []evenkeel.Case{old, other, past, aCase("acme", "mining", 3)},
			Clocks: []docket.Clock{
				aClock(old, docket.ClockAppealAnswer, "d-1", 5), aClock(old, docket.ClockAppealAnswer, "d-2", 6), aClock(other, docket.ClockAppealAnswer, "d-4", 5),
				ended, aClock(past, docket.ClockAppeal, "d-3", 9), aClock(aCase("acme", "mining", 3), docket.ClockAppealAnswer, "d-5", 5),
			},
		})
		both := []evenkeel.CaseID{old.ID, other.ID}
		slices.Sort(both)
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Appealing("raisup")
			same(t, "where raisup appeals", got, both)
			if none, err := tx.Appealing("nobody"); len(none) > 0 || err != nil {
				t.Errorf("nobody appeals in %v: %v", none, err)
			}
			return err
		})
	}},
	{"of several states of a clock in one transaction the last one stands", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		k := aClock(c, docket.ClockLease, "d-1", 5)
		ended := k
		ended.Ended = at(1)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Clocks: []docket.Clock{k, ended}})
		same(t, "what is due", s.due(at(99), 9), nil)
		same(t, "the clocks", s.folder(c.ID).Clocks, []docket.Clock{ended})
	}},
	{"what is due first comes first, then by id", func(t *testing.T, s *scene) {
		var cases []evenkeel.Case
		for n := range 5 {
			cases = append(cases, aCase("raisup", []string{"a", "b", "c", "d", "e"}[n], n))
		}
		paused := aClock(cases[4], docket.ClockLease, "", 1)
		paused.Paused = "waits"
		ended := aClock(cases[4], docket.ClockAppeal, "", 1)
		ended.Ended = at(1)
		s.put(docket.Changes{Cases: cases, Clocks: []docket.Clock{
			aClock(cases[0], docket.ClockLease, "", 30), aClock(cases[0], docket.ClockAppeal, "", 7), aClock(cases[0], docket.ClockHearing, "", 6),
			aClock(cases[1], docket.ClockLease, "", 5), aClock(cases[2], docket.ClockLease, "", 5), aClock(cases[3], docket.ClockLease, "", 8),
			paused, ended, // neither runs
		}})
		tied := []evenkeel.CaseID{cases[1].ID, cases[2].ID}
		slices.Sort(tied)
		all := append(tied, cases[0].ID, cases[3].ID)
		same(t, "what is due later", s.due(at(8), 9), all)
		same(t, "what is due then", s.due(at(8)-1, 9), all[:3])
		same(t, "what is due first", s.due(at(8), 2), all[:2])
		same(t, "what is due before", s.due(at(5)-1, 9), nil)
		same(t, "none of what is due", s.due(at(99), 0), nil)
	}},
	{"what was due and is put off is due later", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		k := aClock(c, docket.ClockLease, "d-1", 5)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Clocks: []docket.Clock{k}})
		k.Due = at(9)
		s.put(docket.Changes{Clocks: []docket.Clock{k}})
		same(t, "what is due before", s.due(at(8), 9), nil)
		same(t, "what is due then", s.due(at(9), 9), []evenkeel.CaseID{c.ID})
	}},
}
