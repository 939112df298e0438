package admit

import (
	"math"
	"time"
)

// limiter finds how many requests of a tenant its backends take at once. The latency of each window is held against the lowest one of
// recent times, after the gradient that Netflix described for its concurrency-limits ("Performance Under Load", 2018): where a request takes longer
// than Tolerance times the lowest, requests wait at the backends, and the limit goes down by as much, by half at most; else it goes up by its square root.
// Both count for a fifth only in each window. A failure takes a tenth. The lowest latency is that of this epoch and the one before;
// when one begins the limit is halved for a window, so that it is measured without a queue.
type limiter struct {
	limit   float64
	sum     float64 // ns, of this window
	n       int32
	failed  int32
	most    int32 // in flight at once in this window
	since   int64 // when the window began
	epoch   int64 // when the epoch began
	lowest  [2]float64
	probing bool
}

const (
	window    = int64(100 * time.Millisecond)
	samples   = 50 // that a window has at least: with fewer the lowest mean of many windows is luck
	epoch     = int64(30 * time.Second)
	tolerance = 2.0
	smoothing = 0.2
)

// allowed returns how many may be in flight.
func (l *limiter) allowed(least int) int {
	n := int(l.limit)
	if l.probing {
		n /= 2
	}
	return max(n, least)
}

// note takes a request that ended; inFlight counts it.
func (l *limiter) note(now, took int64, failed bool, inFlight, least, most int) {
	l.sum += float64(max(0, took))
	l.n++
	l.most = max(l.most, int32(inFlight))
	if failed {
		l.failed++
	}
	if l.since == 0 || now < l.since { // the first, or the clock was set back
		l.since, l.epoch = now, now
	}
	if l.n < samples || now-l.since < window {
		return
	}
	mean := l.sum / float64(l.n)
	if now-l.epoch >= epoch {
		l.lowest[1], l.lowest[0], l.epoch = l.lowest[0], 0, now
		l.probing = true
	} else {
		l.probing = false
	}
	if l.failed == 0 && (l.lowest[0] == 0 || mean < l.lowest[0]) {
		l.lowest[0] = mean
	}
	base := l.lowest[0]
	if l.lowest[1] > 0 && (base == 0 || l.lowest[1] < base) {
		base = l.lowest[1]
	}
	gradient := 1.0
	if base > 0 && mean > 0 {
		gradient = min(1, max(0.5, tolerance*base/mean))
	}
	to := l.limit * gradient
	if gradient == 1 && l.failed == 0 && float64(l.most) >= l.limit/2 { // what was not used says nothing of what could be
		to += math.Sqrt(l.limit)
	}
	l.limit += smoothing * (to - l.limit)
	if l.failed > 0 {
		l.limit *= 1 - 0.1*float64(l.failed)/float64(l.n)
	}
	l.limit = min(max(l.limit, float64(least)), float64(most))
	l.sum, l.n, l.failed, l.most, l.since = 0, 0, 0, 0, now
}
