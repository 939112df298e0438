package stage

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// view is what one second looks like beside what is usual.
type view struct {
	usual    float64 // requests a second
	capacity float64 // requests a second that the backend answers, as far as known
	fresh    float64 // new addresses a second

	full, slow, failing bool // the backend: at its limit, far slower than usual, failing
	up                  bool // demand is far above the usual
	far                 bool // and very far
	newcomers           bool // many more new addresses than usual
	odd                 bool // many contradict themselves
	strange             bool // many have fingerprints that are not usual here
	strangers           bool // what still reaches the backend is more than usual, or mostly not token holders
}

// Thresholds. They are ours, and are held to the scenes of the tests: a demand is far above the usual beyond what Poisson
// noise of four deviations explains, so that small domains are not judged by single visitors.
const (
	fullAt      = 0.95
	slowTimes   = 3
	slowBy      = 200 * time.Millisecond
	slowCold    = 5 * time.Second // of a backend of which no usual time is known
	failingAt   = 0.2
	upTimes     = 2
	farTimes    = 5
	freshTimes  = 3
	strangeBy   = 0.3
	oddBy       = 0.1
	fewRequests = 10
	quietTimes  = 1.5
	fitsAt      = 0.7 // of the capacity, and of the demand under which the backend broke
)

// above is a multiple of what is usual and what chance may add: four standard deviations of a Poisson number, and five.
func above(usual, times float64) float64 {
	return float64(usual*times) + float64(4*math.Sqrt(usual)) + 5
}

func (u *usual) view(now evenkeel.Moment, t Tally) (v view) {
	offered, passed := float64(t.Offered), float64(t.Passed)
	v.usual = u.at(now)
	v.fresh = max(float64(t.Fresh), t.Slope)
	v.full = t.Limit > 0 && float64(t.InFlight) >= float64(fullAt*float64(t.Limit))
	if usual := time.Duration(u.p95 * float64(time.Second)); u.p95 > 0 {
		v.slow = t.P95 >= slowTimes*usual && t.P95 >= usual+slowBy
	} else {
		v.slow = t.P95 >= slowCold
	}
	v.failing = t.Passed >= fewRequests/2 && share(t.Failed, t.Passed) >= u.failed+failingAt

	v.capacity = max(u.peak, v.usual, 1)
	if t.Limit > 0 && u.p95 > 0 { // J. Little, Operations Research 9(3), 1961: what is inside is rate times time
		v.capacity = max(v.capacity, float64(t.Limit)/max(u.p95, 0.001))
	}
	if v.full || v.failing {
		v.capacity = max(min(v.capacity, passed-float64(min(t.Failed, t.Passed))), v.usual, 1)
	}
	if u.warm() {
		v.up = offered > above(v.usual, upTimes)
		v.far = offered > above(v.usual, farTimes)
		v.newcomers = v.fresh > above(u.fresh, freshTimes)
	} else { // what is usual is not known: only the capacity can say what is too much
		v.up = v.short() && offered > max(float64(2*v.capacity), fewRequests)
		v.newcomers = v.short() && v.fresh > max(v.capacity, fewRequests)
	}
	if t.Offered >= fewRequests {
		v.odd = share(t.Contradictory, t.Offered) >= u.odd+oddBy
		v.strange = u.warm() && share(t.Unknown, t.Offered) >= u.unknown+strangeBy
	}
	v.strangers = passed >= float64(1.25*v.usual) || t.Passed >= 2 && 2*(t.Passed-t.Returning) >= t.Passed
	return v
}

// short says whether the backend has less capacity than what reaches it wants.
func (v *view) short() bool { return v.full || v.slow || v.failing }

// drifted says whether the kind of visitors is another, and not just their number.
func (v *view) drifted() bool { return v.odd || v.strange }

// attack says whether visitors are the cause of harm, or are about to be: capacity is short and demand or the population
// is not what it was, or demand is very far above the usual and comes from another kind of visitors.
func (v *view) attack() bool {
	return v.short() && (v.up || v.newcomers || v.drifted() && v.strangers) || v.far && v.drifted()
}
