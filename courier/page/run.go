package page

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Run brings the calls of the list to people until ctx ends, and returns nil when all that it
// began has ended. What was on its way then comes again at the next start, under the same ids.
func (c *Caller) Run(ctx context.Context) error {
	flying := map[ID]bool{}
	landed := make(chan ID, c.opts.Parallel) // never full: it holds as many as may fly
	for ctx.Err() == nil {
		for _, w := range c.look(ctx, flying) {
			flying[w.Call.ID] = true
			go func() {
				defer func() { landed <- w.Call.ID }()
				c.bring(ctx, w)
			}()
		}
		timer := time.NewTimer(c.opts.Poll)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case id := <-landed:
			delete(flying, id)
		}
		timer.Stop()
	}
	for len(flying) > 0 {
		delete(flying, <-landed)
	}
	return nil
}

// bring is Bring, and leaves a call alone for a while of which the list did not take what became
// of it, so that others go on.
func (c *Caller) bring(ctx context.Context, w Waiting) {
	err := c.Bring(ctx, w)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil || ctx.Err() != nil {
		delete(c.held, w.Call.ID)
		return
	}
	h := c.held[w.Call.ID]
	h.times++
	h.until = c.now().Add(c.pause(w.Call.ID, h.times))
	c.held[w.Call.ID] = h
	c.opts.Log.Error("what became of a call cannot be written down: it comes again", "call", w.Call.ID, "case", w.Call.Case, "at", h.until,
		"err", said(err.Error(), maxSays), "hint", "see why the books do not take it; whoever was called may be called twice")
}

// mostLooked is how many calls one look at the list takes; those that are held or on their way
// stand before others.
const mostLooked = 256

// look returns those that may leave now.
func (c *Caller) look(ctx context.Context, flying map[ID]bool) (leave []Waiting) {
	if len(flying) >= c.opts.Parallel {
		return nil
	}
	now := c.now()
	all, err := c.list.Waiting(ctx, now, mostLooked)
	if err != nil {
		if ctx.Err() == nil {
			c.opts.Log.Warn("look for calls: it comes again", "after", c.opts.Poll, "err", said(err.Error(), maxSays), "hint", evenkeel.HintOf(err))
		}
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	due := map[ID]bool{}
	for _, w := range all {
		due[w.Call.ID] = true
		if len(flying)+len(leave) < c.opts.Parallel && !flying[w.Call.ID] && !c.holds(w.Call.ID, now) {
			leave = append(leave, w)
		}
	}
	for id := range c.held { // what is due no more was ended by somebody else
		if !due[id] && len(all) < mostLooked {
			delete(c.held, id)
		}
	}
	return leave
}
