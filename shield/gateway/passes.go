package gateway

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/share"
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
	cells [passCells]bucket         // passes that share one share its rate
	uses  *[passCells]atomic.Uint32 // that other edges were not told of; nil: there are none
}

const (
	passCells = 1 << 14
	// PassRate is how many requests a second one pass lets in, PassBurst how many at once: a page with all that it loads. Several edges
	// have them together: each lets in its part of the burst at once, and LeastBurst in any case.
	PassRate   = 20
	PassBurst  = 200
	LeastBurst = 40

	tellUses    = 4                // of a pass, from which on the other edges are told
	mostCharged = 30 * time.Second // for which uses at other edges keep a pass out
)

// take counts a request with a pass, and says whether it may come in. A pass's id is a number that nobody chooses.
func (p *passes) take(id uint64, now int64, part float64) bool {
	burst := int64(PassBurst)
	if part < 1 {
		burst = max(int64(PassBurst*part), LeastBurst)
	}
	cell := id % passCells
	if !p.cells[cell].take(now, PassRate, burst) {
		return false
	}
	if p.uses != nil {
		p.uses[cell].Add(1)
	}
	return true
}

// charge counts uses at another edge.
func (p *passes) charge(cell, uses uint16, now int64) {
	b := &p.cells[cell%passCells].worn
	for {
		was := b.Load()
		next := min(max(was, now)+int64(uses)*int64(time.Second)/PassRate, now+int64(mostCharged))
		if next <= was || b.CompareAndSwap(was, next) {
			return
		}
	}
}

// told takes out the uses that other edges are to be told of.
func (p *passes) told(at share.Key, into []share.Pass) []share.Pass {
	if p.uses == nil {
		return into
	}
	for i := range p.uses {
		if len(into) >= mostTold {
			break
		}
		if p.uses[i].Load() >= tellUses {
			into = append(into, share.Pass{Key: at, Cell: uint16(i), Uses: uint16(min(p.uses[i].Swap(0), math.MaxUint16))})
		}
	}
	return into
}
