package receive

import (
	"math"
	"sync"
	"time"
)

// burst is how many seconds' worth a source may send at once after a pause.
const burst = 2

// budget is a token bucket that may be overdrawn. What a request costs is known only when it
// has been read, so whoever has anything left is let in, and pays back before the next one. The
// rate holds in the long run, and a request of any size can pass.
type budget struct {
	rate float64 // per second

	mu   sync.Mutex
	left float64
	at   time.Time // of left
}

func newBudget(rate float64) *budget { return &budget{rate: rate, left: rate * burst} }

// wait returns how long a source has to wait until it has something left; 0 if it has.
func (b *budget) wait(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	if b.left > 0 {
		return 0
	}
	return max(time.Duration(math.Min(-b.left/b.rate, 3600)*float64(time.Second)), time.Nanosecond)
}

// spend takes n, even if there is less.
func (b *budget) spend(n int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	b.left -= float64(n)
}

// fill adds what has come since the last time. A clock that went back adds nothing.
func (b *budget) fill(now time.Time) {
	if passed := now.Sub(b.at); !b.at.IsZero() && passed > 0 {
		b.left = math.Min(b.left+float64(passed.Seconds()*b.rate), b.rate*burst)
	}
	if b.at.IsZero() || now.After(b.at) {
		b.at = now
	}
}
