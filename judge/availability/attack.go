package availability

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Attack is a stretch of minutes of a site in which visitors were held off, with what it cost to absorb them.
type Attack struct {
	From  evenkeel.Moment
	Until evenkeel.Moment
	Cost  Counts
	Stage Stage // the highest that held
}

// For is how long it was.
func (a *Attack) For() time.Duration { return a.Until.Sub(a.From) }

// calm is how long nobody is held off between two attacks; in a shorter pause it is still the same.
const calm = 15 * time.Minute

// MaxAttacks is how many are told of one stretch of time, the latest.
const MaxAttacks = 1000

// Attacks are those on one site in [from, until), in order.
func (h *History) Attacks(from, until evenkeel.Moment) (out []Attack) {
	for _, p := range h.within(from, until) {
		if p.hour || !p.counts.attacked() {
			continue
		}
		if n := len(out); n == 0 || p.at.Sub(out[n-1].Until) > calm {
			out = append(out, Attack{From: p.at})
		}
		a := &out[len(out)-1]
		a.Until = p.at + aMinute
		a.Cost.Add(&p.counts)
		a.Stage = max(a.Stage, p.counts.Highest())
	}
	return out[max(0, len(out)-MaxAttacks):]
}
