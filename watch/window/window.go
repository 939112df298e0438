package window

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// The bounds of a window's shape.
const (
	MaxPanes = 240 // panes of one window
	MaxOpen  = 8   // panes that still take records
)

// Pane is the number of a pane of event time since 1970: pane p of width w covers
// [p·w, (p+1)·w).
type Pane uint32

// MaxPane is the last pane; later moments are cut to it. With panes of one second it is
// reached in the year 2106, with longer ones later.
const MaxPane Pane = 1<<32 - 1 - 1024

// PaneOf returns the pane of a moment. The width is at least one second, in whole seconds.
// Moments before 1970 are in pane 0.
func PaneOf(at evenkeel.Moment, width time.Duration) Pane {
	if at <= 0 || width <= 0 {
		return 0
	}
	return Pane(min(int64(at)/int64(width), int64(MaxPane)))
}

// Start returns the first moment of the pane, cut to the range of a Moment.
func (p Pane) Start(width time.Duration) evenkeel.Moment {
	if width <= 0 {
		return 0
	}
	if most := Pane(min((1<<63-1)/int64(width), 1<<32-1)); p > most {
		return 1<<63 - 1
	}
	return evenkeel.Moment(int64(p) * int64(width))
}

// Fate is what became of a record.
type Fate uint8

// The fates.
const (
	Late    Fate = iota // the pane takes no more records: not counted
	Counted             // counted in a pane that had records
	Opened              // counted, the first of its pane: the pane's close is to be awaited
)

// String returns "late", "counted" or "opened".
func (f Fate) String() string {
	return [...]string{"late", "counted", "opened", "unknown"}[min(f, 3)]
}

func checkShape(what string, width time.Duration, panes, open int) error {
	switch {
	case width < time.Second || width%time.Second != 0:
		return evenkeel.Invalid("%s window with panes of %v: expected whole seconds, at least 1s", what, width)
	case panes < 1 || panes > MaxPanes:
		return evenkeel.Invalid("%s window of %d panes: expected 1 to %d", what, panes, MaxPanes)
	case open < 1 || open > MaxOpen:
		return evenkeel.Invalid("%s window with %d open panes: expected 1 to %d", what, open, MaxOpen)
	}
	return nil
}
