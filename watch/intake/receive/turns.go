package receive

import (
	"context"
	"sync/atomic"
)

// turns lets so many requests work at a time, and so many more wait.
type turns struct {
	free    chan struct{} // one for each at work; who finds it full waits
	waiting atomic.Int64
	most    int64 // that wait
}

func newTurns(atOnce, waiting int) *turns {
	return &turns{free: make(chan struct{}, max(1, atOnce)), most: int64(waiting)}
}

// take returns true once it is the caller's turn, or false when ctx ends before or too many
// wait already. Whoever had a turn gives it back.
func (t *turns) take(ctx context.Context) bool {
	select {
	case t.free <- struct{}{}:
		return true
	default:
	}
	if t.waiting.Add(1) > t.most {
		t.waiting.Add(-1)
		return false
	}
	defer t.waiting.Add(-1)
	select {
	case t.free <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *turns) give() { <-t.free }
