package plot

import (
	"math"
	"time"
)

// steps are what lies between two ticks of time, in seconds.
var steps = []float64{
	1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600,
	day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day, 180 * day, 365 * day,
}

const (
	day       = 24 * 3600.0
	mostTicks = 5
)

// tick is a moment on the axis of time.
type tick struct {
	at    float64
	label string
}

// timeTicks are at most mostTicks moments from begin to end, at even times of UTC. Where one falls
// on midnight, it says the day.
func timeTicks(begin, end float64) []tick {
	step := steps[len(steps)-1]
	for _, s := range steps {
		if (end-begin)/s <= mostTicks {
			step = s
			break
		}
	}
	for (end-begin)/step > mostTicks {
		step *= 2
	}
	var out []tick
	for i := math.Ceil(begin / step); len(out) <= mostTicks; i++ {
		at := i * step
		if at > end {
			break
		}
		out = append(out, tick{at, tickLabel(at, step)})
	}
	return out
}

func tickLabel(at, step float64) string {
	t := moment(at)
	switch {
	case step >= 365*day:
		return t.Format("2006")
	case step >= day, math.Mod(at, day) == 0:
		return t.Format("01-02")
	case step < 60:
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// moment is a time of seconds since 1970, cut to the years that are written with four digits.
func moment(at float64) time.Time {
	const first, last = -62135596800, 253402300799
	whole := math.Floor(at)
	if !(whole > first) {
		return time.Unix(first, 0).UTC()
	}
	if whole >= last {
		return time.Unix(last, 0).UTC()
	}
	return time.Unix(int64(whole), 0).UTC()
}

// days says which days an axis shows.
func days(begin, end float64) string {
	a, b := moment(begin).Format("2006-01-02"), moment(math.Ceil(end)-1).Format("2006-01-02")
	if a == b {
		return a + " UTC"
	}
	return a + " – " + b + " UTC"
}

// stamp is a moment in full.
func stamp(at float64, step time.Duration) string {
	if step < time.Second {
		return moment(at).Format("2006-01-02 15:04:05") // below a second the steps are told by their order
	}
	if step%time.Minute == 0 && math.Mod(at, 60) == 0 {
		return moment(at).Format("2006-01-02 15:04")
	}
	return moment(at).Format("2006-01-02 15:04:05")
}
