package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// R6, D: once two persons deny, the tenant has 30 days and more to fetch its data, and none of them
// run while an appeal is open.
func TestADenialStartsTheTimeToFetchTheData(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	must(t, s.propose("ada", evenkeel.MeasureDeny))
	must(t, s.says(s.last().Waits(), evenkeel.MeasureDeny))
	k := clockOf(s.folder(), docket.ClockRetrieval)
	if s.inForce().Measure != evenkeel.MeasureDeny || k == nil || k.Due.Sub(k.Started) < 30*24*time.Hour {
		t.Fatalf("%s stands, and the time to fetch data is %+v; expected a denial and 30 days at least", s.inForce().Measure, k)
	}
	must(t, s.does(docket.ActAppeal, "", func(a *docket.Act) { a.Says = "It is not ours." }))
	if k = clockOf(s.folder(), docket.ClockRetrieval); k == nil || k.Paused == "" {
		t.Errorf("with an appeal open it is %+v; expected that it stands still", k)
	}
	must(t, s.does(docket.ActLift, "eve", func(*docket.Act) {}))
	if k = clockOf(s.folder(), docket.ClockRetrieval); k != nil || sentences(s.folder(), "Clock retrieval: no denial is in force any more.") != 1 {
		t.Errorf("where no denial is in force it is %+v; expected that it ended, and that the case says so", k)
	}
}

// R5: whoever closed a case does not decide on the appeal that opened it again, by closing it
// again either.
func TestWhoClosedACaseDoesNotCloseItAgain(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	answered(t, d)
	closing := act(docket.ActClose, "trial", 10*minute)
	closing.Outcome = evenkeel.OutcomeConfirmed
	play(t, d, closing, act(docket.ActAppeal, "trial", 20*minute))
	again := act(docket.ActClose, "trial", 30*minute)
	again.Outcome = evenkeel.OutcomeConfirmed
	if _, err := one(d, again); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Fatalf("ada says %v; expected that it is denied: she closed the case", err)
	}
	again.By, again.ID, again.Says = "ben", "another person closes it", upheldFor("trial", 30*minute)
	play(t, d, again)
}

// R5: whoever decided has decided, also once somebody else renewed it.
func TestWhoDecidedDoesNotHearTheAppealAgainstWhatWasRenewed(t *testing.T) {
	assets := []evenkeel.AssetID{"trial-1"}
	d := docket.Dossier{
		Decisions: []evenkeel.Decision{
			{ID: "d-1", Assets: assets, Actor: evenkeel.Actor{Person: "ada", Second: "cem"}, State: evenkeel.Superseded, At: start},
			{ID: "d-2", Assets: assets, Actor: evenkeel.Actor{Person: "ben"}, State: evenkeel.InForce, Supersedes: "d-1", At: start},
		},
		Clocks: []docket.Clock{{Decision: "d-2", Kind: docket.ClockAppealAnswer, Started: start, Due: start.Add(time.Hour)}},
	}
	for who, denied := range map[evenkeel.PersonID]bool{"ada": true, "cem": true, "ben": true, "eve": false} {
		if err := procedure.MayRaise(d, who, assets); (evenkeel.KindOf(err) == evenkeel.KindDenied) != denied || !denied && err != nil {
			t.Errorf("%s may decide: %v; expected denied %t", who, err, denied)
		}
	}
}

// clockOf is the running clock of a kind, or nil.
func clockOf(f docket.Folder, kind docket.ClockKind) *docket.Clock {
	for i := range f.Clocks {
		if k := &f.Clocks[i]; k.Kind == kind && k.Ended == 0 {
			return k
		}
	}
	return nil
}
