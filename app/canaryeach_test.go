package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// eachAlone is a canary of which each measure is shown by itself, as that of hosts.
func eachAlone(t *testing.T, v *prover, dir string, now *evenkeel.Moment) *canary {
	t.Helper()
	x := asks(t, v, dir, now)
	x.to.each = true
	x.said.Each = x.eachOf(x.said.Each)
	x.tellHands()
	return x
}

// D: of hosts each measure is shown by itself: one that none of them can do, or that is amiss, holds up no other, and is
// itself not ordered. It alone is asked for again.
func TestWhatWasShownOfOneMeasureCountsWhateverAnotherDoes(t *testing.T) {
	for name, change := range map[string]func(v *prover){
		"nobody answers about suspend": func(v *prover) { v.mute = "suspend" },
		"a way is cut under suspend":   func(v *prover) { v.cut, v.only = "export", "suspend" },
	} {
		dir, now, v := t.TempDir(), start, &prover{}
		v.set(change)
		x := eachAlone(t, v, dir, &now)
		if lacks := x.to.Means().Lacks(evenkeel.MeasureIsolate); lacks == "" || x.proven() {
			t.Fatal("it is proven before anything was shown")
		}
		turn(t, x)
		for range 2 { // and after a restart
			m := x.to.Means()
			if a, b := m.Lacks(evenkeel.MeasureIsolate), m.Lacks(evenkeel.MeasureSuspend); a != "" || b == "" || x.to.means(true).Lacks(evenkeel.MeasureIsolate) != "" ||
				x.to.means(true).Lacks(evenkeel.MeasureSuspend) == "" || x.proven() {
				t.Errorf("%s: isolate lacks %q, suspend %q, %+v; expected that isolate alone counts", name, a, b, x.proof())
			}
			x = eachAlone(t, v, dir, &now)
		}
		if w := x.ways(evenkeel.MeasureIsolate, ""); len(w.Open) != 2 || w.Unsure || w.Shown != start {
			t.Errorf("%s: under isolate the ways are %+v", name, w)
		}
		if w := x.ways(evenkeel.MeasureSuspend, ""); slices.Contains(w.Open, "export") || !w.Unsure {
			t.Errorf("%s: under suspend the ways are %+v", name, w)
		}

		if got := x.onlyLacking(); !slices.Equal(got, []evenkeel.Measure{evenkeel.MeasureSuspend}) {
			t.Errorf("%s: soon asked again is %v; expected suspend", name, got)
		}
		now = start.Add(6 * time.Hour)
		if got := x.onlyLacking(); got != nil {
			t.Errorf("%s: six hours later %v is asked about; expected all", name, got)
		}
		v.set(func(v *prover) { v.mute, v.cut = "", "" })
		if turn(t, x); !x.proven() || x.to.Means().Lacks(evenkeel.MeasureSuspend) != "" {
			t.Errorf("%s: once all is shown: %+v", name, x.proof())
		}
	}
}

// D: what was shown of one measure and is amiss now steps down, also where another one never could be shown and that
// was seen before.
func TestAMeasureThatIsAmissStepsDownBesideOneThatWasNeverShown(t *testing.T) {
	now, v := start, &prover{mute: "suspend"}
	x := eachAlone(t, v, t.TempDir(), &now)
	p, b := loop(x, nil)
	for range 5 {
		p.round(t.Context())
		p.settle(t.Context())
		now = now.Add(time.Minute)
	}
	b.down = nil
	now = start.Add(5*time.Minute + 24*time.Hour) // nobody asked since
	p.settle(t.Context())
	if len(b.down) != 1 || !strings.HasPrefix(b.down[0], "all: under isolate, nobody has shown it since ") || strings.Contains(b.down[0], "suspend") {
		t.Errorf("%q steps down; expected what isolate had in force", b.down)
	}
	v.set(func(v *prover) { v.cut = "console" })
	b.down = nil
	p.round(t.Context())
	p.settle(t.Context())
	if !slices.Equal(b.down, []string{"all: under isolate, console brought nothing"}) {
		t.Errorf("%q steps down", b.down)
	}
}

// Where all measures are shown together, as by a receiver, one that is not shown holds up all, as ever.
func TestOfAReceiverAllIsShownOrNothing(t *testing.T) {
	now, v := start, &prover{mute: "suspend"}
	x := asking(t, v, &now)
	if turn(t, x); x.to.Means().Lacks(evenkeel.MeasureIsolate) == "" || x.proven() {
		t.Errorf("%+v; expected no proof", x.proof())
	}
}
