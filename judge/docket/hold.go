package docket

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Hold is the lawful order that ends a tenant's access to its data for a time; or, where Ends is set, that
// this one ends before its time.
type Hold struct {
	Authority string          `json:"authority"`
	Reference string          `json:"reference"`
	Until     evenkeel.Moment `json:"until"`
	Secret    bool            `json:"secret,omitempty"` // it forbids that the tenant is told
	Ends      bool            `json:"ends,omitempty"`   // in the place of an order: that the one in force ends now
}

// RowLawful is the ground of a decision by which access to the data is withheld, in the place of a row of
// the table of how far a machine may go: no machine comes to it, and no policy names it.
const RowLawful = "lawful order"

// PausedByOrder is why a clock does not run while access to data is withheld.
const PausedByOrder = "a lawful order withholds the data"

// Withholds says whether a decision withholds access to the data. It has no measure: it takes nothing else.
func Withholds(x *evenkeel.Decision) bool {
	return x.Grounds.Row == RowLawful && x.Measure == evenkeel.MeasureNone && x.Mode == evenkeel.ModeLive
}

// Withholding is a lawful order in force: the decision that carries it, and what it says.
type Withholding struct {
	Case     evenkeel.CaseID     `json:"case"`
	Decision evenkeel.DecisionID `json:"decision"`
	Assets   []evenkeel.AssetID  `json:"assets"`
	From     evenkeel.Moment     `json:"from"`
	Hold     Hold                `json:"hold"` // Until is the decision's, which may be earlier
}

// Told is the order as a tenant may know of it; zero where it may not.
func (w *Withholding) Told() evenkeel.Withheld {
	if w.Hold.Secret {
		return evenkeel.Withheld{}
	}
	return evenkeel.Withheld{Authority: w.Hold.Authority, Reference: w.Hold.Reference, Until: w.Hold.Until}
}

// Clause is what a decision that carries the order rests on. It is how one finds the other.
func (h *Hold) Clause() string { return fmt.Sprintf("Order %s of %s", h.Reference, h.Authority) }

// Same says whether two orders are one, by who gave it and its reference.
func (h *Hold) Same(o *Hold) bool { return h.Authority == o.Authority && h.Reference == o.Reference }

// HoldOf is the lawful order that a decision carries, as two persons agreed on it last, or nil.
func HoldOf(x *evenkeel.Decision, reviews []Review) *Hold {
	var last *Review
	for i := range reviews {
		r := &reviews[i]
		agreed := r.About == AboutHold && r.State.Over() && r.Granted && r.Hold != nil && !r.Hold.Ends
		if agreed && r.Hold.Clause() == x.Grounds.Clause && (last == nil || r.Since >= last.Since) {
			last = r
		}
	}
	if last == nil {
		return nil
	}
	return last.Hold
}

// Withholdings are the lawful orders in force among a case's decisions. An order of which the review is not
// at hand is told to nobody.
func Withholdings(decisions []evenkeel.Decision, reviews []Review) (out []Withholding) {
	for i := range decisions {
		x := &decisions[i]
		if x.State != evenkeel.InForce || !Withholds(x) {
			continue
		}
		w := Withholding{Case: x.Case, Decision: x.ID, Assets: x.Assets, From: x.From, Hold: Hold{Secret: true}}
		if h := HoldOf(x, reviews); h != nil {
			w.Hold = *h
		}
		w.Hold.Until = x.Until
		out = append(out, w)
	}
	return out
}

// Withheld are the lawful orders in force about the tenant of a dossier at a moment, in whichever case.
// There is no other way in which access to data ends: nothing else may be asked.
func (d *Dossier) Withheld(at evenkeel.Moment) []Withholding {
	all := append(Withholdings(d.Decisions, d.Reviews), d.Elsewhere...)
	return slices.DeleteFunc(all, func(w Withholding) bool { return w.Hold.Until <= at })
}

// Withheld is Dossier.Withheld of a folder.
func (f *Folder) Withheld(at evenkeel.Moment) []Withholding {
	d := Dossier{Decisions: f.Decisions, Reviews: f.Reviews, Elsewhere: f.Elsewhere}
	return d.Withheld(at)
}

// TellOf is the lawful order of which a tenant may be told: the one that ends last. Zero where there is none,
// or where each forbids it.
func TellOf(all []Withholding) (out evenkeel.Withheld) {
	for i := range all {
		if t := all[i].Told(); t.Until > out.Until {
			out = t
		}
	}
	return out
}
