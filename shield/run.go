package shield

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/backoff"
)

// Run brings the orders of the outbox to the backend until ctx ends, and returns nil when
// all that it began has ended. What was on its way then comes again at the next start, with
// the same id.
func (e *Enforcer) Run(ctx context.Context) error {
	r := run{e: e, flying: map[evenkeel.OrderID]bool{}, landed: make(chan landing, e.opts.Parallel), held: map[evenkeel.OrderID]hold{}}
	defer r.land()
	for ctx.Err() == nil {
		timer := time.NewTimer(r.launch(ctx))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-e.nudged:
		case l := <-r.landed:
			r.note(l)
		}
		timer.Stop()
	}
	return nil
}

// run is one run of an enforcer. Only the loop touches flying and held.
type run struct {
	e      *Enforcer
	flying map[evenkeel.OrderID]bool
	landed chan landing // never full: it holds as many as may fly
	held   map[evenkeel.OrderID]hold
}

// landing is an order that was on its way, and the outbox's error.
type landing struct {
	id  evenkeel.OrderID
	err error
}

// hold is an order of which the outbox did not take what became of it.
type hold struct {
	times int
	until evenkeel.Moment
	stays bool // the outbox says that it never will
}

// land waits for all that is on its way.
func (r *run) land() {
	for len(r.flying) > 0 {
		delete(r.flying, (<-r.landed).id)
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
			e.opts.Log.Warn("look for orders: it comes again", "after", e.opts.Poll, "err", err, "hint", hint(err, waitForBooks))
		}
		return e.opts.Poll
	}
	steps, next := ready(r.free(all, now), r.flying, now)
	for _, s := range steps {
		if len(r.flying) == e.opts.Parallel {
			break
		}
		if r.held[s.Order.ID].until > now {
			continue
		}
		r.flying[s.Order.ID] = true
		go func() {
			err := e.deliver(ctx, &s)
			if ctx.Err() != nil {
				err = nil // we went away, not they
			}
			if err != nil && Final(err) {
				e.putOff(ctx, &s, err)
			}
			r.landed <- landing{s.Order.ID, err}
		}()
	}
	if next == 0 {
		return e.opts.Poll
	}
	return max(0, min(e.opts.Poll, next.Sub(now)))
}

// longestTrouble is the longest pause after an error of the outbox that may pass: receipts wait.
const longestTrouble = 5 * time.Second

// note takes in a landing. An order of which the outbox did not take what became of it is held,
// longer each time. An error that stays is logged once.
func (r *run) note(l landing) {
	delete(r.flying, l.id)
	if l.err == nil {
		delete(r.held, l.id)
		return
	}
	o, h := &r.e.opts, r.held[l.id]
	before, most := h.stays, max(o.Poll, longestTrouble)
	h.times++
	if h.stays = Final(l.err); h.stays {
		most = max(o.Poll, o.Schedule.Most)
	}
	after := backoff.Pause(o.Poll, most, o.Schedule.Seed, string(l.id), h.times)
	h.until = r.e.now().Add(after)
	if len(r.held) < maxRemembered || h.times > 1 {
		r.held[l.id] = h
	}
	switch {
	case !h.stays:
		o.Log.Warn("note what became of an order: it comes again", "order", l.id, "after", after, "err", l.err, "hint", hint(l.err, waitForBooks))
	case !before:
		o.Log.Error("what became of an order cannot be written down: it is put off, and others go on", "order", l.id, "err", l.err,
			"hint", hint(l.err, "see what the books say in err, and what evenkeel case show says of the order: do by hand what has to be done"))
	}
}

// free leaves out orders that are held by an error that stays: neither their lift nor other
// orders about their assets wait for what the outbox will not take.
func (r *run) free(all []Waiting, now evenkeel.Moment) []Waiting {
	return slices.DeleteFunc(all, func(w Waiting) bool {
		h := r.held[w.Order.ID]
		return h.stays && max(h.until, w.Next) > now
	})
}

// putOff tells the outbox to put off an order of which it will not take what became of it, so
// that it is in nobody's way there, or to end it a day after its end. Where the outbox takes
// neither, the order is held in memory alone.
func (e *Enforcer) putOff(ctx context.Context, s *step, err error) {
	o, now, why := &s.Order, e.now(), clipReason(fmt.Errorf("what became of it cannot be written down: %w", err))
	if now >= o.Until.Add(afterwards) {
		err = e.outbox.Failed(ctx, o.ID, why)
	} else {
		err = e.outbox.Retry(ctx, o.ID, e.opts.Schedule.Next(o.ID, s.Attempts+1, now), why)
	}
	if err != nil && ctx.Err() == nil {
		e.opts.Log.Debug("an order is put off in memory only", "order", o.ID, "err", err)
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
		if err := e.outbox.Done(ctx, o.ID, r); err != nil {
			return err
		}
		WarnOf(e.opts.Log, o, &r)
		return nil
	}
	if ctx.Err() != nil {
		return nil // we went away, not they
	}
	e.hear(err)
	now := e.now()
	at, more := e.opts.Schedule.again(&s.Waiting, err, now)
	switch {
	case Final(err):
	case more:
		return e.outbox.Retry(ctx, o.ID, at, clipReason(err))
	default:
		err = fmt.Errorf("nobody confirmed within %v that the measure ended: %w", afterwards, err)
	}
	if failed := e.outbox.Failed(ctx, o.ID, clipReason(err)); failed != nil {
		return failed
	}
	e.warnFailed(o, err)
	return nil
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
		e.opts.Log.Warn("orders do not reach the backend: they come again", "backend", e.backend.Name(), "err", err,
			"hint", hint(err, "nothing if it passes soon; else see whether the backend runs, and what it logged when this came"))
	case was && !is:
		e.opts.Log.Info("orders reach the backend again", "backend", e.backend.Name())
	}
}

// hint is what to do next about an error: whoever reads a line of the log has no other page open.
func hint(err error, otherwise string) string { return cmp.Or(evenkeel.HintOf(err), otherwise) }

// waitForBooks is what to do about an outbox that has an error which may pass.
const waitForBooks = "nothing if it passes; else see whether the disk of the books is full or somebody else holds them"

// mostReason is how much is kept of what other ends write.
const mostReason = 1000

// clipReason is what is kept of an error: bounded, since other ends write into it.
func clipReason(err error) string {
	says := err.Error()
	if errors.Is(err, context.DeadlineExceeded) && says == context.DeadlineExceeded.Error() {
		says = "it took too long"
	}
	return clipTo(says, mostReason)
}
