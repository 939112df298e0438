package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// How orders in force are asked about.
const (
	mostInRound = 64   // orders that one round lists; the next goes on behind them
	mostBearing = 1000 // cases that are read at a time
	muteFor     = 3    // times that nobody answers about an order, while canaries are answered, and it is not shown
	mostCut     = 3    // tenants in a row whose way is cut, and the backend is not believed, however well canaries are
)

// under is what is known of orders in force. It is bounded: by what one round lists and what came since.
type under struct {
	todo []evenkeel.OrderID
	mute map[evenkeel.OrderID]int   // how often nobody answered
	cut  map[evenkeel.TenantID]bool // whose ways were cut since one was open
}

func newUnder() under {
	return under{mute: map[evenkeel.OrderID]int{}, cut: map[evenkeel.TenantID]bool{}}
}

func (u *under) waits() bool { return len(u.todo) > 0 }

// add lists an order, once: receipts may say it as often as they like.
func (u *under) add(id evenkeel.OrderID) {
	if len(u.todo) < mostApplied && !slices.Contains(u.todo, id) {
		u.todo = append(u.todo, id)
	}
}

// probeNext asks about the order that waits longest. What is amiss under one order is a matter of its own
// tenant, whose measure steps down: a tenant who can break its own ways must not be able to end what stands
// against others. It is a matter of all where a canary shows the same, or where one tenant after the
// other is cut.
func (p *proving) probeNext(ctx context.Context) {
	id := p.under.todo[0]
	p.under.todo = p.under.todo[1:]
	o, err := p.of.OrderOf(ctx, id)
	if err != nil || o.Lift || o.Until <= p.now() || !slices.Contains(p.declared().ToShow(), o.Measure) {
		delete(p.under.mute, id)
		return // it is over, or leaves every way as it is, or nobody knows it any more
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
		clear(p.under.cut)
		p.noteOrder(&one, nil)
		return
	}
	p.noteOrder(&one, nil)
	p.cutOff(ctx, &o, &one)
}

// cutOff is what follows where a tenant's way to its data is cut under an order.
func (p *proving) cutOff(ctx context.Context, o *evenkeel.Order, one *Probed) {
	p.log.Error("a tenant does not reach its data under an order: what it enforces steps down", "order", o.ID, "measure", o.Measure, "tenant", o.Tenant, "amiss", one.Amiss,
		"hint", "look at the ways to the data of its assets, then evenkeel shield probe")
	if err := p.of.DownOf(ctx, o.ID, one.Amiss); err != nil && ctx.Err() == nil {
		p.log.Error("what an order enforces cannot step down; it is tried again", "order", o.ID, "err", err,
			"hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written; lift it by hand"))
		p.again() // with the next round
	}
	if p.under.cut[o.Tenant] = true; len(p.under.cut) >= mostCut {
		clear(p.under.cut)
		p.distrust(fmt.Sprintf("under %s, the ways of %d tenants in a row brought nothing", o.Measure, mostCut))
		return
	}
	if canary, err := p.probe(ctx, o.Measure, nil); err == nil && canary.Amiss != "" {
		p.note([]Probed{canary}, nil)
	}
}

// openCanary makes whoever has the ways to the data shown; on paper nothing has to be.
func (h *house) openCanary() {
	h.canary = newCanary(h.hands, &h.parts.Config.Shield.Webhook, h.path(fileProof), h.now, h.parts.Log)
	if h.hands.receiver != nil {
		h.hands.shown = h.canary.proven
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
	for after := evenkeel.CaseID(""); ; {
		ids, err := b.books.Bearing(ctx, after, mostBearing)
		if err != nil {
			return cases, errors.Join(append(failed, err)...)
		}
		for _, id := range ids {
			heard, err := b.judge.Unshown(ctx, id, why, b.now())
			if err != nil && len(failed) < 8 { // more say no more
				failed = append(failed, err)
			}
			cases += len(heard.Changes)
			after = id
		}
		if len(ids) < mostBearing || ctx.Err() != nil {
			return cases, errors.Join(failed...)
		}
	}
}

func (b *borne) DownOf(ctx context.Context, id evenkeel.OrderID, why string) error {
	_, err := b.judge.UnshownOrder(ctx, id, why, b.now())
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
