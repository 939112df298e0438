package share

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// Sum adds to what came to a site here within a second what came to it at the others within their last one: so an attack that is spread over all is
// weighed as one. Spent is the most that any of them knows to have been spent within the hour; others is how many said something.
//
// Requests, visitors and costs are added. As full and as slow as the worst of those who let a good part through is the backend for all: they have the same
// one. An edge that hears less than half of the fleet counts its own costs as many times as its part goes into the whole, so that of
// the budget it uses no more than its part.
func (f *Fleet) Sum(key Key, own stage.Tally, now int64) (sum stage.Tally, spent stage.Cost, others int) {
	sum = own
	if !f.most {
		times := 1 / f.Part()
		sum.Absorbed = stage.Cost{
			CPU: scale(own.Absorbed.CPU, times), Bytes: uint64(min(float64(own.Absorbed.Bytes)*times, 1<<55)), Backend: scale(own.Absorbed.Backend, times),
		}
	}
	x := f.sites[key]
	if x == nil {
		return sum, spent, 0
	}
	full := fullness(&own)
	passed := own.Passed
	for i := range x.of {
		if o := &x.of[i]; f.fresh(o, now) {
			passed = plus(passed, o.tally.Passed)
		}
	}
	for i := range x.of {
		o := &x.of[i]
		if !f.fresh(o, now) {
			continue
		}
		others++
		t := &o.tally
		for _, p := range [...]struct {
			to *uint32
			n  uint32
		}{
			{&sum.Offered, t.Offered}, {&sum.Passed, t.Passed}, {&sum.Returning, t.Returning}, {&sum.Asked, t.Asked}, {&sum.Solved, t.Solved}, {&sum.Limit, t.Limit},
			{&sum.InFlight, t.InFlight}, {&sum.Failed, t.Failed}, {&sum.Fresh, t.Fresh}, {&sum.Unknown, t.Unknown}, {&sum.Contradictory, t.Contradictory},
		} {
			*p.to = plus(*p.to, p.n)
		}
		sum.Slope += t.Slope
		sum.Absorbed.CPU = min(sum.Absorbed.CPU+t.Absorbed.CPU, stage.MostCost)
		sum.Absorbed.Bytes = min(sum.Absorbed.Bytes+t.Absorbed.Bytes, 1<<55)
		sum.Absorbed.Backend = min(sum.Absorbed.Backend+t.Absorbed.Backend, stage.MostCost)
		if uint64(t.Passed)*10 >= uint64(passed) {
			sum.P95 = max(sum.P95, t.P95)
			full = max(full, fullness(t))
		}
		spent = stage.Cost{CPU: max(spent.CPU, o.spent.CPU), Bytes: max(spent.Bytes, o.spent.Bytes), Backend: max(spent.Backend, o.spent.Backend)}
	}
	if n := math.Ceil(full * float64(sum.Limit)); n > float64(sum.InFlight) {
		sum.InFlight = uint32(min(n, math.MaxUint32))
	}
	return sum, spent, others
}

// fresh says whether what was said of a site is of about the last second.
func (f *Fleet) fresh(o *said, now int64) bool {
	return f.lives(o.by, now) && o.life == o.by.life && o.beat+1 >= o.by.beat && now-o.at <= int64(Silence)
}

func fullness(t *stage.Tally) float64 {
	if t.Limit == 0 {
		return 0
	}
	return min(float64(t.InFlight)/float64(t.Limit), 2)
}

func plus(a, b uint32) uint32 { return uint32(min(uint64(a)+uint64(b), math.MaxUint32)) }

func scale(d time.Duration, times float64) time.Duration {
	return time.Duration(min(max(float64(d), 0)*times, float64(stage.MostCost)))
}
