package admit

import (
	"context"
	"sync"
	"time"
)

// The states of a waiter, under its tenant's lock.
const (
	unasked = iota
	queued
	told
)

// Waiter is somebody who waits. It waits for one thing at a time, and may be used again when it was told or took itself back.
type Waiter struct {
	prev, next *Waiter
	gate       *Gate
	of         *tenant
	since      int64
	at         int64
	state      int8
	answer     Answer
	wake       chan struct{}
	timer      *time.Timer
}

// tell ends the wait; the tenant's lock is held.
func (w *Waiter) tell(now int64, a Answer) {
	w.at, w.answer, w.state = now, a, told
	if w.wake != nil {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Told returns what a waiter was told, and its ticket where that is Admitted; Waiting while it was not.
func (w *Waiter) Told() (Ticket, Answer) {
	if w.of == nil {
		return Ticket{}, Gone
	}
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	return w.result()
}

func (w *Waiter) result() (Ticket, Answer) {
	if w.state != told {
		return Ticket{}, Waiting
	}
	if w.answer != Admitted {
		return Ticket{}, w.answer
	}
	return Ticket{gate: w.gate, of: w.of, began: w.at}, Admitted
}

// Cancel takes a waiter back. Where it was told meanwhile it returns what, as Told does, and else the answer that is given.
func (w *Waiter) Cancel(as Answer) (Ticket, Answer) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if w.state != queued {
		return w.result()
	}
	w.of.queue.remove(w)
	w.state = unasked
	return Ticket{}, as
}

var waiters = sync.Pool{New: func() any {
	w := &Waiter{wake: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}}

// Enter asks as Try does, and waits for the answer in this goroutine, for Config.Patience at most and while the context lasts. The ticket's
// time in flight begins when it is given.
func (g *Gate) Enter(ctx context.Context, now int64, name string, weight int) (Ticket, Answer) {
	k, a := g.try(now, name, weight, nil)
	if a != Waiting {
		return k, a
	}
	w := waiters.Get().(*Waiter)
	defer func() {
		w.gate, w.of, w.state = nil, nil, unasked
		select {
		case <-w.wake:
		default:
		}
		waiters.Put(w)
	}()
	if k, a = g.try(now, name, weight, w); a != Waiting {
		return k, a
	}
	w.timer.Reset(g.config.Patience)
	defer w.timer.Stop()
	select {
	case <-w.wake:
		return w.Told()
	case <-w.timer.C:
		return w.Cancel(TimedOut)
	case <-ctx.Done():
		return w.Cancel(Gone)
	}
}
