package edgelink

import "time"

// bucket is a token bucket as the time at which it will be full again (GCRA, ITU-T I.371).
type bucket struct{ full time.Time }

// take takes n at a rate a second, two seconds' worth at once; false, and nothing taken, where that is too much.
func (b *bucket) take(now time.Time, n, rate int) bool {
	at := b.full
	if at.Before(now) || at.Sub(now) > time.Minute { // a clock that was set
		at = now
	}
	at = at.Add(time.Duration(n) * time.Second / time.Duration(rate))
	if at.Sub(now) > 2*time.Second {
		return false
	}
	b.full = at
	return true
}
