package console

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// appealView is an appeal on which nobody has decided yet.
type appealView struct {
	Against  string // what was decided, and when
	On       string
	By       string // who decided it
	Due      evenkeel.Moment
	Paused   string
	Receipts []receiptView // the oldest first
	Solo     bool          // nobody else works here: whoever took it can only end or lower it
	Own      bool          // whoever looks took part in the decision, and does not decide on the appeal
}

// receiptView is one appeal as it was taken in.
type receiptView struct {
	Number string // as the tenant knows it
	At     evenkeel.Moment
	Words  string
}

// maxReceipts is how many appeals against one decision a page shows, the newest.
const maxReceipts = 20

// appealed are the decisions of a case that were appealed against and wait, by id.
func appealed(f *docket.Folder) map[evenkeel.DecisionID]*docket.Clock {
	out := map[evenkeel.DecisionID]*docket.Clock{}
	for i := range f.Clocks {
		if k := &f.Clocks[i]; k.Kind == docket.ClockAppealAnswer && k.Ended == 0 {
			out[k.Decision] = k
		}
	}
	return out
}

// tookPart says whether a person took a decision, alone or as the second.
func tookPart(x *evenkeel.Decision, me evenkeel.PersonID) bool {
	return me != "" && (x.Actor.Person == me || x.Actor.Second == me)
}

// alone says whether one person works here, as the newest notice to the tenant has it.
func alone(f *docket.Folder) bool {
	var last *evenkeel.Notice
	for i := range f.Notices {
		if n := &f.Notices[i]; last == nil || n.At >= last.At {
			last = n
		}
	}
	return last != nil && last.Solo
}

// ownAppeals are the assets of decisions that a person took and that are appealed: about them
// somebody else decides (R5).
func ownAppeals(f *docket.Folder, me evenkeel.PersonID) map[evenkeel.AssetID]bool {
	out, waits := map[evenkeel.AssetID]bool{}, appealed(f)
	for i := range f.Decisions {
		if x := &f.Decisions[i]; waits[x.ID] != nil && tookPart(x, me) {
			for _, a := range x.Assets {
				out[a] = true
			}
		}
	}
	return out
}

// touches says whether one of some assets is among others.
func touches(assets []evenkeel.AssetID, among map[evenkeel.AssetID]bool) bool {
	return slices.ContainsFunc(assets, func(a evenkeel.AssetID) bool { return among[a] })
}

// appeals fills in what was appealed and waits, what is due first first.
func (v *caseView) appeals(f *docket.Folder, me evenkeel.PersonID) {
	waits := appealed(f)
	for i := range f.Decisions {
		x := &f.Decisions[i]
		k := waits[x.ID]
		if k == nil {
			continue
		}
		v.Appeals = append(v.Appeals, appealView{
			Against: x.Measure.String() + ", " + stateWord(x.State), On: list(x.Assets, 6), By: deciders(x), Due: k.Due, Paused: k.Paused,
			Receipts: receipts(f, x.ID, k.Started), Own: tookPart(x, me), Solo: alone(f),
		})
	}
	slices.SortStableFunc(v.Appeals, func(a, b appealView) int { return int(min(max(a.Due-b.Due, -1), 1)) })
}

// deciders says who took a decision, both where there are two.
func deciders(x *evenkeel.Decision) string {
	if x.Actor.Second != "" {
		return actorWords(x.Actor) + " and " + string(x.Actor.Second)
	}
	return actorWords(x.Actor)
}

// receipts are the appeals that were taken in since a clock runs, with the numbers that the tenant
// was given. An appeal that names no decision is against the one that its receipt names, which is
// the next line of the timeline.
func receipts(f *docket.Folder, id evenkeel.DecisionID, since evenkeel.Moment) (out []receiptView) {
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Kind != evenkeel.EntrySaid || e.State != docket.ActAppeal.String() || e.At < since {
			continue
		}
		number := docket.ReceiptOf(f.Case.ID, e.Ref)
		against := e.Decision
		for j := i + 1; j < len(f.Entries) && against == ""; j++ {
			if f.Entries[j].Ref == number {
				against = f.Entries[j].Decision
			}
		}
		if against == id {
			out = append(out, receiptView{number, e.At, e.Words})
		}
	}
	return out[max(0, len(out)-maxReceipts):]
}

// clearance is when and by whom a tenant was cleared last.
type clearance struct {
	At evenkeel.Moment
	By string // "" where it is not known here
	Of string // "this", or the family of the other case
}

// lastClearance is the newest clearance that a case knows of, in itself or in an earlier one; nil
// where there is none (F11: whoever looks next sees it first).
func lastClearance(f *docket.Folder) *clearance {
	var last *clearance
	newer := func(c clearance) {
		if last == nil || c.At > last.At {
			last = &c
		}
	}
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Kind == evenkeel.EntryActed && e.State == docket.ActClear.String() {
			newer(clearance{e.At, string(e.Actor.Person), "this"})
		}
	}
	for i := range f.Prior {
		c := &f.Prior[i]
		if c.State != evenkeel.CaseClosed || !c.Outcome.Cleared() {
			continue
		}
		by := ""
		for j := range f.Flags {
			if x := &f.Flags[j]; x.Case == c.ID && x.By.Person != "" {
				by = string(x.By.Person)
			}
		}
		newer(clearance{c.Since, by, c.Family})
	}
	return last
}
