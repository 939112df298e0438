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
	State  plan.Outcome  // 0: a hand was not able to put it in force yet
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

// Decisions returns of which decisions something is in the book that was not lifted. It does not wait: nil while orders are
// being carried out.
func (b *Backend) Decisions() []evenkeel.DecisionID {
	if !b.mu.TryLock() {
		return nil
	}
	defer b.mu.Unlock()
	b.forget(b.clock.now())
	all := []evenkeel.DecisionID{}
	for _, d := range sorted(b.entries) {
		if !b.entries[d].Lifted {
			all = append(all, d)
		}
	}
	return all
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
		for _, p := range f.Parts {
			if p.State == plan.Carried {
				s.At = append(s.At, p.Asset)
			}
		}
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
