package gateway

import (
	"sync/atomic"
	"time"
)

// bucket bounds how often something happens (GCRA, ITU-T I.371): it holds the time at which what happened so far is worn off, in ns of the edge.
type bucket struct{ worn atomic.Int64 }

// take counts once more, and says whether that is within a rate a second and a burst.
func (b *bucket) take(now int64, rate, burst int64) bool {
	gap := int64(time.Second) / rate
	for {
		was := b.worn.Load()
		next := max(was, now) + gap
		if next > now+gap*burst {
			return false
		}
		if b.worn.CompareAndSwap(was, next) {
			return true
		}
	}
}

// passes bounds what comes with one pass: whoever shares one with a thousand machines has one visitor's requests.
type passes struct {
	cells [passCells]bucket // passes that share one share its rate
}

const (
	passCells = 1 << 14
	// PassRate is how many requests a second one pass lets in, PassBurst how many at once: a page with all that it loads.
	PassRate  = 20
	PassBurst = 200
)

// take counts a request with a pass, and says whether it may come in. A pass's id is a number that nobody chooses.
func (p *passes) take(id uint64, now int64) bool {
	return p.cells[id%passCells].take(now, PassRate, PassBurst)
}
