package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// by is who brought a decision into its state, and what they gave as the reason.
type by struct {
	evenkeel.Actor
	says  string
	clock bool // nobody did: a clock ran out
	// outcome is that of the case which it closes, allowed the end of the flag that it grants.
	outcome evenkeel.Outcome
	allowed evenkeel.Moment
}

func (b by) entry() evenkeel.EntryKind {
	if b.clock {
		return evenkeel.EntryClock
	}
	return evenkeel.EntryDecided
}

// order puts the order to enforce a decision that takes effect into the outbox. What params
// says goes before what the family's terms say.
func (w *draft) order(x *evenkeel.Decision, fam *policy.Family, params map[string]string) {
	if x.Mode != evenkeel.ModeLive || x.State != evenkeel.InForce || !x.Measure.Enforced() {
		return
	}
	o := evenkeel.Order{
		ID: evenkeel.NewOrderID(x.ID, false), Decision: x.ID, Tenant: x.Tenant, Measure: x.Measure, Assets: x.Assets,
		From: x.From, Until: x.Until, Params: map[string]string{},
	}
	for _, m := range []map[string]string{fam.Terms[x.Measure].Params, params} {
		for k, v := range m {
			o.Params[k] = v
		}
	}
	w.out.Orders = append(w.out.Orders, o)
}

// lift puts the order to let go into the outbox. Nodes let go by themselves at the end; they
// are told all the same, so that a missing receipt shows.
func (w *draft) lift(x *evenkeel.Decision) {
	if x.Mode != evenkeel.ModeLive || !x.Measure.Enforced() {
		return
	}
	w.out.Orders = append(w.out.Orders, evenkeel.Order{
		ID: evenkeel.NewOrderID(x.ID, true), Decision: x.ID, Tenant: x.Tenant, Measure: x.Measure, Assets: x.Assets,
		From: x.From, Until: x.Until, Lift: true,
	})
}

// told says whether the tenant has to know of a decision in its state: when it takes effect
// or is about to, when a person ended it, and when an enforced or announced measure is over.
func told(x *evenkeel.Decision) bool {
	if x.Mode != evenkeel.ModeLive || x.Measure == evenkeel.MeasureNone {
		return false
	}
	switch x.State {
	case evenkeel.InForce, evenkeel.Held, evenkeel.Lifted:
		return true
	case evenkeel.Lapsed, evenkeel.Refused:
		return x.Measure.Enforced()
	default:
		return false
	}
}

// always is what a tenant keeps under any measure: property D of the house.
const always = "reading, exporting and backing up your data"

// tell puts the notice about a decision's state into the outbox.
func (w *draft) tell(x *evenkeel.Decision, fam *policy.Family, who by) error {
	if !told(x) {
		return nil
	}
	n := evenkeel.Notice{
		ID: evenkeel.NewNoticeID(x.ID, x.State), Case: x.Case, Decision: x.ID, Tenant: x.Tenant, Family: x.Family, At: x.At,
		State: x.State, Measure: x.Measure, Assets: x.Assets, From: x.From, Until: x.Until,
		Clause: x.Grounds.Clause, Policy: w.policy, Automatic: who.Automatic(), Says: who.says, Outcome: who.outcome, Allowed: who.allowed,
		Keeps: slices.Clone(fam.Terms[x.Measure].Keeps), Appeal: x.At.Add(fam.Clocks.Appeal),
	}
	n.Seen, n.Since = seen(x)
	if len(n.Keeps) == 0 {
		n.Keeps = []string{always}
	}
	if !x.State.Over() {
		n.AnswerBy, n.PersonBy = x.At.Add(fam.Clocks.TenantAnswer), x.At.Add(fam.Clocks.OurAnswer)
	}
	if x.State == evenkeel.Held { // an answer after it has begun would come too late
		n.AnswerBy = x.From
	}
	if err := n.Check(); err != nil {
		return err
	}
	w.out.Notices = append(w.out.Notices, n)
	w.note(evenkeel.Entry{At: x.At, Kind: evenkeel.EntryToldTo, Actor: who.Actor, Says: "A notice to the tenant was written.", Ref: string(n.ID), Decision: x.ID})
	return nil
}

// seen returns the terms that a decision rests on and that say something, and since when.
func seen(x *evenkeel.Decision) (terms []evenkeel.Term, since evenkeel.Moment) {
	for _, b := range x.Grounds.Basis {
		for _, t := range b.Terms {
			if t.Says != "" {
				terms = append(terms, t)
			}
		}
		if since == 0 || b.From < since {
			since = b.From
		}
	}
	return terms, since
}
