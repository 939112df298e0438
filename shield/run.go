package shield

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Run brings the orders of the outbox to the backend until ctx ends, and returns nil when
// all that it began has ended. What was on its way then comes again at the next start, with
// the same id.
func (e *Enforcer) Run(ctx context.Context) error {
	r := run{e: e, flying: map[evenkeel.OrderID]bool{}, landed: make(chan evenkeel.OrderID, e.opts.Parallel)}
	defer r.land()
	for ctx.Err() == nil {
		timer := time.NewTimer(r.launch(ctx))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case id := <-r.landed:
			delete(r.flying, id)
		}
		timer.Stop()
	}
	return nil
}

// run is one run of an enforcer. Only the loop touches flying.
type run struct {
	e      *Enforcer
	flying map[evenkeel.OrderID]bool
	landed chan evenkeel.OrderID // never full: it holds as many as may fly
}

// land waits for all that is on its way.
func (r *run) land() {
	for len(r.flying) > 0 {
		delete(r.flying, <-r.landed)
	}
}

// launch sends off what may leave, and returns how long nothing else will have to.
func (r *run) launch(ctx context.Context) time.Duration {
	e := r.e
	if len(r.flying) == e.opts.Parallel {
		return e.opts.Poll
	}
	now := e.now()
	all, err := e.outbox.Pending(ctx, now, e.opts.Most)
	if err != nil {
		if ctx.Err() == nil {
			e.opts.Log.Warn("look for orders: it comes again", "after", e.opts.Poll, "err", err)
		}
		return e.opts.Poll
	}
	steps, next := ready(all, r.flying, now)
	for _, s := range steps {
		if len(r.flying) == e.opts.Parallel {
			break
		}
		r.flying[s.Order.ID] = true
		go func() {
			defer func() { r.landed <- s.Order.ID }()
			if err := e.deliver(ctx, &s); err != nil && ctx.Err() == nil {
				e.opts.Log.Warn("note what became of an order: it comes again", "order", s.Order.ID, "after", e.opts.Poll, "err", err)
				pause(ctx, e.opts.Poll) // or the loop would take it up at once
			}
		}()
	}
	if next == 0 {
		return e.opts.Poll
	}
	return max(0, min(e.opts.Poll, next.Sub(now)))
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// deliver sees to one order and tells the outbox what became of it. Its error is the outbox's.
func (e *Enforcer) deliver(ctx context.Context, s *step) error {
	o := &s.Order
	if s.overtaken {
		e.noteLift(o) // so Apply says what it knows of the order, and sends nothing
	}
	r, err := e.Apply(ctx, *o)
	if err == nil {
		e.hear(nil)
		return e.outbox.Done(ctx, o.ID, r)
	}
	if ctx.Err() != nil {
		return nil // we went away, not they
	}
	e.hear(err)
	now := e.now()
	at, more := e.opts.Schedule.again(&s.Waiting, err, now)
	switch {
	case Final(err):
		e.opts.Log.Error("an order was refused for good: see why the backend refuses it, and do by hand what has to be done",
			"order", o.ID, "lift", o.Lift, "backend", e.backend.Name(), "err", err, "hint", evenkeel.HintOf(err))
	case more:
		return e.outbox.Retry(ctx, o.ID, at, clipReason(err))
	default:
		err = fmt.Errorf("nobody confirmed within %v that the measure ended: %w", afterwards, err)
	}
	return e.outbox.Failed(ctx, o.ID, clipReason(err))
}

// hear logs when the backend falls silent and when it answers again, not every attempt.
func (e *Enforcer) hear(err error) {
	e.mu.Lock()
	was := e.silent
	e.silent = err != nil && !Final(err)
	is := e.silent
	e.mu.Unlock()
	switch {
	case is && !was:
		e.opts.Log.Warn("orders do not reach the backend: they come again", "backend", e.backend.Name(), "err", err, "hint", evenkeel.HintOf(err))
	case was && !is:
		e.opts.Log.Info("orders reach the backend again", "backend", e.backend.Name())
	}
}

// clipReason is what is kept of an error: bounded, since other ends write into it.
func clipReason(err error) string {
	const most = 1000
	says := err.Error()
	if errors.Is(err, context.DeadlineExceeded) && says == context.DeadlineExceeded.Error() {
		says = "it took too long"
	}
	return clipTo(says, most)
}
