package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAnAppealHoldsTheTimeToFetchOfEveryCase (D, R6): an appeal in another case of the tenant lets the time to fetch its data
// stand still, as a lawful order does, until it is decided; and there are 30 days after it.
func TestAnAppealHoldsTheTimeToFetchOfEveryCase(t *testing.T) {
	s, fetching := denied(t)
	k := fetching()
	must(t, s.does(docket.ActClose, "ada", func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }))
	s.at += minute
	play(t, s.d, finding("trial-2", "trial", s.at, evenkeel.Provisional, usage, wire), finding("trial-2", "trial", s.at+2*minute, evenkeel.Final, usage, wire))
	s.at += 3 * minute
	other := s.folder().Case.ID
	if other == k.Case {
		t.Fatal("there is no other case")
	}
	must(t, s.does(docket.ActAppeal, "", func(a *docket.Act) { a.Case, a.Says = other, "It is our own job." }))
	opened := s.now()
	if k := fetching(); k.Paused != "an appeal is open" || k.PausedAt != opened {
		t.Fatalf("while an appeal is open in case %s the clock of %s is %+v; expected that it stands still", other, k.Case, k)
	}
	s.at += 24 * time.Hour
	must(t, s.does(docket.ActUphold, "hal", func(a *docket.Act) {
		a.Case, a.Says = other, "“It is our own job”, you write; term-0 names a pool, and no job of yours needs one."
	}))
	if k := fetching(); k.Paused != "" || k.Due < s.now().Add(30*day) || k.Ended != 0 {
		t.Errorf("after it the clock is %+v; expected that it runs on, for 30 days at least", k)
	}
}
