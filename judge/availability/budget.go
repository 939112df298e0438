package availability

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Budget is how much of what a promise leaves to fail has failed.
type Budget struct {
	Target Millionth // what is promised
	Allows uint64    // requests that may be missed of those that counted so far
	Used   uint64    // that were
}

// BudgetOf is the budget of a window under a promise.
func BudgetOf(w *Window, target Millionth) Budget {
	counted := w.Counted()
	return Budget{target, counted - ceiling(counted, target), w.Missed - w.Excused}
}

// ceiling is share × n, rounded up.
func ceiling(n uint64, share Millionth) uint64 {
	whole, rest := n/uint64(Whole), n%uint64(Whole)
	return whole*uint64(share) + (rest*uint64(share)+uint64(Whole)-1)/uint64(Whole)
}

// Left is the part of the budget that is left, in thousandths: 1000 is all of it, 0 none, below it is overdrawn, at most
// a hundred times. False where nothing counted.
func (b *Budget) Left() (thousandths int, known bool) {
	switch {
	case b.Allows == 0 && b.Used == 0:
		return 1000, b.Target > 0
	case b.Allows == 0:
		return -100_000, true
	}
	return max(int(1000-1000*min(float64(b.Used)/float64(b.Allows), 1e6)), -100_000), true
}

// Burn is how fast a budget is used up over some time: 1 uses it exactly up in the time of the promise.
type Burn struct {
	Over  time.Duration
	Rate  float64 // times
	Alert float64 // from which somebody is to look
	Hot   bool    // it is that fast over Over, and over the last twelfth of it still
	Known bool    // anybody came
}

// The pairs of times and rates are those of Google's Site Reliability Workbook, chapter 5, "Alerting on SLOs", table 5-8:
// 14.4 × over an hour uses 2 % of a budget of 30 days, 6 × over six hours 5 %; each with a window of a twelfth, which
// lets an alert end soon after what it is about.
var burns = [...]Burn{{Over: time.Hour, Alert: 14.4}, {Over: 6 * time.Hour, Alert: 6}}

// Burns are how fast the budget of a promise burned until now, over an hour and over six.
func (h *History) Burns(now evenkeel.Moment, target Millionth, excuse Excuse) (out []Burn) {
	for _, b := range burns {
		long := h.Window(now.Add(-b.Over), now, excuse)
		short := h.Window(now.Add(-b.Over/12), now, excuse)
		var still float64
		b.Rate, b.Known = rate(&long, target)
		still, _ = rate(&short, target)
		b.Hot = b.Rate >= b.Alert && still >= b.Alert
		out = append(out, b)
	}
	return out
}

// rate is the share that was missed by the share that may be.
func rate(w *Window, target Millionth) (float64, bool) {
	counted := w.Counted()
	if counted == 0 || target >= Whole {
		return 0, false
	}
	missed := float64(w.Missed-w.Excused) / float64(counted)
	return missed * float64(Whole) / float64(Whole-target), true
}
