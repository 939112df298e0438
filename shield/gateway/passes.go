package gateway

import (
	"sync/atomic"
	"time"
)

// passes bounds what comes with one pass: whoever shares one with a thousand machines has one visitor's requests.
type passes struct {
	// For each place the time at which what was sent so far is worn off, in ns of the edge (GCRA, ITU-T I.371). Passes that share a place share its rate.
	worn [passCells]atomic.Int64
}

const (
	passCells = 1 << 14
	// PassRate is how many requests a second one pass lets in, PassBurst how many at once: a page with all that it loads.
	PassRate  = 20
	PassBurst = 200

	passGap   = int64(time.Second / PassRate)
	passAhead = passGap * PassBurst
)

// take counts a request with a pass, and says whether it may come in. A pass's id is a number that nobody chooses.
func (p *passes) take(id uint64, now int64) bool {
	cell := &p.worn[id%passCells]
	for {
		was := cell.Load()
		next := max(was, now) + passGap
		if next > now+passAhead {
			return false
		}
		if cell.CompareAndSwap(was, next) {
			return true
		}
	}
}
