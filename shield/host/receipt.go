package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// mostShown is of how many assets a receipt says what was read back.
const mostShown = 3

// says makes a receipt.
func (b *Backend) says(id evenkeel.OrderID, s evenkeel.ReceiptState, why string) evenkeel.Receipt {
	return evenkeel.Receipt{Order: id, Node: b.opts.Name, State: s, Why: why, At: b.clock.Wall()}
}

// receipt says what became of an order in the book. Applied is only what was read back.
func (b *Backend) receipt(ctx context.Context, e *entry) (evenkeel.Receipt, error) {
	f := b.fates[e.Order.ID]
	switch f.State {
	case plan.Waits:
		return b.says(e.Order.ID, 0, "it waits: "+f.Why), nil
	case plan.Refused:
		return b.says(e.Order.ID, evenkeel.ReceiptRefused, f.Why), nil
	case plan.Over:
		return b.says(e.Order.ID, evenkeel.ReceiptLapsed, f.Why), nil
	}
	effect, err := b.effect(ctx, e, &f)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	r := b.says(e.Order.ID, evenkeel.ReceiptApplied, f.Why)
	r.Effect = effect
	return r, nil
}

// effect reads back what stands of an order, at each asset where it is carried. What is not as it should be is an error.
func (b *Backend) effect(ctx context.Context, e *entry, f *plan.Fate) (string, error) {
	hand := b.hands.of(e.Order.Measure)
	var shown []string
	n, dropped := 0, uint64(0)
	for _, p := range f.Parts {
		if p.State != plan.Carried {
			continue
		}
		seen, err := hand.Look(ctx, b.rules, b.clock.now(), p.Asset)
		if err == nil && seen.Amiss != "" {
			err = evenkeel.Invalid("%s", seen.Amiss)
		}
		if err != nil {
			return "", &evenkeel.Error{
				Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("read back what %s did at %s", hand.Name(), p.Asset), Err: err,
			}
		}
		if n++; n <= mostShown {
			shown = append(shown, fmt.Sprintf("%.80s: %s", p.Asset, seen.Says))
		}
		dropped += seen.Dropped
	}
	if n > mostShown {
		shown = append(shown, fmt.Sprintf("and %d assets more", n-mostShown))
	}
	text := fmt.Sprintf("%s by %s; %s", e.Order.Measure, hand.Name(), strings.Join(shown, "; "))
	if dropped > 0 {
		text += fmt.Sprintf("; %d packets dropped", dropped)
	}
	return text, nil
}

// sayWhatChanged tells what became of orders that had another outcome before.
func (b *Backend) sayWhatChanged(ctx context.Context, before map[evenkeel.OrderID]plan.Fate) error {
	if b.opts.Said == nil {
		return nil
	}
	for _, d := range sorted(b.entries) {
		e := b.entries[d]
		is, was := b.fates[e.Order.ID], before[e.Order.ID]
		if e.Lifted || is.State == was.State && is.Why == was.Why {
			continue
		}
		r, err := b.receipt(ctx, e)
		if err != nil {
			b.fates[e.Order.ID] = was // it is said next time
			return err
		}
		b.opts.Said(r)
	}
	return nil
}
