package stage

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// usual is what a domain is like when nothing is wrong with it: exponentially weighted means, of about the last two hours, and
// of demand for each hour of the day too, of about the last two days. What it learns of one second is cut to twice what
// is usual (and a few requests), so that demand that somebody makes grow slowly grows e-fold in two hours at most, once the
// domain is known for as long.
type usual struct {
	learned time.Duration // how much time it learned from, up to slowFor
	demand  float64       // requests a second
	fresh   float64       // new addresses a second
	unknown float64       // share of requests
	odd     float64       // share of requests that contradict themselves
	failed  float64       // share of what passed
	p95     float64       // seconds; 0 is not known
	peak    float64       // the most requests a second that were answered well, forgotten with a half-life of some days
	hours   [24]float32   // demand by hour of the day, UTC; negative is not known
}

const (
	slowFor = 2 * time.Hour
	hourFor = 2 * time.Hour // of each hour of the day: two days
	// coldFor is how long a domain has to be known before its demand can be called far above the usual.
	coldFor = 5 * time.Minute
	beside  = 10 * time.Minute
	peakFor = 5 * 24 * time.Hour
	roomFor = 20 // requests a second that the first second can teach
	lackOf  = 2  // times what is usual, that a second can teach
)

func newUsual() (u usual) {
	for i := range u.hours {
		u.hours[i] = -1
	}
	return u
}

func hourOf(now evenkeel.Moment) int {
	h := int64(now) / int64(time.Hour) % 24
	return int((h + 24) % 24)
}

// warm says whether enough is known to call anything far above the usual.
func (u *usual) warm() bool { return u.learned >= coldFor }

// at returns how many requests a second are usual at a moment. Who comes every night does not come at the second, so close to
// its end or beginning the hour beside this one counts too.
func (u *usual) at(now evenkeel.Moment) float64 {
	about := max(u.hours[hourOf(now.Add(-beside))], u.hours[hourOf(now)], u.hours[hourOf(now.Add(beside))])
	return max(u.demand, float64(about), 0)
}

// learn takes one second of a domain that nothing presses.
func (u *usual) learn(now evenkeel.Moment, t Tally, elapsed time.Duration) {
	if elapsed <= 0 {
		return
	}
	first := u.learned == 0
	u.learned = min(u.learned+elapsed, slowFor)
	weight := min(float64(elapsed)/float64(u.learned), 1)
	if u.learned == slowFor {
		weight = float64(elapsed) / float64(slowFor)
	}
	toward := func(x *float64, value, room float64) {
		if !first {
			value = min(value, float64(lackOf*(*x))+room)
		}
		*x += float64((value - *x) * weight)
	}
	offered := float64(t.Offered)
	if first {
		offered = min(offered, roomFor)
	}
	toward(&u.demand, offered, 2)
	toward(&u.fresh, min(max(float64(t.Fresh), t.Slope), offered), 1)
	if t.Offered > 0 {
		toward(&u.unknown, share(t.Unknown, t.Offered), 0.05)
		toward(&u.odd, share(t.Contradictory, t.Offered), 0.02)
	}
	if t.Passed > 0 {
		toward(&u.failed, share(t.Failed, t.Passed), 0.02)
	}
	if p := t.P95.Seconds(); p > 0 && u.p95 == 0 {
		u.p95 = p
	} else if p > 0 {
		toward(&u.p95, p, 0.01)
	}
	u.peak = max(float64(u.peak*math.Exp2(-float64(elapsed)/float64(peakFor))), float64(t.Passed)-float64(t.Failed))
	h := &u.hours[hourOf(now)]
	if *h < 0 {
		*h = float32(u.demand)
	}
	top := float64(lackOf*float64(*h)) + 2
	*h += float32((min(offered, top) - float64(*h)) * float64(float64(elapsed)/float64(hourFor)))
}
