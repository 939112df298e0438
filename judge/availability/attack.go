package availability

import (
	"cmp"
	"slices"
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

// StageSpan is a stretch of minutes in each of which a stage was the highest.
type StageSpan struct {
	From, Until evenkeel.Moment
	Stage       Stage
}

// StageSpans are those of one site in [from, until), in order, at most so many, the longest where there are more.
func (h *History) StageSpans(from, until evenkeel.Moment, most int) (out []StageSpan) {
	for _, p := range h.within(from, until) {
		s := p.counts.Highest()
		if p.hour || s == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Stage == s && out[n-1].Until >= p.at {
			out[n-1].Until = p.at + aMinute
			continue
		}
		out = append(out, StageSpan{p.at, p.at + aMinute, s})
	}
	if len(out) <= most {
		return out
	}
	slices.SortStableFunc(out, func(a, b StageSpan) int { return cmp.Compare(b.Until-b.From, a.Until-a.From) })
	out = out[:most]
	slices.SortFunc(out, func(a, b StageSpan) int { return cmp.Compare(a.From, b.From) })
	return out
}
