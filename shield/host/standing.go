package host

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Standing is one order in the book of a host, and how it stands.
type Standing struct {
	Order  evenkeel.Order
	Left   time.Duration // until it ends
	State  plan.Outcome  // 0: a hand was not able to put it in force yet
	Why    string
	Effect string // as it was read back; "" where it is not in force
}

// Standing returns what the book says, by decision, without what was lifted.
func (b *Backend) Standing(ctx context.Context) []Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.now()
	b.forget(now)
	var all []Standing
	for _, d := range sorted(b.entries) {
		e := b.entries[d]
		if e.Lifted {
			continue
		}
		f := b.fates[e.Order.ID]
		s := Standing{Order: e.Order, Left: e.left(now), State: f.State, Why: f.Why}
		if f.State == plan.Carried {
			effect, err := b.effect(ctx, e, &f)
			if s.Effect = effect; err != nil {
				s.Why = err.Error()
			}
		}
		all = append(all, s)
	}
	return all
}
