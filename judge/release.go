package judge

import (
	"context"
	"errors"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Release ends what stands on assets that are not the tenant's any more, as of now: an
// address that is given to the next customer brings no measure with it. Call it with what
// changed hands, or may have.
func (d *Docket) Release(ctx context.Context, assets []evenkeel.AssetID, known Holder, now evenkeel.Moment) (heard Heard, err error) {
	var failed []error
	for _, a := range assets {
		cases, err := d.parts.Books.Naming(ctx, a)
		if err != nil {
			return heard, errors.Join(append(failed, err)...)
		}
		for _, id := range cases {
			one, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
				w, err := d.leave(ctx, tx, id, known, now)
				return w, now, err
			})
			if err != nil {
				failed = append(failed, fmt.Errorf("release %s from case %s: %w", a, id, err))
			}
			heard.add(one)
		}
	}
	return heard, errors.Join(failed...)
}

// leave lets go of all assets of a case that its tenant does not hold.
func (d *Docket) leave(ctx context.Context, tx docket.Tx, id evenkeel.CaseID, known Holder, now evenkeel.Moment) (*draft, error) {
	dossier, err := tx.DossierOf(id)
	if err != nil {
		return nil, err
	}
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, err
	}
	if err := d.runOutAll(ctx, w, now, known); err != nil {
		return nil, err
	}
	var gone []evenkeel.AssetID
	for _, x := range w.dossier.Decisions {
		if !x.State.Over() {
			gone = append(gone, notHeld(x.Assets, w.dossier.Tenant, now, known)...)
		}
	}
	fam := d.family(w.dossier.Family)
	at := now
	for _, x := range w.dossier.Decisions {
		if !x.State.Over() { // made since, about what had waited: it ends no earlier than it was made
			at = max(at, x.At)
		}
	}
	e, any := procedure.Leave(w.dossier, gone, at, fam)
	if !any {
		return w, nil
	}
	return w, w.apply(e, fam, by{Actor: w.machine()})
}

// holds says whether a tenant is known to hold an asset at a moment.
func holds(known Holder, t evenkeel.TenantID, a evenkeel.AssetID, at evenkeel.Moment) bool {
	h, ok := known.TenancyAt(a, at)
	return ok && h.Tenant == t
}

// notHeld returns those of some assets that the tenant is not known to hold at a moment.
func notHeld(assets []evenkeel.AssetID, t evenkeel.TenantID, at evenkeel.Moment, known Holder) (gone []evenkeel.AssetID) {
	for _, a := range assets {
		if !holds(known, t, a, at) {
			gone = append(gone, a)
		}
	}
	return gone
}

// held are those of some assets that the tenant is known to hold at a moment.
func held(assets []evenkeel.AssetID, t evenkeel.TenantID, at evenkeel.Moment, known Holder) (out []evenkeel.AssetID) {
	for _, a := range assets {
		if holds(known, t, a, at) {
			out = append(out, a)
		}
	}
	return out
}

// whileHeld cuts the end of a measure to where the tenant is known to give one of its assets
// back.
func whileHeld(assets []evenkeel.AssetID, from, until evenkeel.Moment, t evenkeel.TenantID, known Holder) evenkeel.Moment {
	for _, a := range assets {
		if h, ok := known.TenancyAt(a, from); ok && h.Tenant == t && h.Until > from {
			until = min(until, h.Until)
		}
	}
	return until
}
