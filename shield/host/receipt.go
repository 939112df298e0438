package host

import (
	"context"
	"errors"
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

// tells makes one of a fate.
func (b *Backend) tells(id evenkeel.OrderID, s evenkeel.ReceiptState, f *plan.Fate) evenkeel.Receipt {
	r := b.says(id, s, f.Why)
	r.NotHeld = f.NotHeld()
	return r
}

// receipt says what became of an order in the book. Applied is only what was read back. The turn of its lane is ours.
func (b *Backend) receipt(ctx context.Context, l *lane, e *entry) (evenkeel.Receipt, error) {
	f := l.fates[e.Order.ID]
	switch f.State {
	case plan.Waits:
		return b.says(e.Order.ID, 0, "it waits: "+f.Why), nil
	case plan.Refused:
		return b.tells(e.Order.ID, evenkeel.ReceiptRefused, &f), nil
	case plan.Over:
		return b.says(e.Order.ID, evenkeel.ReceiptLapsed, f.Why), nil
	}
	effect, amiss := b.effect(ctx, l, e, &f)
	switch {
	case amiss == nil:
		r := b.tells(e.Order.ID, evenkeel.ReceiptApplied, &f)
		r.Effect = effect
		return r, nil
	case ctx.Err() != nil:
		return evenkeel.Receipt{}, amiss
	case effect == "": // it is tried again as long as it is in the book
		return b.says(e.Order.ID, 0, "it waits: "+amiss.Error()), nil
	}
	r := b.tells(e.Order.ID, evenkeel.ReceiptApplied, &f)
	r.Effect, r.Why = effect, strings.TrimPrefix(f.Why+"; not all of it: "+amiss.Error(), "; ")
	return r, nil
}

// effect reads back what stands of an order, at each asset where it is carried; "" where nothing is as it should be. Its error is
// what is not, at the first such asset.
func (b *Backend) effect(ctx context.Context, l *lane, e *entry, f *plan.Fate) (text string, amiss error) {
	hand := l.hand
	var shown []string
	n, dropped, short := 0, uint64(0), 0
	for _, p := range f.Parts {
		if p.State != plan.Carried {
			continue
		}
		seen, err := hand.Look(ctx, l.rules, b.clock.now(), p.Asset)
		if err == nil && seen.Amiss != "" {
			err = evenkeel.Invalid("%s", seen.Amiss)
		}
		if err != nil {
			if short++; short == 1 {
				amiss = fmt.Errorf("read back what %s did at %.80s: %w", hand.Name(), p.Asset, err)
			}
			continue
		}
		if n++; n <= mostShown {
			shown = append(shown, fmt.Sprintf("%.80s: %s", p.Asset, seen.Says))
		}
		dropped += b.dropped(e, p.Asset, seen.Dropped)
	}
	if short > 1 {
		amiss = fmt.Errorf("%w; and %d assets more", amiss, short-1)
	}
	if l.failed != nil && amiss != nil {
		amiss = fmt.Errorf("%w; %s failed: %w", amiss, hand.Name(), l.failed)
	}
	if n == 0 && amiss != nil {
		return "", amiss
	}
	if n > mostShown {
		shown = append(shown, fmt.Sprintf("and %d assets more", n-mostShown))
	}
	text = fmt.Sprintf("%s by %s; %s", e.Order.Measure, hand.Name(), strings.Join(shown, "; "))
	if dropped > 0 {
		text += fmt.Sprintf("; %d packets dropped", dropped)
	}
	return text, amiss
}

// dropped is how many packets an order dropped at the ports of an asset since it was first read back there: what they dropped before
// is noted then. Where a hand began to count again, that is where the order begins too. The turn of its lane is ours.
func (b *Backend) dropped(e *entry, a evenkeel.AssetID, ports map[int]plan.Drops) (n uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, known := e.Before[a]
	if !known && len(ports) > 0 {
		before = map[int]uint64{}
		if e.Before == nil {
			e.Before = map[evenkeel.AssetID]map[int]uint64{}
		}
		e.Before[a] = before
	}
	for i, d := range ports {
		total := d.Of(e.Order.Measure, e.Order.Params)
		switch {
		case !known:
			before[i] = total
		case total < before[i]:
			before[i] = 0
		}
		n += total - before[i]
	}
	return n
}

// What of an entry is told apart: what its receipt says but for the effect. That all of it is applied is "".
const (
	toldLifted = "lifted"
	toldFailed = "failed"
	toldPartly = "partly"
)

// telling is what a receipt of an entry says, as it is noted. Reasons of hands that fail vary, and are told once.
func (l *lane) telling(e *entry, r *evenkeel.Receipt) string {
	switch f := l.fates[e.Order.ID]; {
	case r.State == evenkeel.ReceiptApplied && r.Why == f.Why:
		return f.Why
	case r.State == evenkeel.ReceiptApplied:
		return toldPartly
	case f.State == plan.Carried:
		return toldFailed
	default:
		return f.State.String() + ": " + f.Why
	}
}

// changed says whether something else holds of an entry than was told of it.
func (l *lane) changed(e *entry) bool {
	f := l.fates[e.Order.ID]
	switch unable := l.failed != nil; {
	case e.Lifted: // whoever had it lifted is answered; who did it by hand may have gone
		return e.Why != "" && !unable && e.Told != toldLifted
	case f.State == plan.Carried:
		return unable || e.Told != f.Why
	default:
		return e.Told != f.State.String()+": "+f.Why
	}
}

// sayWhatChanged tells what became of orders of a lane of which something else was told before. What cannot be found out of one
// stops no other, and is said next time. The turn of the lane is ours.
func (b *Backend) sayWhatChanged(ctx context.Context, l *lane) (err error) {
	if b.opts.Said == nil {
		return nil
	}
	said := false
	for _, e := range b.of(l) {
		if !l.changed(e) {
			continue
		}
		r, told := b.says(e.Order.ID, evenkeel.ReceiptLifted, e.Why), toldLifted
		if !e.Lifted {
			var bad error
			if r, bad = b.receipt(ctx, l, e); bad != nil {
				err = errors.Join(err, bad)
				continue
			}
			told = l.telling(e, &r)
		}
		if told == e.Told {
			continue
		}
		b.say(r)
		b.mu.Lock()
		if e.Told, said = told, true; e.Lifted {
			e.Over = r.At
		}
		b.mu.Unlock()
	}
	if said {
		b.mu.Lock()
		defer b.mu.Unlock()
		err = errors.Join(err, b.save())
	}
	return err
}

func (b *Backend) say(r evenkeel.Receipt) {
	b.telling.Lock()
	defer b.telling.Unlock()
	b.opts.Said(r)
}

// of returns what is in the book of the measures of a lane, by decision.
func (b *Backend) of(l *lane) (all []*entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range sorted(b.entries) {
		if e := b.entries[d]; b.lane(e.Order.Measure) == l {
			all = append(all, e)
		}
	}
	return all
}
