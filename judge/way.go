package judge

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// WayCut takes in that a way to the data was tried under an order and brought nothing, while nothing
// shows that whoever carries measures out cuts it: see procedure.Cut. The lead is called, the tenant told,
// and a clock runs; it is said once, until all comes back again. KindNotFound: no such order.
func (d *Docket) WayCut(ctx context.Context, id evenkeel.OrderID, why string, now evenkeel.Moment) (Heard, error) {
	return d.tried(ctx, "take in that a way to the data is cut under order "+string(id), id, now, func(w *draft, of evenkeel.DecisionID, fam *policy.Family) (procedure.Effect, bool) {
		return procedure.Cut(w.dossier, of, fam, withoutAddresses(why), now)
	})
}

// WayOpen takes in that all came back under an order. Where it was not cut before, nothing follows.
// KindNotFound: no such order.
func (d *Docket) WayOpen(ctx context.Context, id evenkeel.OrderID, now evenkeel.Moment) (Heard, error) {
	return d.tried(ctx, "take in that the ways to the data are open under order "+string(id), id, now, func(w *draft, of evenkeel.DecisionID, _ *policy.Family) (procedure.Effect, bool) {
		return procedure.Open(w.dossier, of, now)
	})
}

// tried is what follows from a try under an order.
func (d *Docket) tried(ctx context.Context, what string, id evenkeel.OrderID, now evenkeel.Moment, f func(*draft, evenkeel.DecisionID, *policy.Family) (procedure.Effect, bool)) (Heard, error) {
	heard, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		s, err := tx.Order(id)
		if err != nil {
			return nil, now, err
		}
		dossier, err := tx.DossierOf(s.Case.ID)
		if err != nil {
			return nil, now, err
		}
		w, err := d.newDraft(tx, dossier)
		if err != nil {
			return nil, now, err
		}
		fam := d.family(dossier.Family)
		e, any := f(w, s.Order.Decision, fam)
		if !any {
			return nil, now, nil
		}
		return w, now, w.apply(e, fam, by{Actor: w.machine(), clock: true})
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return heard, err
}

// tellCut writes to the tenant that a way to its data brought nothing under a decision, and by when a
// person finds out why.
func (w *draft) tellCut(id evenkeel.DecisionID, at evenkeel.Moment, fam *policy.Family, who by) error {
	x := w.find(id)
	if x == nil || !told(x) {
		return nil
	}
	n := w.notice(x, fam, who, at)
	n.ID, n.Cut, n.Automatic = evenkeel.NewCutID(id, at), true, x.Actor.Automatic()
	for _, k := range w.dossier.Clocks {
		if k.Kind == docket.ClockWay && k.Decision == id {
			n.PersonBy = k.Due
		}
	}
	return w.send(n, who, "A notice to the tenant was written, that a way to its data is cut.")
}
