package gateway

import (
	"sync"
)

// inbox names the domains to which visits came since the scribe last looked. Each is in it once, so that a flood at one domain
// takes the lock once a look.
type inbox struct {
	mu   sync.Mutex
	wait []*domain
}

func (in *inbox) add(d *domain) {
	if d.waiting.Load() || !d.waiting.CompareAndSwap(false, true) {
		return
	}
	in.mu.Lock()
	in.wait = append(in.wait, d)
	in.mu.Unlock()
}

// take empties it into the room of a slice that is not used any more.
func (in *inbox) take(room []*domain) []*domain {
	in.mu.Lock()
	out := in.wait
	in.wait = room[:0]
	in.mu.Unlock()
	for _, d := range out {
		d.waiting.Store(false)
	}
	return out
}
