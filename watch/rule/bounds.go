package rule

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/watch/window"
)

// The bounds of a rule document. Terms are bounded by MaxTerms, expressions by MaxCost.
const (
	MaxWindows  = 16
	MaxDocument = 64 << 10 // bytes of a document
	MaxState    = 1664     // bytes that a rule keeps for one subject

	maxWeight  = 100
	leastPane  = 10 * time.Second
	leastQuiet = 10 * time.Minute // where the document does not say
	mostFor    = 366 * 24 * time.Hour
)

// burstBytes is what a burst that goes on keeps: its largest count and its largest sum.
const burstBytes = 8

// lateness is how much later than its successors a record may come and still be counted, for the
// estimate of state.
const lateness = 90 * time.Second

// boundTexts says the bounds in words, for the reference.
func boundTexts() []string {
	return []string{
		fmt.Sprintf("a document has at most %d KiB, %d windows and %d terms", MaxDocument>>10, MaxWindows, MaxTerms),
		fmt.Sprintf("a window has at most %d panes; a pane is at least %s, in whole seconds; `for` is a whole multiple of `pane` and at most %s",
			window.MaxPanes, span(leastPane), span(mostFor)),
		fmt.Sprintf("a rule keeps at most %d bytes for each subject", MaxState),
		fmt.Sprintf("all expressions of a rule cost at most %d steps", MaxCost),
		fmt.Sprintf("a weight is between -%d and %d, a score above 0, both with at most 3 decimals", maxWeight, maxWeight),
	}
}

// open is how many panes still take records.
func (w *Window) open() int {
	if w.Pane == 0 {
		return 1
	}
	return int(min(1+(lateness+w.Pane-1)/w.Pane, window.MaxOpen))
}

// Bytes returns how much state the window keeps for one subject, with a lateness of 90 seconds. The
// state of a cohort is shared by all subjects and is not counted.
func (w *Window) Bytes() int {
	n := 0
	switch {
	case w.Kind == Mean:
		n = window.Mean{Width: w.Pane, Panes: w.panes(), Open: w.open()}.Size()
	case w.Kind == Sum:
		n = window.Sum{Width: w.Pane, Panes: w.panes(), Open: w.open(), Weighted: !w.Of.Event() || w.Field != FieldNone}.Size()
	case w.Recent > 0:
		n = window.Firsts{Width: w.Pane, Panes: w.panes()}.Size()
	case w.Kind == Distinct:
		n = window.Distinct{Width: w.Pane, Panes: w.panes(), Open: w.open()}.Size()
	case w.Kind == Top:
		n = window.Top{Width: w.Pane, Panes: w.panes(), Open: w.open()}.Size()
	case w.Kind == Mark:
		n = window.Mark{For: w.For, Open: int(1 + (lateness+time.Minute-1)/time.Minute)}.Size()
	}
	if w.History || w.Cohort != nil {
		n += burstBytes + window.Peak{}.Size()
	}
	return n
}

// panes is how many panes the window has; a mark has none.
func (w *Window) panes() int {
	if w.Pane == 0 {
		return 0
	}
	return int(w.For / w.Pane)
}
