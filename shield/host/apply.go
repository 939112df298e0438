package host

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Apply carries an order out and returns what was read back. An order whose guest is off, whose port is not
// there, or whose hand fails has a receipt without a state that says so: it waits, and Options.Said gets the receipt that follows.
func (b *Backend) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return evenkeel.Receipt{}, err
	}
	b.forget(b.clock.now())
	e := b.entries[o.Decision]
	switch {
	case e == nil && o.Until <= b.clock.Wall():
		return b.says(o.ID, evenkeel.ReceiptLapsed, "its end has come"), nil
	case o.Lift:
		return b.lift(ctx, &o, e)
	case e != nil && e.Lifted:
		return b.says(o.ID, evenkeel.ReceiptLifted, cmp.Or(e.Why, "its lift came first")), nil
	case e != nil && e.Order.ID != o.ID:
		return b.says(o.ID, evenkeel.ReceiptRefused, "another order of its decision is in the book"), nil
	case e != nil:
		if more := beside(e.Order.Assets, o.Assets); more != nil {
			return b.widen(ctx, e, more)
		}
		return b.again(ctx, e)
	}
	if why := unfit(&o); why != "" {
		return b.says(o.ID, evenkeel.ReceiptRefused, why), nil
	}
	return b.enter(ctx, &o)
}

// again answers an order that is in the book: what it says is put in force where that came to nothing before.
func (b *Backend) again(ctx context.Context, e *entry) (evenkeel.Receipt, error) {
	if _, known := b.fates[e.Order.ID]; !known || b.unable(e.Order.Measure) != nil {
		_ = b.swap(ctx) // what of it failed the receipt says
	}
	return b.answer(ctx, e)
}

// answer is the receipt of an order in the book, of which it is noted what was said.
func (b *Backend) answer(ctx context.Context, e *entry) (evenkeel.Receipt, error) {
	r, err := b.receipt(ctx, e)
	if err != nil {
		return r, err
	}
	if told := b.telling(e, &r); told != e.Told {
		e.Told = told
		err = b.save()
	}
	return r, err
}

// beside are the assets of two lists, or nil where the first has all.
func beside(had, now []evenkeel.AssetID) []evenkeel.AssetID {
	all, there := slices.Clone(had), make(map[evenkeel.AssetID]bool, len(had))
	for _, a := range had {
		there[a] = true
	}
	for _, a := range now {
		if !there[a] {
			all, there[a] = append(all, a), true
		}
	}
	if len(all) == len(had) {
		return nil
	}
	return all
}

// widen takes more assets into an order that is in the book: another host held them before, and they moved here.
func (b *Backend) widen(ctx context.Context, e *entry, assets []evenkeel.AssetID) (evenkeel.Receipt, error) {
	wide := *e
	wide.Order.Assets = assets
	if why := unfit(&wide.Order); why != "" {
		return b.says(e.Order.ID, evenkeel.ReceiptRefused, why), nil
	}
	b.entries[e.Order.Decision] = &wide
	if err := b.save(); err != nil {
		b.entries[e.Order.Decision] = e
		return evenkeel.Receipt{}, err
	}
	_ = b.swap(ctx)
	return b.answer(ctx, &wide)
}

// enter takes a new order.
func (b *Backend) enter(ctx context.Context, o *evenkeel.Order) (evenkeel.Receipt, error) {
	now := b.clock.now()
	e := &entry{Order: *o, Took: now, Ends: b.clock.end(o.Until, o.Until.Sub(o.From))}
	rules, fates := b.compile(e, now)
	switch f := fates[o.ID]; {
	case f.State == plan.Over:
		return b.says(o.ID, evenkeel.ReceiptLapsed, f.Why), nil
	case f.State == plan.Refused:
		return b.says(o.ID, evenkeel.ReceiptRefused, f.Why), nil
	case len(b.entries) >= MostEntries:
		return b.says(o.ID, evenkeel.ReceiptRefused, "the book of this host is full"), nil
	}
	b.entries[o.Decision] = e
	if err := b.save(); err != nil {
		delete(b.entries, o.Decision)
		return evenkeel.Receipt{}, err
	}
	_ = b.put(ctx, rules, fates, now) // what of it failed the receipt says
	return b.answer(ctx, e)
}

// lift ends what a decision ordered, and remembers it until its end: its order may still come.
func (b *Backend) lift(ctx context.Context, o *evenkeel.Order, e *entry) (evenkeel.Receipt, error) {
	if e == nil || !e.Lifted {
		if why := unfit(o); why != "" {
			return b.says(o.ID, evenkeel.ReceiptRefused, why), nil
		}
		was := e
		mark := entry{Order: *o, Took: b.clock.now(), Ends: b.clock.end(o.Until, o.Until.Sub(o.From))}
		if e != nil {
			mark = *e
		}
		mark.Lifted = true
		if len(b.entries) >= MostEntries && was == nil {
			return evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "lift " + string(o.Decision) + ": the book of this host is full"}
		}
		b.entries[o.Decision] = &mark
		if err := b.save(); err != nil {
			if b.entries[o.Decision] = was; was == nil {
				delete(b.entries, o.Decision)
			}
			return evenkeel.Receipt{}, err
		}
	}
	_ = b.swap(ctx)
	if err := b.unable(b.entries[o.Decision].Order.Measure); err != nil { // of another hand it is no matter
		return evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "let go of " + string(o.Decision) + " by " + b.hands.of(o.Measure).Name(), Err: err}
	}
	return b.says(o.ID, evenkeel.ReceiptLifted, ""), nil
}

// Release is the operator's hand-brake: what a decision ordered ends now, and its order is not carried out again.
// The receipt is that of its order, and is what whoever orders it again is answered. After an error it is let go of as soon as the
// hand can, and Options.Said is told then.
func (b *Backend) Release(ctx context.Context, d evenkeel.DecisionID, why string) (evenkeel.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(b.clock.now())
	e := b.entries[d]
	if e == nil {
		return evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "release " + string(d) + ": nothing of it stands on this host"}
	}
	lift, hand := e.Order, *e
	if !hand.Lifted {
		hand.Why = "released by hand on " + b.opts.Name + ": " + why
	}
	r, err := b.lift(ctx, &lift, &hand)
	if r.Why = hand.Why; err == nil {
		b.entries[d].Told = toldLifted
	}
	return r, err
}

// unfit says why an order could not be kept, or "".
func unfit(o *evenkeel.Order) string {
	switch {
	case evenkeel.CheckID("id", string(o.ID)) != nil:
		return "it has no id that could be told apart"
	case evenkeel.CheckID("decision", string(o.Decision)) != nil:
		return "it names no decision"
	case len(o.Assets) == 0 || len(o.Assets) > evenkeel.MaxCaseAssets:
		return "it names no asset, or more than a case can have"
	case o.Until <= o.From:
		return "it has no end after its beginning"
	}
	for _, a := range o.Assets {
		if err := evenkeel.CheckID("asset", string(a)); err != nil {
			return err.Error()
		}
	}
	return ""
}
