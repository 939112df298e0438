package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// rowAccount is the row of the law for what is account-wide.
const rowAccount = "above isolate, or account-wide"

// accountWide says whether a measure that cuts machines off would, with what stands in any of
// the tenant's cases, be on everything of the kind that the tenant holds: a lock of the account by
// instalments, under one family of rules or under several. Who holds a single machine has no
// account beside it; the account itself is all of it. Where more is held than is looked at, what
// is looked at counts for all.
func (w *draft) accountWide(m evenkeel.Measure, assets []evenkeel.AssetID, at evenkeel.Moment, known Holder) (bool, error) {
	if !docket.CutsOff(m) {
		return false, nil
	}
	all := w.runs(assets, at, known)
	if all == nil {
		return true, nil
	}
	if len(all) < 2 {
		return false, nil
	}
	left := map[evenkeel.AssetID]bool{}
	for _, a := range all {
		left[a] = true
	}
	cut := func(assets []evenkeel.AssetID) {
		for _, a := range assets {
			delete(left, a)
		}
	}
	cut(assets)
	cut(cutOff(w.dossier.Decisions))
	other, err := w.tx.CutOff(w.dossier.Tenant, w.caseID())
	if err != nil {
		return false, err
	}
	cut(other)
	return len(left) == 0, nil
}

// runs is what the tenant holds at a moment of the kinds of some assets: machines, with pods and those of which
// nobody said what they are; or namespaces, domains and so on. Nil: one of them is its account.
func (w *draft) runs(assets []evenkeel.AssetID, at evenkeel.Moment, known Holder) []evenkeel.AssetID {
	kinds := map[evenkeel.AssetKind]bool{}
	for _, a := range assets {
		kind := evenkeel.AssetVM
		if h, ok := known.TenancyAt(a, at); ok {
			kind = kindOf(h)
		}
		kinds[kind] = true
	}
	if kinds[evenkeel.AssetAccount] {
		return nil
	}
	out := []evenkeel.AssetID{}
	for _, h := range known.HeldBy(w.dossier.Tenant, at, mostHeld) {
		if kinds[kindOf(h)] {
			out = append(out, h.Asset)
		}
	}
	return out
}

// kindOf is the kind of what is held, where all that runs is one: a machine of which only its making was told, too.
func kindOf(h *evenkeel.Holding) evenkeel.AssetKind {
	if h.Kind == 0 || h.Kind == evenkeel.AssetPod {
		return evenkeel.AssetVM
	}
	return h.Kind
}

// tellRuns gives the books what the tenant runs, where something takes effect that cuts off: they hold by
// themselves that what is account-wide takes two.
func (w *draft) tellRuns() {
	if w.known == nil {
		return
	}
	for i := range w.out.Decisions {
		if x := &w.out.Decisions[i]; x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce && docket.CutsOff(x.Measure) {
			all := append(w.runs(x.Assets, x.At, w.known), w.out.Runs...)
			slices.Sort(all)
			w.out.Runs = slices.Compact(all)
		}
	}
}

// caseID is the id of the draft's case, "" where there is none.
func (w *draft) caseID() evenkeel.CaseID {
	if w.dossier.Case == nil {
		return ""
	}
	return w.dossier.Case.ID
}

// cutOff are the assets that a machine or a person has cut off, or soon will.
func cutOff(all []evenkeel.Decision) (out []evenkeel.AssetID) {
	for i := range all {
		if x := &all[i]; docket.Cutting(x) {
			out = append(out, x.Assets...)
		}
	}
	return out
}

// notAlone puts a question to a person in the place of a ruling that would be account-wide.
func (d *Docket) notAlone(w *draft, p policy.Proposal, f *evenkeel.Finding, r procedure.Ruling, known Holder) (policy.Proposal, procedure.Ruling, error) {
	if r.Verdict != procedure.Enter && r.Verdict != procedure.Hold {
		return p, r, nil
	}
	wide, err := w.accountWide(r.Measure, r.Assets, f.At, known)
	if err != nil || !wide {
		return p, r, err
	}
	p.Row = rowAccount
	return p, procedure.AccountWide(w.dossier, p, f, d.parts.means(), r), nil
}

// heardWide says what follows where a hearing is over next, about what would by now be account-wide: others of the
// tenant's machines were given back meanwhile, or cut off.
func (w *draft) heardWide(until evenkeel.Moment, known Holder, fam *policy.Family) (procedure.Effect, bool, error) {
	x, k := w.hearingOver(until)
	if x == nil || x.State != evenkeel.Held {
		return procedure.Effect{}, false, nil
	}
	wide, err := w.accountWide(x.Measure, x.Assets, k.Due, known)
	if err != nil || !wide {
		return procedure.Effect{}, false, err
	}
	return procedure.HeardWide(w.dossier, k, fam), true, nil
}

// mayApprove holds what a person lets take effect to what a person may do alone, and to what
// the tenant still holds.
func (w *draft) mayApprove(e *procedure.Effect, known Holder) error {
	for i := range e.Instead {
		x := &e.Instead[i]
		old := w.find(x.Of)
		if old == nil || !x.Measure.Enforced() {
			continue
		}
		gone := notHeld(old.Assets, w.dossier.Tenant, x.At, known)
		left := slices.DeleteFunc(slices.Clone(old.Assets), func(a evenkeel.AssetID) bool { return slices.Contains(gone, a) })
		if len(left) == 0 {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: string(old.ID) + ": the tenant does not hold " + names(gone) + " any more",
				Hint: "refuse the decision, or close the case",
			}
		}
		if len(gone) > 0 {
			x.Assets = left
		}
		wide, err := w.accountWide(x.Measure, left, x.At, known)
		switch {
		case err != nil:
			return err
		case old.State != evenkeel.InForce && wide:
			return &evenkeel.Error{
				Kind: evenkeel.KindDenied, Says: string(old.ID) + ": " + x.Measure.String() + " would be on all that the tenant runs; what is account-wide takes two persons",
				Hint: "approve it with a lower measure, or propose it to a second person",
			}
		}
		x.Until = whileHeld(left, x.At, x.Until, w.dossier.Tenant, known)
	}
	return nil
}

// isolatedElsewhere says that the same person isolated some of it not long ago in another case
// of the tenant's, which procedure does not see: closing a case, or another family of rules,
// does not begin the four hours anew.
func (w *draft) isolatedElsewhere(tx docket.Tx, a *docket.Act, e *procedure.Effect) error {
	for i := range e.Instead {
		x := &e.Instead[i]
		old := w.find(x.Of)
		if old == nil || x.Measure != evenkeel.MeasureIsolate || x.Says == "" {
			continue
		}
		assets := old.Assets
		if x.Assets != nil {
			assets = x.Assets
		}
		for _, c := range w.dossier.Prior {
			other, err := tx.DossierOf(c.ID)
			if err != nil {
				return err
			}
			if y := docket.IsolatedBy(other.Decisions, a.By, assets, a.At); y != nil {
				return &evenkeel.Error{
					Kind: evenkeel.KindDenied, Hint: "let another person do it, where there is one; else choose a lower measure, or let what stands run to its end",
					Says: fmt.Sprintf("%s: %s isolated some of it at %s already, in case %s (%s)", x.Of, a.By, y.From, c.ID, y.ID),
				}
			}
		}
	}
	return nil
}

func names(assets []evenkeel.AssetID) string {
	out := make([]string, len(assets))
	for i, a := range assets {
		out[i] = string(a)
	}
	return strings.Join(out, ", ")
}
