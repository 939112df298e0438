package app

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// How orders in force are asked about.
const (
	mostInRound = 64   // orders that one round lists; the next goes on behind them
	mostBearing = 1000 // cases that are read at a time
	muteFor     = 3    // times that nobody answers about an order, while canaries are answered, and it is not shown
)

// under is what is known of orders in force. It is bounded: by what one round lists and what came since.
type under struct {
	todo []evenkeel.OrderID
	mute map[evenkeel.OrderID]int // how often nobody answered
	cut  map[evenkeel.OrderID]retry
}

// retry is when an order under which a way is cut is tried again, and how long after the time before.
type retry struct {
	at   evenkeel.Moment
	wait time.Duration
}

func newUnder() under {
	return under{mute: map[evenkeel.OrderID]int{}, cut: map[evenkeel.OrderID]retry{}}
}

// isCut notes that a way is cut under an order: that it is open again has to be seen soon, and one that is
// cut for days is not asked about every ten minutes.
func (u *under) isCut(id evenkeel.OrderID, now evenkeel.Moment, most time.Duration) {
	if _, known := u.cut[id]; known || len(u.cut) < mostApplied {
		wait := min(max(2*u.cut[id].wait, proveAgain), most)
		u.cut[id] = retry{now.Add(wait), wait}
	}
}

// again lists the orders that are to be tried again by now.
func (u *under) again(now evenkeel.Moment) {
	for _, id := range slices.Sorted(maps.Keys(u.cut)) {
		if u.cut[id].at <= now {
			u.add(id)
		}
	}
}

func (u *under) waits() bool { return len(u.todo) > 0 }

// add lists an order, once: receipts may say it as often as they like.
func (u *under) add(id evenkeel.OrderID) {
	if len(u.todo) < mostApplied && !slices.Contains(u.todo, id) {
		u.todo = append(u.todo, id)
	}
}

// probeNext asks about the order that waits longest.
func (p *proving) probeNext(ctx context.Context) {
	id := p.under.todo[0]
	p.under.todo = p.under.todo[1:]
	o, err := p.of.OrderOf(ctx, id)
	if err != nil || o.Lift || o.Until <= p.now() || !slices.Contains(p.declared().ToShow(), o.Measure) {
		delete(p.under.mute, id)
		delete(p.under.cut, id)
		return // it is over, or leaves every way as it is, or nobody knows it any more
	}
	if p.of.Withheld(ctx, o.Tenant) {
		delete(p.under.mute, id)
		return
	}
	one, err := p.probe(ctx, o.Measure, &o)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		p.noteOrder(nil, err)
		if len(p.under.mute) >= mostApplied {
			clear(p.under.mute)
		}
		if p.under.mute[id]++; p.under.mute[id] < muteFor {
			p.log.Warn("nobody shows that a tenant reaches its data under an order; it is asked for again", "order", id, "measure", o.Measure, "after", proveAgain, "err", err,
				"hint", cmp.Or(evenkeel.HintOf(err), "see whether the receiver answers probes that name an order, as docs/shield.md says"))
			return
		}
		one = Probed{Measure: o.Measure, Order: id, Amiss: "under " + o.Measure.String() + ", nobody answered"}
	case one.Amiss == "":
		delete(p.under.mute, id)
		delete(p.under.cut, id)
		p.noteOrder(&one, nil)
		p.entered(ctx, id, p.of.Open(ctx, id))
		return
	}
	if p.of.Withheld(ctx, o.Tenant) { // since it was asked
		return
	}
	p.noteOrder(&one, nil)
	p.cutOff(ctx, &o, &one)
}

// cutOff is what follows where a tenant's way to its data is cut under an order. Canaries are tried at
// once: no tenant reaches those, so what they show is whoever carries measures out, and a matter of all
// (settle). What only tenants show, however many, is a matter of each: it may be their own machines, and who
// breaks its own must end nothing, neither for others nor for itself (property G). People find out which.
func (p *proving) cutOff(ctx context.Context, o *evenkeel.Order, one *Probed) {
	p.under.isCut(o.ID, p.now(), p.every)
	if p.control(ctx, o.Measure); !p.counts(o.Measure) || ctx.Err() != nil {
		p.quiet, p.looked = 0, 0 // all that needs a proof steps down, this too
		return
	}
	p.log.Error("a tenant does not reach its data under an order, and canaries do not show the same: the lead is called to find out why", "order", o.ID, "measure", o.Measure, "tenant", o.Tenant, "amiss", one.Amiss,
		"hint", "look at the ways to the data of its assets; where it is the tenant's own machine, evenkeel case uphold says so, else lower or lift it")
	p.entered(ctx, o.ID, p.of.Cut(ctx, o.ID, one.Amiss))
}

