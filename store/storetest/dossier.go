package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var dossiers = []promise{
	{"of a tenant of whom nothing is kept it is empty", func(t *testing.T, s *scene) {
		same(t, "the dossier", s.dossier("raisup", "mining"), docket.Dossier{Tenant: "raisup", Family: "mining"})
	}},
	{"the newest case of the family is the case, and all others are prior", priorCases},
	{"what protects a tenant is prior however many cases came after it", protecting},
	{"an older case may be asked for", func(t *testing.T, s *scene) {
		old, newer := aCase("raisup", "mining", 0), aCase("raisup", "mining", 9)
		d := aDecision(old, 1, evenkeel.Lifted)
		s.put(docket.Changes{
			Cases: []evenkeel.Case{old, newer}, Decisions: []evenkeel.Decision{d, aDecision(newer, 2, evenkeel.Held)},
			Entries: []evenkeel.Entry{anEntry(old, 1), anEntry(newer, 1), anEntry(newer, 2)},
			Clocks:  []docket.Clock{aClock(old, docket.ClockAppeal, d.ID, 5), aClock(newer, docket.ClockAppeal, "", 5)},
			Flags:   []evenkeel.Flag{aFlag("flag-1", "raisup", "mining", 0)},
		})
		same(t, "the dossier", s.dossierOf(old.ID), docket.Dossier{
			Tenant: "raisup", Family: "mining", Case: &old, Entries: 1, Decisions: []evenkeel.Decision{d},
			Clocks: []docket.Clock{aClock(old, docket.ClockAppeal, d.ID, 5)}, Flags: []evenkeel.Flag{aFlag("flag-1", "raisup", "mining", 0)},
			Prior: []evenkeel.Case{newer},
		})
	}},
	{"appeals on which persons have decided are there, and who did", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		d, e := aDecision(c, 1, evenkeel.Lifted), aDecision(c, 2, evenkeel.Lifted)
		heard := aClock(c, docket.ClockAppealAnswer, d.ID, 5)
		heard.Ended, heard.Heard = at(6), [][]evenkeel.PersonID{{"ada"}, {"ben", "cem"}}
		open := aClock(c, docket.ClockAppealAnswer, e.ID, 5)
		open.Heard = heard.Heard[:1]
		missed := aClock(c, docket.ClockAppealAnswer, "", 5)
		missed.Ended = at(6)
		other := aClock(c, docket.ClockAppeal, d.ID, 5)
		other.Ended, other.Heard = at(6), heard.Heard
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d, e}, Clocks: []docket.Clock{open, other, heard, missed}})
		got := s.dossier("raisup", "mining")
		same(t, "what was heard", got.Heard, []docket.Clock{heard})
		same(t, "what runs", got.Clocks, []docket.Clock{open})
	}},
	{"a case that nobody keeps is not found", func(t *testing.T, s *scene) {
		err := s.books.Transact(t.Context(), func(tx docket.Tx) error {
			_, err := tx.DossierOf("c-unknown")
			return err
		})
		if evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("dossier of an unknown case: %v; expected that it is not found", err)
		}
	}},
	{"of decisions that only were recorded, superseded or in shadow it holds the newest", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		var all []evenkeel.Decision
		for n := range docket.MaxDecisions + 3 {
			all = append(all, passing(c, n))
		}
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: all})
		same(t, "the list", ids(s.dossier("raisup", "mining").Decisions, decisionID), ids(all[3:], decisionID))
		same(t, "the whole list", s.folder(c.ID).Decisions, all)
	}},
	{"it holds all that stands, stood or was refused, however much was decided since", lastingDecisions},
	{"it holds what a person decided and what that took the place of, however much was decided since", personsDecisions},
	{"it holds a bounded number of prior cases, the newest", func(t *testing.T, s *scene) {
		var all []evenkeel.Case
		for n := range docket.MaxPrior + 3 {
			all = append(all, aCase("raisup", []string{"mining", "flood"}[n%2], n))
		}
		s.put(docket.Changes{Cases: all})
		slices.Reverse(all)
		same(t, "the case", *s.dossier("raisup", "mining").Case, all[0])
		same(t, "the prior ones", s.dossier("raisup", "mining").Prior, all[1:1+docket.MaxPrior])
		same(t, "the prior ones in the folder", s.folder(all[2].ID).Prior, slices.Delete(slices.Clone(all), 2, 3)[:docket.MaxPrior])
	}},
	{"it holds the clocks that have not ended, by due time, then kind, then decision", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
		ended := aClock(c, docket.ClockHearing, "d-9", 1)
		ended.Ended, ended.Because = at(1), "done"
		paused := aClock(c, docket.ClockTenantAnswer, "", 4)
		paused.Paused = "the tenant has spoken" // not over: it may go on
		want := []docket.Clock{
			aClock(c, docket.ClockAppeal, "d-1", 2), aClock(c, docket.ClockLease, "d-1", 3), aClock(c, docket.ClockLease, "d-2", 3),
			aClock(c, docket.ClockOurAnswer, "", 3), paused,
		}
		s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Clocks: []docket.Clock{
			want[3], want[2], ended, want[0], want[4], want[1], aClock(other, docket.ClockLease, "", 1),
		}})
		same(t, "the clocks", s.dossier("raisup", "mining").Clocks, want)
	}},
	{"it holds the flags of the tenant and the family, revoked and past ones too, by beginning and id", func(t *testing.T, s *scene) {
		revoked := aFlag("flag-r", "raisup", "mining", 1)
		s.put(docket.Changes{Flags: []evenkeel.Flag{
			aFlag("flag-c", "raisup", "mining", 5), revoked, aFlag("flag-b", "raisup", "mining", 2), aFlag("flag-a", "raisup", "mining", 2),
			aFlag("flag-d", "raisup", "flood", 0), aFlag("flag-e", "other", "mining", 0), aFlag("flag-long-ago", "raisup", "mining", -9999),
		}})
		revoked.Revoked = at(3)
		s.put(docket.Changes{Flags: []evenkeel.Flag{revoked}})
		same(t, "the order of flags", ids(s.dossier("raisup", "mining").Flags, flagID), []evenkeel.FlagID{"flag-long-ago", "flag-r", "flag-a", "flag-b", "flag-c"})
		if got := s.dossier("raisup", "mining").Flags[1].Revoked; got != at(3) {
			t.Errorf("the revoked one is revoked at %s; expected %s", got, at(3))
		}
	}},
	{"of many flags it holds those that end last, whenever they begin", manyFlags},
	{"a flag that was revoked stays revoked, and stays its tenant's", func(t *testing.T, s *scene) {
		f := aFlag("flag-1", "raisup", "mining", 0)
		s.put(docket.Changes{Flags: []evenkeel.Flag{f}})
		other := f
		other.Tenant = "other"
		s.refused(docket.Changes{Flags: []evenkeel.Flag{other}}, evenkeel.KindConflict)
		other = f
		other.Family = "flood"
		s.refused(docket.Changes{Flags: []evenkeel.Flag{other}}, evenkeel.KindConflict)
		f.Revoked = at(1)
		s.put(docket.Changes{Flags: []evenkeel.Flag{f}})
		f.Revoked = 0
		s.refused(docket.Changes{Flags: []evenkeel.Flag{f}}, evenkeel.KindConflict)
	}},
}

