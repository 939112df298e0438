package judge_test

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestNobodyAsksUntilTheLotFallsOnThem (R5): where the one who was drawn is late, whoever is refused
// does not make the new draw undone with it.
func TestNobodyAsksUntilTheLotFallsOnThem(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem", "dov", "eli", "fay"))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	first := s.last().Waits()
	s.at += 31 * minute // nobody swept meanwhile
	var drawn evenkeel.PersonID
	for i := range 20 {
		by := evenkeel.PersonID("nob")
		err := s.does(docket.ActVerdict, by, func(a *docket.Act) {
			a.ID, a.Verdict = fmt.Sprint("try ", i), s.whole(evenkeel.MeasureSuspend, "nob")
		})
		if evenkeel.KindOf(err) != evenkeel.KindDenied {
			t.Fatalf("%s gives a verdict: %v", by, err)
		}
		r := s.last()
		if drawn == "" {
			drawn = r.Waits()
		}
		if len(r.Draws) != 2 || r.Waits() != drawn || drawn == first || r.Draws[0].Ended != "late" {
			t.Fatalf("after %d tries %s is waited for, after %s and %s, of %d draws", i+1, r.Waits(), first, drawn, len(r.Draws))
		}
	}
}

// TestWhoClosedTheCaseAsksNobodyWhileItIsAppealed (R5): who found abuse confirmed does not put more on
// the tenant whose appeal opened the case again; anybody else may.
func TestWhoClosedTheCaseAsksNobodyWhileItIsAppealed(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem", "dov"))
	must(t, s.does(docket.ActClose, "bea", func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }))
	must(t, s.does(docket.ActAppeal, "", func(a *docket.Act) { a.Says = "It is a batch job." }))
	if err := s.propose("bea", evenkeel.MeasureSuspend); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("bea, who closed it, asks for a suspension while her closing is appealed: %v", err)
	}
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	if w := s.last().Waits(); w == "bea" {
		t.Error("bea, who closed it, is drawn")
	}
}
