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
	r := run{c: c, flying: map[evenkeel.NoticeID]string{}, landed: make(chan evenkeel.NoticeID, c.opts.Parallel)}
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
	flying map[evenkeel.NoticeID]string // and whom they keep busy
	landed chan evenkeel.NoticeID       // never full: it holds as many as may fly
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
	leave, err := r.look(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.opts.Log.Warn("look for notices: it comes again", "after", c.opts.Poll, "err", kept(err.Error()), "hint", hint(err, waitForBooks))
		}
		return c.opts.Poll
	}
	for _, w := range leave {
		r.flying[w.Notice.ID] = c.keeps(&w.Notice)
		go func() {
			defer func() { r.landed <- w.Notice.ID }()
			if err := c.Deliver(ctx, w); err != nil && ctx.Err() == nil {
				c.putOff(ctx, &w, err)
			}
		}()
	}
	return c.opts.Poll
}

// mostLooked bounds a look at the outbox that begins with notices which may not leave.
const mostLooked = 4096

// look returns those that may leave. Where all that it sees are held, it looks further: they
// are due, and would stand before the others for as long as they are held.
func (r *run) look(ctx context.Context) (leave []Waiting, err error) {
	for most := r.c.opts.Most; ; most *= 4 {
		all, err := r.c.parts.Outbox.Pending(ctx, r.c.now(), most)
		if err != nil {
			return nil, err
		}
		leave = r.ready(all)
		if len(leave) > 0 || len(all) < most || most >= mostLooked {
			return leave, nil
		}
	}
}

// keeps is what a notice keeps busy while it is on its way: its case. Of machines it is the tenant: one that
// is slow takes one place from the others, however many cases and endpoints it has.
func (c *Courier) keeps(n *evenkeel.Notice) string {
	if c.parts.Machines {
		return string(n.Tenant)
	}
	return string(n.Case)
}

// ready returns those that may leave: no two of one case at once, and none before an earlier
// one of its case that waits for its next attempt, so that they arrive in the order of what
// they tell.
func (r *run) ready(all []Waiting) (leave []Waiting) {
	busy, now := map[string]bool{}, r.c.now()
	for _, c := range r.flying {
		busy[c] = true
	}
	for _, w := range all {
		if len(r.flying)+len(leave) == r.c.opts.Parallel {
			break
		}
		if who := r.c.keeps(&w.Notice); !busy[who] && !r.c.waits.holds(&w.Notice, now) {
			busy[who] = true
			leave = append(leave, w)
		}
	}
	return leave
}