// passing is the nth decision of a case, of a kind of which a dossier holds the newest only.
func passing(c evenkeel.Case, n int) evenkeel.Decision {
	d := aDecision(c, n, []evenkeel.DecisionState{evenkeel.Suppressed, evenkeel.Superseded, evenkeel.Proposed}[n%3])
	if d.State == evenkeel.Proposed {
		d.Mode = evenkeel.ModeShadow
	}
	return d
}

// pass puts more of these than a dossier holds.
func (s *scene) pass(c evenkeel.Case, from int) (all []evenkeel.Decision) {
	s.t.Helper()
	for n := range docket.MaxDecisions + 3 {
		all = append(all, passing(c, from+n))
	}
	s.put(docket.Changes{Decisions: all})
	return all
}

func lastingDecisions(t *testing.T, s *scene) {
	c := aCase("raisup", "mining", 0)
	var lasting []evenkeel.Decision
	for n := range 600 {
		lasting = append(lasting, aDecision(c, n, evenkeel.InForce))
	}
	for n, state := range []evenkeel.DecisionState{evenkeel.Proposed, evenkeel.Held, evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Refused} {
		lasting = append(lasting, aDecision(c, 600+n, state))
	}
	s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: lasting[:300]})
	since := s.pass(c, 1000)
	s.put(docket.Changes{Decisions: lasting[300:]})
	want := slices.Concat(lasting[:300], since[3:], lasting[300:])
	same(t, "the list", ids(s.dossier("raisup", "mining").Decisions, decisionID), ids(want, decisionID))
	one := lasting[0]
	one.State = evenkeel.Superseded // by a machine: now it is one of many
	s.put(docket.Changes{Decisions: []evenkeel.Decision{one}})
	same(t, "the list then", ids(s.dossier("raisup", "mining").Decisions, decisionID), ids(want[1:], decisionID))
}

