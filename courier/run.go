package courier

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Run brings the notices of the outbox to their recipients until ctx ends, and returns nil when
// all that it began has ended. What was on its way then comes again at the next start, under
// the same Message-IDs, to those who are not settled.
func (c *Courier) Run(ctx context.Context) error {
	r := run{c: c, flying: map[evenkeel.NoticeID]evenkeel.CaseID{}, landed: make(chan evenkeel.NoticeID, c.opts.Parallel)}
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

// run is one run of a courier. Only the loop touches flying.
type run struct {
	c      *Courier
	flying map[evenkeel.NoticeID]evenkeel.CaseID
	landed chan evenkeel.NoticeID // never full: it holds as many as may fly
}

// land waits for all that is on its way.
func (r *run) land() {
	for len(r.flying) > 0 {
		delete(r.flying, <-r.landed)
	}
}

// launch sends off what is due, and returns how long to wait for more.
func (r *run) launch(ctx context.Context) time.Duration {
	c := r.c
	if len(r.flying) == c.opts.Parallel {
		return c.opts.Poll
	}
	all, err := c.parts.Outbox.Pending(ctx, c.now(), c.opts.Most)
	if err != nil {
		if ctx.Err() == nil {
			c.opts.Log.Warn("look for notices: it comes again", "after", c.opts.Poll, "err", err)
		}
		return c.opts.Poll
	}
	for _, w := range r.ready(all) {
		r.flying[w.Notice.ID] = w.Notice.Case
		go func() {
			defer func() { r.landed <- w.Notice.ID }()
			if err := c.Deliver(ctx, w); err != nil && ctx.Err() == nil {
				c.opts.Log.Warn("note what became of a notice: it comes again", "notice", w.Notice.ID, "after", c.opts.Poll, "err", err)
				pause(ctx, c.opts.Poll) // or the loop would take it up at once
			}
		}()
	}
	return c.opts.Poll
}

// ready returns those that may leave: no two of one case at once, so that those which are due
// together arrive in the order of what they tell.
func (r *run) ready(all []Waiting) (leave []Waiting) {
	busy := map[evenkeel.CaseID]bool{}
	for _, c := range r.flying {
		busy[c] = true
	}
	for _, w := range all {
		if len(r.flying)+len(leave) == r.c.opts.Parallel {
			break
		}
		if !busy[w.Notice.Case] {
			busy[w.Notice.Case] = true
			leave = append(leave, w)
		}
	}
	return leave
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
