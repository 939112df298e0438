package window

import (
	"math"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestAPane(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    evenkeel.Moment
		width time.Duration
		pane  Pane
		start evenkeel.Moment
	}{
		{"holds its first moment", 120 * second, time.Minute, 2, 120 * second},
		{"holds its last nanosecond", 180*second - 1, time.Minute, 2, 120 * second},
		{"is 0 at 1970", 0, time.Minute, 0, 0},
		{"is 0 before 1970", -1, time.Minute, 0, 0},
		{"is the last one that there is, far ahead", math.MaxInt64, time.Second, MaxPane, evenkeel.Moment(MaxPane) * second},
		{"may be wider than a day", 100_000_000 * second, 48 * time.Hour, 578, 99_878_400 * second},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := PaneOf(c.at, c.width)
			if p != c.pane || p.Start(c.width) != c.start {
				t.Errorf("PaneOf(%d) = %d from %d, want %d from %d", c.at, p, p.Start(c.width), c.pane, c.start)
			}
		})
	}
	if got := Pane(math.MaxUint32).Start(time.Hour); got != math.MaxInt64 {
		t.Errorf("the start of a pane beyond all moments is %d", got)
	}
}

func TestAShapeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name        string
		width       time.Duration
		panes, open int
		want        string
	}{
		{"with panes shorter than a second", 500 * time.Millisecond, 5, 1, "mean window with panes of 500ms: expected whole seconds, at least 1s"},
		{"with panes of broken seconds", 1500 * time.Millisecond, 5, 1, "mean window with panes of 1.5s: expected whole seconds, at least 1s"},
		{"without panes", time.Minute, 0, 1, "mean window of 0 panes: expected 1 to 240"},
		{"with too many panes", time.Minute, 241, 1, "mean window of 241 panes: expected 1 to 240"},
		{"without open panes", time.Minute, 5, 0, "mean window with 0 open panes: expected 1 to 8"},
		{"with too many open panes", time.Minute, 5, 9, "mean window with 9 open panes: expected 1 to 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewMean(c.width, c.panes, c.open); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, err := NewSum(c.width, c.panes, c.open); evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("sum: %v", err)
			}
			if _, err := NewDistinct(c.width, c.panes, c.open); evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("distinct: %v", err)
			}
		})
	}
	if _, err := NewMark(0, time.Second, 1); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("mark: %v", err)
	}
}

func TestEveryFateHasAWord(t *testing.T) {
	for f, want := range map[Fate]string{Late: "late", Counted: "counted", Opened: "opened", 9: "unknown"} {
		if f.String() != want {
			t.Errorf("Fate(%d) = %q, want %q", f, f, want)
		}
	}
}
