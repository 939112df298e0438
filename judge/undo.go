package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// undoAtOnce is how many cases one call of Do undoes; what is left is counted, and the same act
// again goes on with it.
const undoAtOnce = 256

// overhaul does what a person does about many cases: it undoes what a rule's version did, or
// pulls a switch and lifts what stands under it. Each case is a transaction of its own. Where it
// ends in the middle, the same act again goes on; once it is through, it changes nothing.
func (d *Docket) overhaul(ctx context.Context, a docket.Act, known Holder) (Heard, error) {
	if a.Kind == docket.ActUndo {
		if err := checkUndo(&a); err != nil {
			return Heard{}, err
		}
		if a.Undo.Until == 0 || a.Undo.Until > a.At {
			u := *a.Undo
			u.Until = a.At
			a.Undo = &u
		}
		if done, err := d.taken(ctx, &a); done || err != nil {
			return Heard{}, err
		}
		heard, err := d.undo(ctx, a, known)
		if err != nil || a.Undo.Dry || heard.Undone.Left > 0 {
			return heard, err
		}
		end, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
			w, err := d.house(ctx, tx, &a)
			return w, a.At, err
		})
		heard.add(end)
		return heard, err
	}
	var before Heard
	if a.Kind == docket.ActRelease { // a lot that was drawn stays drawn, whatever becomes of the act
		var err error
		if before, err = d.lateReleases(ctx, a.At); err != nil {
			return Heard{}, err
		}
	}
	heard, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		w, err := d.house(ctx, tx, &a)
		return w, a.At, err
	})
	before.add(heard)
	heard = before
	if err != nil || a.Kind != docket.ActPull || !a.Lift {
		return heard, err
	}
	a.Undo = &docket.Undo{Scope: a.Scope}
	lifted, err := d.undo(ctx, a, known)
	heard.add(lifted)
	heard.Undone = lifted.Undone
	return heard, err
}

// checkUndo says what is wrong with an undo, or nil.
func checkUndo(a *docket.Act) error {
	u := a.Undo
	switch {
	case a.ID == "" || a.At == 0 || a.By == "" || a.Says == "":
		return evenkeel.Invalid("undo %q by %q at %v; expected an id, a person, a time and a reason", a.ID, a.By, a.At)
	case u == nil || u.Rule == "" || u.Version < 1:
		return evenkeel.Invalid("it does not say what is undone; expected a rule and its version, from 1")
	case u.Until != 0 && u.Until <= u.From:
		return evenkeel.Invalid("from %s until %s; expected an end after the beginning", u.From, u.Until)
	case u.Measure != evenkeel.MeasureNone && !u.Measure.Enforced():
		return evenkeel.Invalid("measure %s; expected one that is enforced: nothing else has to be undone", u.Measure)
	}
	return nil
}

// taken says whether an act was done before.
func (d *Docket) taken(ctx context.Context, a *docket.Act) (taken bool, err error) {
	err = d.parts.Books.Transact(ctx, func(tx docket.Tx) (err error) {
		_, taken, err = again(tx, a)
		return err
	})
	return taken, err
}

// undo undoes what is meant, in order, as far as one call goes; a dry one only counts. A case
// that cannot be undone does not stop the others: what went wrong is joined in the error.
func (d *Docket) undo(ctx context.Context, a docket.Act, known Holder) (heard Heard, err error) {
	q := docket.Standing{Rule: a.Undo.Rule}
	if s := a.Undo.Scope; s != nil && s.Kind == docket.SwitchTenant {
		q.Tenant = evenkeel.TenantID(s.Key)
	} else if s != nil && s.Kind == docket.SwitchRule {
		q.Rule = s.Key
	}
	all, err := d.parts.Books.Stands(ctx, q)
	if err != nil {
		return heard, err
	}
	all = slices.DeleteFunc(all, func(x evenkeel.Decision) bool { return !a.Undo.Meant(&x) })
	slices.SortFunc(all, undoneFirst)
	cases, byCase := inCases(all)
	tally := docket.Tally{Dry: a.Undo.Dry}
	heard.Undone = &tally
	tenants, failed := map[evenkeel.TenantID]bool{}, []error(nil)
	for i, id := range cases {
		if !a.Undo.Dry {
			if i >= undoAtOnce || ctx.Err() != nil {
				tally.Left += len(byCase[id])
				continue
			}
			one, ended, err := d.undoCase(ctx, id, byCase[id], a, known)
			if err != nil {
				failed = append(failed, fmt.Errorf("undo case %s: %w", id, err))
				continue
			}
			heard.add(one)
			byCase[id] = ended
		}
		if len(byCase[id]) == 0 { // its time was up meanwhile
			continue
		}
		tally.Cases++
		tenants[byCase[id][0].Tenant] = true
		for j := range byCase[id] {
			tally.Count(&byCase[id][j], a.At)
		}
	}
	tally.Tenants = len(tenants)
	return heard, errors.Join(failed...)
}

