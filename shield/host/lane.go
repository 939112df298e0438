package host

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// lane is one hand and what was put in force by it. Whoever acts by a hand has its turn, from the decision about an order to the
// receipt: so orders of one hand go one after the other, and those of another do not wait for them, however slow a hand is.
type lane struct {
	hand Hand          // nil: nobody here carries out its measures
	turn chan struct{} // holds one where nobody has the turn

	// What follows belongs to who has the turn.
	rules  *plan.Ruleset // that was put in force last
	fates  map[evenkeel.OrderID]plan.Fate
	failed error // the hand was not able to put all of it in force
}

func newLane(h Hand) *lane {
	l := &lane{hand: h, turn: make(chan struct{}, 1), rules: &plan.Ruleset{}}
	l.turn <- struct{}{}
	return l
}

// take waits for the turn. After an error it is somebody else's.
func (l *lane) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-l.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// name is what the hand is called.
func (l *lane) name() string {
	if l.hand == nil {
		return "nothing"
	}
	return l.hand.Name()
}

func (l *lane) give() { l.turn <- struct{}{} }

// put has the hand put its part of a ruleset in force.
func (l *lane) put(ctx context.Context, rules *plan.Ruleset, fates map[evenkeel.OrderID]plan.Fate, now evenkeel.Moment) error {
	l.rules, l.fates, l.failed = rules, fates, nil
	if l.hand == nil {
		return nil
	}
	if l.failed = l.hand.Swap(ctx, rules, now); l.failed == nil {
		return nil
	}
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("put %d elements in force by %s", rules.Size(), l.hand.Name()), Err: l.failed}
}

// lane returns that of a measure.
func (b *Backend) lane(m evenkeel.Measure) *lane {
	switch m {
	case evenkeel.MeasureThrottle:
		return b.lanes[1]
	case evenkeel.MeasureSuspend:
		return b.lanes[2]
	case evenkeel.MeasureChallenge, evenkeel.MeasureShut:
		return b.lanes[3]
	}
	return b.lanes[0]
}

// turnOf takes the turn of the lane that has a decision, or else of that of a measure.
func (b *Backend) turnOf(ctx context.Context, d evenkeel.DecisionID, m evenkeel.Measure) (*lane, error) {
	for {
		l := b.has(d, m)
		if err := l.take(ctx); err != nil {
			return nil, err
		}
		if l == b.has(d, m) {
			return l, nil
		}
		l.give() // somebody was faster, with another measure
	}
}

func (b *Backend) has(d evenkeel.DecisionID, m evenkeel.Measure) *lane {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[d]; e != nil {
		m = e.Order.Measure
	}
	return b.lane(m)
}

// each does something with all lanes beside one another. That of traffic is waited for, and the others as long as
// patience lasts: what is at work then goes on by itself, and whoever comes meanwhile leaves it alone.
func (b *Backend) each(ctx context.Context, act func(*lane) error) (err error) {
	within, cancel := b.patience(ctx)
	defer cancel()
	var late atomic.Bool
	slow := b.lanes[1:]
	done := make(chan error, len(slow))
	for _, l := range slow {
		b.work.Go(func() {
			if l.take(within) != nil { // whoever has the turn is at work
				done <- ctx.Err()
				return
			}
			defer l.give()
			err := act(l)
			if err != nil && late.Load() && ctx.Err() == nil {
				b.opts.Log.Warn("what is ordered could not be put in force whole; it is tried again", "err", err)
			}
			done <- err
		})
	}
	if err = b.lanes[0].take(ctx); err == nil {
		err = act(b.lanes[0])
		b.lanes[0].give()
	}
	for range slow {
		select {
		case bad := <-done:
			err = errors.Join(err, bad)
		case <-within.Done():
			late.Store(true)
			return errors.Join(err, ctx.Err())
		}
	}
	return err
}

// patience is for how long slow hands are waited for.
func (b *Backend) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.opts.Patience <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, b.opts.Patience)
}
