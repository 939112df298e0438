package judge

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// house takes in what a person does about no case: a switch that is pulled or let go, a breaker
// that is closed.
func (d *Docket) house(ctx context.Context, tx docket.Tx, a *docket.Act) (*draft, error) {
	switch {
	case a.ID == "" || a.At == 0:
		return nil, evenkeel.Invalid("act %q at %v; expected an id and a time", a.ID, a.At)
	case a.By == "":
		return nil, evenkeel.Invalid("by nobody; expected the person who does it")
	case a.Says == "":
		return nil, evenkeel.Invalid("by %s without a reason; expected a sentence that says why", a.By)
	}
	keys, done, err := again(tx, a)
	if done || err != nil {
		return nil, err
	}
	if a.Kind == docket.ActAudit {
		return d.audited(ctx, tx, a, keys)
	}
	w, err := d.houseDraft(tx)
	if err != nil {
		return nil, err
	}
	w.out.Taken = append(w.out.Taken, keys...)
	switch a.Kind {
	case docket.ActPull:
		err = w.pull(a)
	case docket.ActRelease:
		err = d.release(ctx, w, a)
	case docket.ActReset:
		err = w.reset(a)
	case docket.ActPromote:
		err = w.promote(a)
	case docket.ActAccept:
		err = w.accept(a)
	default: // an undo is over: that it was done is kept
	}
	if err != nil {
		return nil, err
	}
	return w, w.sealAct(a)
}

// houseDraft is a draft about no tenant.
func (d *Docket) houseDraft(tx docket.Tx) (*draft, error) {
	return d.newDraft(tx, docket.Dossier{Tenant: docket.House})
}

// sealAct seals an act about no case.
func (w *draft) sealAct(a *docket.Act) error {
	whole, err := json.Marshal(a)
	if err == nil {
		w.leaf(ledger.OfAct(w.key, "", a.At, "", w.policy, false, whole))
	}
	return err
}

// pull pulls a switch: from the next transaction on no machine enters what it is about.
func (w *draft) pull(a *docket.Act) error {
	if a.Scope == nil {
		return evenkeel.Invalid("it does not say which switch; expected a kind and a key, or global")
	}
	if err := a.Scope.Check(); err != nil {
		return err
	}
	state, err := w.tx.Governor(docket.Asked{})
	if err != nil {
		return err
	}
	if s := governor.Pulled(state.Switches, *a.Scope); s != nil {
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%s is pulled since %s, by %s", s.Scope, s.Pulled, s.By),
			Hint: "evenkeel switch list shows it; what stands is lifted by evenkeel undo",
		}
	}
	w.out.Switches = append(w.out.Switches, docket.Switch{Scope: *a.Scope, Pulled: a.At, By: a.By, Why: a.Says, Lift: a.Lift})
	w.callHouse(procedure.Call{
		Level: docket.LevelLead, At: a.At, About: "switch " + a.Scope.String(),
		Why: fmt.Sprintf("%s pulled the switch %s: machines enter nothing under it, and two persons release it.", a.By, a.Scope),
	})
	return nil
}

// reset closes a breaker that is open.
func (w *draft) reset(a *docket.Act) error {
	state, err := w.tx.Governor(docket.Asked{Rule: a.Rule})
	switch b := &state.Breaker; {
	case err != nil:
		return err
	case a.Rule == "":
		return evenkeel.Invalid("it does not say whose breaker; expected a rule")
	case b.Tripped == 0:
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "the breaker of rule " + a.Rule + " is not open", Hint: "evenkeel switch list shows those that are"}
	}
	w.out.Breakers = append(w.out.Breakers, governor.Reset(state.Breaker, docket.Word{By: a.By, At: a.At, Why: a.Says}))
	return nil
}
