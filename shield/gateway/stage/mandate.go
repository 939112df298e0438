package stage

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Mandate is what the edge may do by itself for one domain. The judge gives it. The zero value allows Observe only.
type Mandate struct {
	Highest Stage
	Budget  Cost  // what absorbing may cost within an hour; a part that is zero is not bounded
	Beyond  Stage // at least this stage while something presses and the budget is spent: the tenant's choice, which may be above Highest
	Until   evenkeel.Moment
}

// MostMandate is the longest that a mandate lasts: within it, a lease that nobody renewed is over.
const MostMandate = 366 * 24 * time.Hour

// Check says what is wrong with a mandate.
func (m Mandate) Check() error {
	switch {
	case m.Highest > Page:
		return evenkeel.Invalid("mandate: highest stage %d: expected observe to page", m.Highest)
	case m.Beyond > Page:
		return evenkeel.Invalid("mandate: stage %d beyond the budget: expected observe to page", m.Beyond)
	case m.Budget.CPU < 0 || m.Budget.Backend < 0:
		return evenkeel.Invalid("mandate: budget of %v CPU time and %v of the backend: expected no negative time", m.Budget.CPU, m.Budget.Backend)
	case m.Until == 0:
		return evenkeel.Invalid("mandate: no end: expected a moment until which it holds")
	}
	return nil
}

// Cost is what requests took.
type Cost struct {
	CPU     time.Duration // of the edge
	Bytes   uint64        // in and out
	Backend time.Duration // that requests were in the backend, one beside another counted each
}

// MostCost bounds each part of a cost, so that sums of an hour do not overflow: a year of time. Of bytes as many.
const MostCost = time.Duration(1) << 55

func (c Cost) bounded() Cost {
	return Cost{min(max(c.CPU, 0), MostCost), min(c.Bytes, 1<<55), min(max(c.Backend, 0), MostCost)}
}

func (c Cost) plus(o Cost) Cost {
	return Cost{min(c.CPU+o.CPU, MostCost), min(c.Bytes+o.Bytes, 1<<55), min(c.Backend+o.Backend, MostCost)}
}

// Over says whether a part of c that is bounded reached its bound.
func (c Cost) Over(budget Cost) bool {
	return budget.CPU > 0 && c.CPU >= budget.CPU || budget.Bytes > 0 && c.Bytes >= budget.Bytes || budget.Backend > 0 && c.Backend >= budget.Backend
}

// spent is the cost of about the last hour: of this one, and of the one before the share that an hour back from now still covers.
type spent struct {
	now, before Cost
	into        time.Duration // how much of this hour has gone
}

func (s *spent) add(c Cost, elapsed time.Duration) {
	if s.into += elapsed; s.into >= time.Hour {
		s.before, s.now, s.into = s.now, Cost{}, s.into-time.Hour
	}
	s.now = s.now.plus(c.bounded())
}

func (s *spent) hour() Cost {
	left := 1 - float64(min(max(s.into, 0), time.Hour))/float64(time.Hour)
	part := func(n float64) float64 { return float64(n * left) }
	return s.now.plus(Cost{time.Duration(part(float64(s.before.CPU))), uint64(part(float64(s.before.Bytes))), time.Duration(part(float64(s.before.Backend)))})
}
