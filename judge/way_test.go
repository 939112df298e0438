package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// isolatedWard is a docket in which trial-1 is isolated, and the order.
func isolatedWard(t *testing.T) (*judge.Docket, books, evenkeel.OrderID) {
	t.Helper()
	b := newBooks()
	d := withProof(t, b, &proof{shown: true})
	play(t, d, append(conclusive(), 120*minute)...)
	for _, o := range folders(t, b)[0].Orders {
		if o.Measure == evenkeel.MeasureIsolate && !o.Lift {
			return d, b, o.ID
		}
	}
	t.Fatal("nothing is isolated")
	return nil, nil, ""
}

func cut(t *testing.T, d *judge.Docket, o evenkeel.OrderID, at time.Duration) []docket.Changes {
	t.Helper()
	heard, err := d.WayCut(t.Context(), o, "under isolate, export brought nothing (ask ops@example.net)", start.Add(at))
	if err != nil {
		t.Fatal(err)
	}
	return heard.Changes
}

// G, D, N: a tenant whose way brings nothing, while canaries are well, loses no measure by that; the lead is
// called and the tenant told, at once and once. Nobody finds out in our time: it steps down by one, and
// until a person decides a machine enters only what leaves every way as it is.
func TestAWayThatIsCutIsAQuestionToAPerson(t *testing.T) {
	d, b, o := isolatedWard(t)
	got := cut(t, d, o, 130*minute)
	if len(got) != 1 || len(got[0].Decisions)+len(got[0].Orders) > 0 || !slices.Equal(standing(folders(t, b)[0]), []string{"isolate of trial-1"}) {
		t.Fatalf("%+v; expected that the isolation stands", got)
	}
	n, p := got[0].Notices, got[0].Pages
	if len(n) != 1 || !n[0].Cut || n[0].PersonBy != start.Add(190*minute) || len(p) != 1 || p[0].Level != docket.LevelLead || p[0].Due != start.Add(190*minute) {
		t.Errorf("notices %+v, pages %+v", n, p)
	}
	if again := cut(t, d, o, 140*minute); len(again) != 0 {
		t.Errorf("twice is not once: %+v", again)
	}
	play(t, d, 189*minute)
	if f := folders(t, b)[0]; !slices.Equal(standing(f), []string{"isolate of trial-1"}) {
		t.Fatalf("%v stands before the time is up", standing(f))
	}
	play(t, d, 190*minute)
	f := folders(t, b)[0]
	if got := standing(f); len(got) != 0 || f.Case.Waiting != 0 {
		t.Errorf("%v stands, it waits since %s", got, f.Case.Waiting)
	}
	play(t, d, finding("trial-1", "trial", 200*minute, evenkeel.Final, usage, stratum), 260*minute)
	if got := standing(folders(t, b)[0]); !slices.Equal(got, []string{"throttle of trial-1"}) {
		t.Errorf("%v stands; expected what leaves every way as it is, until a person looked", got)
	}
	for _, e := range f.Entries {
		if strings.Contains(e.Says, "ops@example.net") {
			t.Errorf("P: an address stands in %q", e.Says)
		}
	}
}

// D, G: who finds out that it is not the measure keeps it, for a day; then somebody looks again.
func TestWhoFindsOutThatItIsNotTheMeasureKeepsIt(t *testing.T) {
	d, b, o := isolatedWard(t)
	cut(t, d, o, 130*minute)
	if _, err := one(d, act(docket.ActUphold, "trial", 150*minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := one(d, act(docket.ActUphold, "trial", 151*minute)); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("it is kept twice: %v", err)
	}
	play(t, d, 200*minute)
	f := folders(t, b)[0]
	if got := standing(f); !slices.Equal(got, []string{"isolate of trial-1"}) || f.Case.Waiting != 0 {
		t.Fatalf("%v stands, waits %s", got, f.Case.Waiting)
	}
	if again := cut(t, d, o, 210*minute); len(again) != 0 {
		t.Errorf("what was found out is asked again within a day: %+v", again)
	}
	for _, k := range f.Clocks {
		if k.Kind == docket.ClockWay && (k.Due != start.Add(150*minute+day) || k.Renewed == "") {
			t.Errorf("%+v; expected that somebody looks again a day later", k)
		}
	}
}

// D: that all comes back again is said, and nobody has to find out any more. What comes back of a way that was
// never cut changes nothing.
func TestAWayThatIsOpenAgainIsSaid(t *testing.T) {
	d, b, o := isolatedWard(t)
	open := func(at time.Duration) int {
		t.Helper()
		heard, err := d.WayOpen(t.Context(), o, start.Add(at))
		if err != nil {
			t.Fatal(err)
		}
		return len(heard.Changes)
	}
	if open(125*minute) != 0 {
		t.Error("that nothing is amiss is an entry")
	}
	cut(t, d, o, 130*minute)
	if open(140*minute) != 1 || open(141*minute) != 0 {
		t.Error("it is not said, or said twice")
	}
	play(t, d, 200*minute)
	if f := folders(t, b)[0]; !slices.Equal(standing(f), []string{"isolate of trial-1"}) || sentences(f, "Clock way: the ways to the data bring all of it again.") != 1 {
		t.Errorf("%v stands", standing(f))
	}
	if again := cut(t, d, o, 210*minute); len(again) != 1 {
		t.Error("that it is cut once more is not said")
	}
	if _, err := d.WayOpen(t.Context(), "o-none", start); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("got %v; expected not found", err)
	}
}

// D: what runs to its end in a closed case is no other matter: the clock runs there too, and the case is closed
// for as long as somebody finds out in time.
func TestAWayThatIsCutInAClosedCase(t *testing.T) {
	for _, looked := range []bool{true, false} {
		d, b, o := isolatedWard(t)
		closes := act(docket.ActClose, "trial", 121*minute)
		closes.Outcome = evenkeel.OutcomeConfirmed
		if _, err := one(d, closes); err != nil {
			t.Fatal(err)
		}
		cut(t, d, o, 130*minute)
		if looked {
			if _, err := one(d, act(docket.ActUphold, "trial", 150*minute)); err != nil {
				t.Fatal(err)
			}
		}
		play(t, d, 191*minute)
		f := folders(t, b)[0]
		if stands := slices.Equal(standing(f), []string{"isolate of trial-1"}); stands != looked || f.Case.State != evenkeel.CaseClosed {
			t.Errorf("looked %t: %v stands, %s", looked, standing(f), f.Case.State)
		}
	}
}
