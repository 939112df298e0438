package judge

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// means are those of whoever carries measures out, as they are at this moment.
func (p *Parts) means() procedure.Means {
	m := p.Means
	if p.Shown != nil {
		m.Proven = m.Declared && p.Shown()
	}
	if p.Unshown != nil {
		m.Unshown = p.Unshown()
	}
	return m
}

// Unshown steps down what stands in a case and leaves the tenant no way to its data that is shown at this
// moment (property D), and calls whoever is on call. why is what was found amiss, a sentence's end.
// Where nothing of that kind stands, nothing follows; so twice is once. KindNotFound: no such case.
func (d *Docket) Unshown(ctx context.Context, id evenkeel.CaseID, why string, now evenkeel.Moment) (Heard, error) {
	heard, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		w, err := d.unshown(tx, id, why, now)
		return w, now, err
	})
	if err != nil {
		err = fmt.Errorf("step down what closes ways to the data in case %s: %w", id, err)
	}
	return heard, err
}

// unshown is what follows in a case; nil where nothing does.
func (d *Docket) unshown(tx docket.Tx, id evenkeel.CaseID, why string, now evenkeel.Moment) (*draft, error) {
	dossier, err := tx.DossierOf(id)
	if err != nil {
		return nil, err
	}
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, err
	}
	fam := d.family(dossier.Family)
	e, any := procedure.Unshown(w.dossier, fam, d.parts.means(), withoutAddresses(why), now)
	if !any {
		return nil, nil
	}
	return w, w.apply(e, fam, by{Actor: w.machine(), clock: true})
}

// hearsInVain says what follows where a hearing is over next about what may not be entered by now: it
// was held while the way to the data was shown, and it is not shown any more.
func (d *Docket) hearsInVain(w *draft, until evenkeel.Moment, fam *policy.Family) (procedure.Effect, bool) {
	x, k := w.hearingOver(until)
	if x == nil {
		return procedure.Effect{}, false
	}
	return procedure.NotEntered(w.dossier, k, fam, d.parts.means())
}