// undoneFirst is the order in which things are undone: what keeps a tenant from the network
// before what keeps it from changing things or slows its machines, since its own customers feel that
// first; of these what harms more, by its measure and then by how many assets it is on; then what
// stands longer.
func undoneFirst(x, y evenkeel.Decision) int {
	return cmp.Or(
		cmp.Compare(network(y.Measure), network(x.Measure)), cmp.Compare(y.Measure, x.Measure), cmp.Compare(len(y.Assets), len(x.Assets)),
		cmp.Compare(x.From, y.From), cmp.Compare(x.ID, y.ID),
	)
}

// network is 1 for a measure that is on what goes over the network, else 0.
func network(m evenkeel.Measure) int {
	if m == evenkeel.MeasureThrottle || m == evenkeel.MeasureFreeze {
		return 0
	}
	return 1
}

// inCases puts decisions together by their case; the cases are in the order of their first.
func inCases(all []evenkeel.Decision) (cases []evenkeel.CaseID, byCase map[evenkeel.CaseID][]evenkeel.Decision) {
	byCase = map[evenkeel.CaseID][]evenkeel.Decision{}
	for _, x := range all {
		if byCase[x.Case] == nil {
			cases = append(cases, x.Case)
		}
		byCase[x.Case] = append(byCase[x.Case], x)
	}
	return cases, byCase
}

// undoCase undoes what is meant of one case, as it is by now, and returns what of it that was.
func (d *Docket) undoCase(ctx context.Context, id evenkeel.CaseID, meant []evenkeel.Decision, a docket.Act, known Holder) (heard Heard, ended []evenkeel.Decision, err error) {
	heard, err = d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		dossier, err := tx.DossierOf(id)
		if err != nil {
			return nil, 0, err
		}
		w, err := d.newDraft(tx, dossier)
		if err != nil {
			return nil, 0, err
		}
		for _, x := range w.dossier.Decisions { // made since, about what had waited
			if !x.State.Over() {
				a.At = max(a.At, x.At)
			}
		}
		if err := d.runOutAll(ctx, w, a.At, known); err != nil {
			return nil, 0, err
		}
		a.Case, a.Tenant, a.Family = id, dossier.Tenant, dossier.Family
		fam := d.family(a.Family)
		e, any, err := d.undone(w, a, meant)
		if err != nil || !any {
			return w, a.At, err
		}
		ended = slices.DeleteFunc(slices.Clone(meant), func(x evenkeel.Decision) bool {
			return !slices.ContainsFunc(e.Turns, func(t procedure.Turn) bool { return t.Decision == x.ID })
		})
		if err := w.acted(&a); err != nil {
			return nil, 0, err
		}
		who := by{Actor: evenkeel.Actor{Policy: w.policy, Person: a.By}, says: a.Says}
		if e.Case == evenkeel.CaseClosed {
			who.outcome = e.Outcome
		}
		return w, a.At, w.apply(e, fam, who)
	})
	return heard, ended, err
}

// undone is what follows for one case: it is cleared, where that is asked for and all that
// stands or waits in it rests on the rule's version alone; else what the rule did ends.
func (d *Docket) undone(w *draft, a docket.Act, meant []evenkeel.Decision) (procedure.Effect, bool, error) {
	fam := d.family(a.Family)
	ids := make([]evenkeel.DecisionID, len(meant))
	for i := range meant {
		ids[i] = meant[i].ID
	}
	e, any := procedure.Undo(w.dossier, a, ids, fam)
	if !any || !a.Undo.Clear || !restsOn(w.dossier.Decisions, a.Undo) || w.dossier.Case.State == evenkeel.CaseClosed {
		return e, any, nil
	}
	clear := a
	clear.Kind, clear.Outcome, clear.NoFlag = docket.ActClear, evenkeel.OutcomeFalsePositive, docket.NoFlagRuleAtFault
	e, err := procedure.Hear(w.dossier, clear, fam, policy.Earned{}, d.parts.means())
	return e, err == nil, err
}

// restsOn says whether all that stands or waits rests on findings of one version of a rule.
func restsOn(all []evenkeel.Decision, u *docket.Undo) bool {
	for i := range all {
		x := &all[i]
		if x.Mode != evenkeel.ModeLive || x.State.Over() {
			continue
		}
		if len(x.Grounds.Basis) == 0 || slices.ContainsFunc(x.Grounds.Basis, func(b evenkeel.Basis) bool { return b.Rule != u.Rule || b.Version != u.Version }) {
			return false
		}
	}
	return true
}