// control tries canaries: all of them, or, where that was not long ago, one under a measure.
func (p *proving) control(ctx context.Context, m evenkeel.Measure) {
	if p.now() >= p.proof().Tried.Add(proveAgain) {
		p.canaries(ctx)
		return
	}
	switch one, err := p.probe(ctx, m, nil); {
	case err != nil:
		p.again()
	case one.Amiss != "":
		p.note([]Probed{one})
	}
}

// entered says where what a probe has shown could not be taken in.
func (p *proving) entered(ctx context.Context, id evenkeel.OrderID, err error) {
	if err != nil && ctx.Err() == nil {
		p.log.Error("what was shown of an order cannot be taken in; it is tried again", "order", id, "err", err,
			"hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written; where a way is cut, lift it by hand"))
		p.again() // with the next round
	}
}

// openCanary makes whoever has the ways to the data shown; on paper nothing has to be.
func (h *house) openCanary() {
	carrier := h.parts.Config.Carrier()
	h.canary = newCanary(h.hands, &carrier, h.path(fileProof), h.now, h.parts.Log)
	if !h.hands.paper {
		h.canary.tellHands()
	}
}

// prove is the loop.
func (h *house) prove(ctx context.Context) error { return h.canary.Run(ctx, &borne{house: h}) }

// borne is the house as the loop has it.
type borne struct {
	*house
	after evenkeel.CaseID // the last case of which orders were named
}

func (b *borne) OrderOf(ctx context.Context, id evenkeel.OrderID) (evenkeel.Order, error) {
	return b.books.OrderOf(ctx, id)
}

// Down has every case step down in which something stands that is not shown to leave a way to the data,
// closed ones too. One that cannot stops no other.
func (b *borne) Down(ctx context.Context, why string) (cases int, err error) {
	var failed []error
	for id, err := range bearing(ctx, b.books) {
		if err != nil {
			return cases, errors.Join(append(failed, err)...)
		}
		heard, err := b.judge.Unshown(ctx, id, why, b.now())
		if err != nil && len(failed) < 8 { // more say no more
			failed = append(failed, err)
		}
		cases += len(heard.Changes)
	}
	return cases, errors.Join(failed...)
}

// bearing are the cases in which something is in force, from books that name so many at a time; after an error, or where ctx
// has ended by the end of a page, no more come.
func bearing(ctx context.Context, books interface {
	Bearing(ctx context.Context, after evenkeel.CaseID, most int) ([]evenkeel.CaseID, error)
}) iter.Seq2[evenkeel.CaseID, error] {
	return func(yield func(evenkeel.CaseID, error) bool) {
		for after := evenkeel.CaseID(""); ; {
			ids, err := books.Bearing(ctx, after, mostBearing)
			if err != nil {
				yield("", err)
				return
			}
			for _, id := range ids {
				if after = id; !yield(id, nil) {
					return
				}
			}
			if len(ids) < mostBearing || ctx.Err() != nil {
				return
			}
		}
	}
}

func (b *borne) Cut(ctx context.Context, id evenkeel.OrderID, why string) error {
	_, err := b.judge.WayCut(ctx, id, why, b.now())
	return err
}

func (b *borne) Open(ctx context.Context, id evenkeel.OrderID) error {
	_, err := b.judge.WayOpen(ctx, id, b.now())
	return err
}

// Applied names orders of what is in force, case by case, from where it stopped the last time.
func (b *borne) Applied(ctx context.Context) (out []evenkeel.OrderID, err error) {
	ids, err := b.books.Bearing(ctx, b.after, mostInRound)
	if err == nil && len(ids) < mostInRound && b.after != "" { // and from the beginning
		var more []evenkeel.CaseID
		more, err = b.books.Bearing(ctx, "", mostInRound-len(ids))
		ids = append(ids, more...)
	}
	for _, id := range ids {
		f, err := b.books.Folder(ctx, id)
		if err != nil {
			return out, err
		}
		out, b.after = append(out, inForceOf(&f)...), id
	}
	return out, err
}

// inForceOf are the orders of a case that somebody carries out, or may.
func inForceOf(f *docket.Folder) (out []evenkeel.OrderID) {
	stands := map[evenkeel.DecisionID]bool{}
	for i := range f.Decisions {
		x := &f.Decisions[i]
		stands[x.ID] = x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive && x.Measure.Enforced()
	}
	for i := range f.Dispatches {
		d := &f.Dispatches[i]
		at := slices.IndexFunc(f.Orders, func(o evenkeel.Order) bool { return o.ID == d.Order })
		if at >= 0 && stands[f.Orders[at].Decision] && !f.Orders[at].Lift && d.Over != 0 && !d.Undone() {
			out = append(out, d.Order)
		}
	}
	return out
}