func personsDecisions(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "mining", -9)
	of := func(n int, state evenkeel.DecisionState, mode evenkeel.Mode, by evenkeel.PersonID, supersedes int) evenkeel.Decision {
		d := aDecision(c, n, state)
		d.Mode, d.Actor.Person = mode, by
		if supersedes >= 0 {
			d.Supersedes = aDecision(c, supersedes, state).ID
		}
		return d
	}
	const live, shadow = evenkeel.ModeLive, evenkeel.ModeShadow
	list := []evenkeel.Decision{
		of(0, evenkeel.Superseded, live, "", -1), // a person lowered it, which was lowered again
		of(1, evenkeel.Superseded, live, "ada", 0),
		of(2, evenkeel.InForce, live, "bob", 1),
		of(3, evenkeel.Superseded, live, "", -1), // a machine went further
		of(4, evenkeel.Superseded, live, "", 3),
		of(5, evenkeel.Superseded, live, "", -1), // a person's, in shadow, counts for nothing
		of(6, evenkeel.Proposed, shadow, "ada", 5),
		of(7, evenkeel.Suppressed, shadow, "", -1), // what is in shadow is not superseded
		of(8, evenkeel.Lifted, live, "ada", 7),
		of(9, evenkeel.Superseded, live, "", -1),     // named by a decision of another case
		of(10, evenkeel.Superseded, live, "eve", -1), // a machine went further than a person
		of(11, evenkeel.InForce, live, "", 10),
	}
	elsewhere := aDecision(other, 0, evenkeel.Lifted)
	elsewhere.Actor.Person, elsewhere.Supersedes = "ada", list[9].ID
	s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Decisions: append(list, elsewhere)})
	since := s.pass(c, 100)
	last := []evenkeel.Decision{of(12, evenkeel.Suppressed, shadow, "", -1), of(13, evenkeel.Lifted, live, "ada", 12)}
	s.put(docket.Changes{Decisions: last}) // the one in shadow is one of many, and the newest
	want := slices.Concat(list[:3], list[8:9], list[10:], since[4:], last)
	same(t, "the list", ids(s.dossier("raisup", "mining").Decisions, decisionID), ids(want, decisionID))
}

func manyFlags(t *testing.T, s *scene) {
	year := aFlag("flag-year", "raisup", "mining", -99)
	year.Until = at(99999) // it began before all of the others, and stands when they are over
	mistyped := aFlag("flag-mistyped", "raisup", "mining", 99999999)
	all := []evenkeel.Flag{year}
	for n := range docket.MaxFlags + 1 { // two of each beginning and end, so ids count
		all = append(all, aFlag(evenkeel.FlagID(fmt.Sprintf("flag-%04d", n)), "raisup", "mining", n/2))
	}
	all = append(all, mistyped)
	s.put(docket.Changes{Flags: append(all, aFlag("flag-other", "raisup", "flood", 5))})
	want := append([]evenkeel.Flag{year}, all[4:]...) // the first three end before all others
	same(t, "the flags", ids(s.dossier("raisup", "mining").Flags, flagID), ids(want, flagID))
}

func priorCases(t *testing.T, s *scene) {
	mining, flood := aCase("raisup", "mining", 0), aCase("raisup", "flood", 5)
	newer, same2 := aCase("raisup", "mining", 9), aCase("raisup", "scan", 5)
	s.put(docket.Changes{Cases: []evenkeel.Case{newer, mining, flood, same2, aCase("other", "mining", 20)}})
	d := s.dossier("raisup", "mining")
	same(t, "the case", *d.Case, newer)
	tied := []evenkeel.CaseID{flood.ID, same2.ID} // opened together: by id
	slices.Sort(tied)
	same(t, "the prior cases", ids(d.Prior, caseID), append(tied, mining.ID))
	none := s.dossier("raisup", "never")
	same(t, "the prior cases of a family without one", ids(none.Prior, caseID), append([]evenkeel.CaseID{newer.ID}, append(tied, mining.ID)...))
	if none.Case != nil {
		t.Errorf("the case of a family without one is %v", none.Case)
	}
}

func protecting(t *testing.T, s *scene) {
	aged := func(family string, n int, o evenkeel.Outcome, cleared evenkeel.Moment) evenkeel.Case {
		c := aCase("raisup", family, n)
		c.State, c.Outcome, c.Cleared = evenkeel.CaseClosed, o, cleared
		return c
	}
	here, elsewhere := aged("mining", 1, evenkeel.OutcomeFalsePositive, at(900)), aged("scan", 2, evenkeel.OutcomeInconclusive, at(901))
	confirmed, open := aged("mining", 3, evenkeel.OutcomeConfirmed, 0), aCase("raisup", "scan", 4)
	all := []evenkeel.Case{here, elsewhere, confirmed, open}
	var want []evenkeel.CaseID
	for n := range docket.MaxPrior { // cleared too, and before those
		c := aged("flood", 10+n, evenkeel.OutcomeFalsePositive, at(100+n))
		all, want = append(all, c), append(want, c.ID)
	}
	s.put(docket.Changes{Cases: all})
	slices.Reverse(want)
	want = append(want, open.ID, elsewhere.ID, here.ID)
	same(t, "the prior cases", ids(s.dossier("raisup", "login").Prior, caseID), want)
	for n := range docket.MaxPrior { // cleared in another family, and later
		all = append(all, aged("flood", 100+n, evenkeel.OutcomeFalsePositive, at(1000+n)))
	}
	s.put(docket.Changes{Cases: all[len(all)-docket.MaxPrior:]})
	got := ids(s.dossier("raisup", "mining").Prior, caseID)
	for _, c := range []evenkeel.Case{here, open} {
		if c.ID != s.dossier("raisup", "mining").Case.ID && !slices.Contains(got, c.ID) {
			t.Errorf("the case of %s that was opened at %s is forgotten behind %d later ones", c.Family, c.Opened, 2*docket.MaxPrior)
		}
	}
	if slices.Contains(got, elsewhere.ID) || len(got) > 4*docket.MaxPrior {
		t.Errorf("%d prior cases; expected a bounded list", len(got))
	}
}
