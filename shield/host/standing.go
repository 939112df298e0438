package host

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Standing is one order in the book of a host, and how it stands.
type Standing struct {
	Order  evenkeel.Order
	Left   time.Duration // until it ends
	State  plan.Outcome  // 0: a hand was not able to put it in force yet, and Why says why; from ReadBook, not known
	Why    string
	Effect string             // as it was read back; "" where it is not in force
	At     []evenkeel.AssetID // the assets where it is carried, in the order's sequence
}

// ReadBook returns what the book in a folder says, by decision, without what was lifted, for whoever looks while no
// process holds it: nothing is changed, and State and Effect are not known. A book that is not there says nothing.
func ReadBook(folder string, c Clock) ([]Standing, error) {
	b, err := readBounded(filepath.Join(folder, bookName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileError("read the book of orders", err)
	}
	p, err := decode(b)
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the book of orders in " + folder + " is damaged", Err: err,
			Hint: "an agent that is started sets it aside, and lets go what stood by it",
		}
	}
	now := c.now()
	var all []Standing
	for _, e := range p.here(&c) {
		if !e.Lifted {
			all = append(all, Standing{Order: e.Order, Left: e.left(now)})
		}
	}
	slices.SortFunc(all, func(a, b Standing) int { return cmp.Compare(a.Order.Decision, b.Order.Decision) })
	return all, nil
}

// Decisions returns of which decisions something is in the book that was not lifted. No hand is waited for.
func (b *Backend) Decisions() []evenkeel.DecisionID {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, all := b.clock.now(), []evenkeel.DecisionID{}
	for _, d := range sorted(b.entries) {
		if e := b.entries[d]; !e.Lifted && e.Ends > now {
			all = append(all, d)
		}
	}
	return all
}

// Standing returns what the book says, by decision, without what was lifted. What a hand that is at work has in force is not
// known: Why says so.
func (b *Backend) Standing(ctx context.Context) (all []Standing) {
	within, cancel := b.patience(ctx)
	defer cancel()
	for i, l := range b.lanes {
		first := within
		if i == 0 {
			first = ctx
		}
		if err := l.take(first); err != nil {
			all = append(all, b.standing(l, func(_ *entry, s *Standing) { s.Why = l.name() + " is at work: what it has in force is not known" })...)
			continue
		}
		all = append(all, b.standing(l, func(e *entry, s *Standing) { b.stands(ctx, l, e, s) })...)
		l.give()
	}
	slices.SortFunc(all, func(a, b Standing) int { return cmp.Compare(a.Order.Decision, b.Order.Decision) })
	return all
}

// standing is what the book says of the measures of a lane.
func (b *Backend) standing(l *lane, tell func(*entry, *Standing)) (all []Standing) {
	now := b.clock.now()
	for _, e := range b.of(l) {
		if e.Lifted || e.Ends <= now {
			continue
		}
		s := Standing{Order: e.Order, Left: e.left(now)}
		tell(e, &s)
		all = append(all, s)
	}
	return all
}

// stands says how an order stands. The turn is ours.
func (b *Backend) stands(ctx context.Context, l *lane, e *entry, s *Standing) {
	f := l.fates[s.Order.ID]
	s.State, s.Why = f.State, f.Why
	for _, p := range f.Parts {
		if p.State == plan.Carried {
			s.At = append(s.At, p.Asset)
		}
	}
	if f.State != plan.Carried {
		return
	}
	effect, err := b.effect(ctx, l, e, &f)
	if s.Effect = effect; err != nil {
		s.Why = err.Error()
	}
	if effect == "" {
		s.State = 0
	}
}
