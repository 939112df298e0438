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
// It waits for no hand but that of its measure.
func (b *Backend) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	l, err := b.turnOf(ctx, o.Decision, o.Measure)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	defer l.give()
	e := b.entry(o.Decision)
	switch {
	case e == nil && o.Until <= b.clock.Wall():
		return b.says(o.ID, evenkeel.ReceiptLapsed, "its end has come"), nil
	case o.Lift:
		return b.lift(ctx, l, &o, e)
	case e != nil && e.Lifted:
		return b.released(e, b.says(o.ID, evenkeel.ReceiptLifted, cmp.Or(e.Why, "its lift came first"))), nil
	case e != nil && e.Order.ID != o.ID:
		return b.says(o.ID, evenkeel.ReceiptRefused, otherOrder), nil
	case e != nil:
		if more := beside(e.Order.Assets, o.Assets); more != nil {
			return b.widen(ctx, l, e, more)
		}
		return b.again(ctx, l, e)
	}
	if why := unfit(&o); why != "" {
		return b.says(o.ID, evenkeel.ReceiptRefused, why), nil
	}
	return b.enter(ctx, l, &o)
}

// otherOrder is why an order is refused whose decision has one.
const otherOrder = "another order of its decision is in the book"

// entry returns what the book says of a decision that has not ended, or nil.
func (b *Backend) entry(d evenkeel.DecisionID) *entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(b.clock.now())
	return b.entries[d]
}

// again answers an order that is in the book: what it says is put in force where that came to nothing before.
func (b *Backend) again(ctx context.Context, l *lane, e *entry) (evenkeel.Receipt, error) {
	if _, known := l.fates[e.Order.ID]; !known || l.failed != nil {
		_ = b.swap(ctx, l) // what of it failed the receipt says
	}
	return b.answer(ctx, l, e)
}

// answer is the receipt of an order in the book, of which it is noted what was said, and what had been dropped before it.
func (b *Backend) answer(ctx context.Context, l *lane, e *entry) (evenkeel.Receipt, error) {
	noted := len(e.Before)
	r, err := b.receipt(ctx, l, e)
	if err != nil {
		return r, err
	}
	if told := l.telling(e, &r); told != e.Told || len(e.Before) != noted {
		b.mu.Lock()
		defer b.mu.Unlock()
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
func (b *Backend) widen(ctx context.Context, l *lane, e *entry, assets []evenkeel.AssetID) (evenkeel.Receipt, error) {
	wide := *e
	wide.Order.Assets = assets
	if why := unfit(&wide.Order); why != "" {
		return b.says(e.Order.ID, evenkeel.ReceiptRefused, why), nil
	}
	if err := b.change(&wide); err != nil {
		return evenkeel.Receipt{}, err
	}
	_ = b.swap(ctx, l)
	return b.answer(ctx, l, &wide)
}

// enter takes a new order.
func (b *Backend) enter(ctx context.Context, l *lane, o *evenkeel.Order) (evenkeel.Receipt, error) {
	now := b.clock.now()
	e := &entry{Order: *o, Took: now, Ends: b.clock.end(o.Until, o.Until.Sub(o.From))}
	rules, fates, not, err := b.note(e, now)
	if not.Order != "" || err != nil {
		return not, err
	}
	_ = l.put(ctx, rules, fates, now) // what of it failed the receipt says
	return b.answer(ctx, l, e)
}

// note writes a new order into the book, and returns what is to be put in force then; or the receipt of one that is not taken.
func (b *Backend) note(e *entry, now evenkeel.Moment) (rules *plan.Ruleset, fates map[evenkeel.OrderID]plan.Fate, not evenkeel.Receipt, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rules, fates = b.compile(e, now)
	id := e.Order.ID
	switch f := fates[id]; {
	case b.entries[e.Order.Decision] != nil: // of another measure, just now
		return nil, nil, b.says(id, evenkeel.ReceiptRefused, otherOrder), nil
	case f.State == plan.Over:
		return nil, nil, b.says(id, evenkeel.ReceiptLapsed, f.Why), nil
	case f.State == plan.Refused:
		return nil, nil, b.tells(id, evenkeel.ReceiptRefused, &f), nil
	case len(b.entries) >= MostEntries:
		return nil, nil, b.says(id, evenkeel.ReceiptRefused, "the book of this host is full"), nil
	}
	if err := b.write(e); err != nil {
		return nil, nil, evenkeel.Receipt{}, err
	}
	b.rules = rules
	return rules, fates, evenkeel.Receipt{}, nil
}

// write puts an entry into the book, in the place of the one of its decision, and the book on the disk. After an error all is as it
// was. The lock is held.
func (b *Backend) write(e *entry) error {
	d := e.Order.Decision
	was := b.entries[d]
	if was == nil && len(b.entries) >= MostEntries {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "note what was decided by " + string(d) + ": the book of this host is full"}
	}
	b.entries[d] = e
	err := b.save()
	if err != nil {
		if b.entries[d] = was; was == nil {
			delete(b.entries, d)
		}
	}
	return err
}

// change writes an entry while nobody else changes the book.
func (b *Backend) change(e *entry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.write(e)
}

// lift ends what a decision ordered, and remembers it until its end: its order may still come.
func (b *Backend) lift(ctx context.Context, l *lane, o *evenkeel.Order, e *entry) (evenkeel.Receipt, error) {
	if e == nil || !e.Lifted {
		if why := unfit(o); why != "" {
			return b.says(o.ID, evenkeel.ReceiptRefused, why), nil
		}
		mark := entry{Order: *o, Took: b.clock.now(), Ends: b.clock.end(o.Until, o.Until.Sub(o.From))}
		if e != nil {
			mark = *e
		}
		mark.Lifted = true
		if err := b.change(&mark); err != nil {
			return evenkeel.Receipt{}, err
		}
	}
	_ = b.swap(ctx, l)
	if l.failed != nil { // of another hand it is no matter
		return evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "let go of " + string(o.Decision) + " by " + l.hand.Name(), Err: l.failed}
	}
	return b.says(o.ID, evenkeel.ReceiptLifted, ""), nil
}

// Release is the operator's hand-brake: what a decision ordered ends now, and its order is not carried out again.
// The receipt is that of its order, and is what whoever orders it again is answered. After an error it is let go of as soon as the
// hand can, and Options.Said is told then.
func (b *Backend) Release(ctx context.Context, d evenkeel.DecisionID, why string) (evenkeel.Receipt, error) {
	l, err := b.turnOf(ctx, d, evenkeel.MeasureNone)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	defer l.give()
	e := b.entry(d)
	if e == nil {
		return evenkeel.Receipt{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "release " + string(d) + ": nothing of it stands on this host"}
	}
	lift, hand := e.Order, *e
	if !hand.Lifted {
		hand.Why = "released by hand on " + b.opts.Name + ": " + why
	}
	r, err := b.lift(ctx, l, &lift, &hand)
	if r.Why = hand.Why; err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		if e := b.entries[d]; e != nil && e.Why != "" {
			e.Told, e.Over = toldLifted, cmp.Or(e.Over, r.At)
			r.At = e.Over
			_ = b.save() // what is not noted is told once more
		}
	}
	return r, err
}

// released is a receipt of what was let go of by hand, with the time at which that was: control may have been away since.
func (b *Backend) released(e *entry, r evenkeel.Receipt) evenkeel.Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.At = cmp.Or(e.Over, r.At)
	return r
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
