package judge_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What two persons decide in a case that only a rule in shadow opened rests on their reason and
// on no finding. Once one of its machines is another tenant's, the reason stays for the others:
// else none of it could be let go, and whoever holds the machine now would stay cut off.
func TestAReasonStaysWhereOneOfTheMachinesLeaves(t *testing.T) {
	s := &reviewed{t: t, b: newBooks(), at: 10 * minute}
	s.d = docketOf(t, s.b, since(30, "ada", "bea", "cem"))
	f := finding("trial-1", "trial", 0, evenkeel.Final, usage, stratum)
	f.Mode = evenkeel.ModeShadow
	play(t, s.d, f)
	fact := func(a *docket.Act) {
		a.Verdict = s.whole(evenkeel.MeasureIsolate, string(a.By))
		a.Verdict.Facts = []string{"#1"}
	}
	must(t, s.does(docket.ActPropose, "ada", func(a *docket.Act) {
		fact(a)
		a.Measure, a.Assets, a.Until = evenkeel.MeasureIsolate, []evenkeel.AssetID{"trial-1", "trial-2"}, a.At.Add(48*time.Hour)
	}))
	must(t, s.does(docket.ActVerdict, s.last().Waits(), fact))
	at := start.Add(s.at + minute)
	if x := s.inForce(); len(x.Grounds.Basis) > 0 || x.Measure != evenkeel.MeasureIsolate {
		t.Fatalf("%s rests on %+v; expected an isolation, on a reason alone", x.Measure, x.Grounds)
	}
	_, err := s.d.Release(context.Background(), []evenkeel.AssetID{"trial-1"}, moved{world, "credit", at, []evenkeel.AssetID{"trial-1"}}, at)
	if x := s.inForce(); err != nil || !slices.Equal(x.Assets, []evenkeel.AssetID{"trial-2"}) || x.Grounds.Says == "" {
		t.Errorf("%v: in force is %s of %v because of %+v; expected that the other machine stays, with the reason", err, x.Measure, x.Assets, x.Grounds)
	}
	if _, err := one(s.d, 120*time.Hour); err != nil || s.inForce().Measure != evenkeel.MeasureNone {
		t.Errorf("%v: %s stands after its end", err, s.inForce().Measure) // A, L: and what rests on a reason lapses
	}
}
