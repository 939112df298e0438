package judge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// by is who brought a decision into its state, and what they gave as the reason.
type by struct {
	evenkeel.Actor
	says  string
	clock bool // nobody did: a clock ran out
	vain  bool // what was appealed is left as it was, or goes further
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

// numbers are the params of a decision's measure: the envelope of a flag, which takes the place of all of the family's, since what
// was announced is held to nothing else; or what the family says about what was found.
func numbers(x *evenkeel.Decision, fam *policy.Family, envelope map[string]string) map[string]string {
	switch {
	case !x.Measure.Enforced() || docket.Withholds(x):
		return nil
	case envelope != nil:
		return maps.Clone(envelope)
	}
	return fam.ParamsOf(x.Measure, x.Grounds.Basis)
}

// order puts the order to enforce a decision that takes effect into the outbox.
func (w *draft) order(x *evenkeel.Decision, fam *policy.Family) {
	if x.Mode != evenkeel.ModeLive || x.State != evenkeel.InForce || !ordersFor(x) {
		return
	}
	o := evenkeel.Order{
		ID: evenkeel.NewOrderID(x.ID, false), Decision: x.ID, Tenant: x.Tenant, Measure: x.Measure, Assets: x.Assets,
		From: x.From, Until: x.Until, Params: map[string]string{}, Data: dataOf(x),
	}
	if o.Data != "" { // it takes nothing else, whatever the policy says of no measure
		o.Params = nil
		w.out.Orders = append(w.out.Orders, o)
		return
	}
	if x.Params == nil { // it was made by an older program, which kept none
		x.Params = numbers(x, fam, nil)
	}
	maps.Copy(o.Params, x.Params)
	if flows := flowsOf(x); o.Measure == evenkeel.MeasureDropFlow && flows != "" {
		o.Params["flows"] = flows
	}
	w.out.Orders = append(w.out.Orders, o)
}

// flowsOf names the ends of the flows that the findings under a decision named, as a drop-flow
// order does: protocol/address/port, divided by commas.
func flowsOf(x *evenkeel.Decision) string {
	var flows []string
	for _, b := range x.Grounds.Basis {
		for _, a := range b.Aims {
			if f := fmt.Sprintf("%s/%s/%d", a.Protocol, a.Address, a.Port); len(flows) < mostFlows && !slices.Contains(flows, f) {
				flows = append(flows, f)
			}
		}
	}
	return strings.Join(flows, ",")
}

// mostFlows is how many flows one order cuts.
const mostFlows = 2 * evenkeel.MaxAims

// lift puts the order to let go into the outbox. Nodes let go by themselves at the end; they
// are told all the same, so that a missing receipt shows.
func (w *draft) lift(x *evenkeel.Decision) {
	if x.Mode != evenkeel.ModeLive || !ordersFor(x) {
		return
	}
	w.out.Orders = append(w.out.Orders, evenkeel.Order{
		ID: evenkeel.NewOrderID(x.ID, true), Decision: x.ID, Tenant: x.Tenant, Measure: x.Measure, Assets: x.Assets,
		From: x.From, Until: x.Until, Lift: true, Data: dataOf(x),
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

// wasTold says whether the tenant knows of a decision by a notice: of its state, or of one that
// it came through.
func wasTold(x *evenkeel.Decision) bool {
	return told(x) || x.Mode == evenkeel.ModeLive && x.State == evenkeel.Lapsed && x.Measure != evenkeel.MeasureNone
}

// always is what a tenant keeps under any measure: property D of the house.
const always = "reading, exporting and backing up your data"

// tell puts the notice about a decision's state into the outbox.
func (w *draft) tell(x *evenkeel.Decision, fam *policy.Family, who by) error {
	if docket.Withholds(x) {
		return w.tellWithheld(x, fam, who)
	}
	if !told(x) {
		return nil
	}
	n := w.notice(x, fam, who, x.At)
	n.ID = evenkeel.NewNoticeID(x.ID, x.State)
	if x.State == evenkeel.Held { // an answer after it has begun would come too late
		n.AnswerBy = earlier(n.AnswerBy, x.From)
	}
	var err error
	if n.Beside, err = w.beside(x, x.At); err != nil {
		return err
	}
	n.Announced = w.earlierThan(x)
	if x.State.Over() { // what never was is not let go
		if n.Undone, err = w.undone(x); err != nil {
			return err
		}
	}
	return w.send(n, who, "A notice to the tenant was written.")
}

// tellClosed puts the notice that the case was closed, and how, into the outbox, where the
// tenant was written to before: whoever was asked learns how it ended, also where nothing is in
// force any more, or what is in force stays. It is about the highest of what is in force, and
// of what is not carried out only where there is nothing else; where nothing is in force, about
// all that was found, under what was told last.
func (w *draft) tellClosed(fam *policy.Family, who by) error {
	c := w.dossier.Case
	if slices.ContainsFunc(w.out.Notices, func(n evenkeel.Notice) bool {
		return n.Case == c.ID && n.At == c.Since && n.Outcome == c.Outcome
	}) {
		return nil // the notice of what ended by it says so
	}
	var about *evenkeel.Decision
	undone, failed := false, false // nobody carried about out; and it is in force
	for i := range w.dossier.Decisions {
		x := &w.dossier.Decisions[i]
		if !wasTold(x) {
			continue
		}
		never, err := w.undone(x)
		if err != nil {
			return err
		}
		fails := never && x.State == evenkeel.InForce
		if about == nil || fails == failed && outranks(x, about) || !fails && failed {
			about, undone, failed = x, never, fails
		}
	}
	if about == nil {
		return nil
	}
	x := *about
	if x.State != evenkeel.InForce && len(c.Assets) > 0 && !undone { // of the others, it may have been
		x.Assets = slices.Clone(c.Assets)
	}
	who.outcome = c.Outcome
	n := w.notice(&x, fam, who, c.Since)
	n.ID, n.AnswerBy = evenkeel.NewClosingID(c.ID, c.Since), 0 // nothing is asked any more
	n.Undone = undone
	return w.send(n, who, "A notice to the tenant was written, that the case was closed.")
}

// outranks says whether a closing notice is about x rather than y: what is in force goes
// first, and of that the highest; then what was decided later.
func outranks(x, y *evenkeel.Decision) bool {
	switch stands := x.State == evenkeel.InForce; {
	case stands != (y.State == evenkeel.InForce):
		return stands
	case stands && x.Measure != y.Measure:
		return x.Measure > y.Measure
	}
	return x.At >= y.At
}

// notice is the notice about a decision as it is at a moment.
func (w *draft) notice(x *evenkeel.Decision, fam *policy.Family, who by, at evenkeel.Moment) evenkeel.Notice {
	n := evenkeel.Notice{
		Case: x.Case, Decision: x.ID, Tenant: x.Tenant, Family: x.Family, At: at,
		State: x.State, Measure: x.Measure, Assets: x.Assets, From: x.From, Until: x.Until,
		Clause: x.Grounds.Clause, Policy: w.policy, Automatic: who.Automatic(), Says: who.says, Outcome: who.outcome, Allowed: who.allowed,
		Keeps: slices.Clone(fam.Terms[x.Measure].Keeps), Appeal: procedure.AppealUntil(&w.dossier, x, fam, at),
	}
	n.Undecided = x.State.Over() && w.undecided()
	w.noAppeal(&n, x)
	n.Help, n.PassOn = w.helps(x, fam, who.outcome), policy.PassesOn(x)
	n.Seen, n.Since, n.Measured = seen(x)
	if len(n.Seen) == 0 && n.Says == "" { // what rests on a person's reason alone ends with it too
		n.Says = x.Grounds.Says
	}
	if len(n.Keeps) == 0 {
		n.Keeps = []string{always}
	}
	if all := w.dossier.Withheld(at); len(all) > 0 { // what a policy says is kept is not so of data now
		n.Keeps, n.Withheld = []string{keptMeanwhile}, docket.TellOf(all)
	}
	if w.effect != nil && who.Person != "" {
		n.Appealed, n.Upheld = appealedAt(w.effect, who.outcome), who.vain
	}
	if who.outcome.Cleared() {
		n.Appeal, n.LastAppeal = 0, false // nothing is left to appeal against
	}
	if n.Upheld = n.Upheld && n.Appealed != 0; !x.State.Over() {
		n.AnswerBy = w.answerBy(x, fam, at)
		n.PersonBy = cmp.Or(w.due(docket.ClockOurAnswer, at), at.Add(fam.Clocks.OurAnswer))
	}
	if n.Upheld && len(w.announced(x, at)) == 0 {
		n.AnswerBy = 0 // it answers the tenant, and asks nothing
	}
	return n
}

// answerBy is by when the tenant is asked to answer, as its page and the clock say: nothing is
// asked again of who has answered.
func (w *draft) answerBy(x *evenkeel.Decision, fam *policy.Family, at evenkeel.Moment) (due evenkeel.Moment) {
	defer func() {
		for _, b := range w.announced(x, at) { // the earliest is what matters
			due = earlier(due, b.From)
		}
	}()
	due = w.due(docket.ClockTenantAnswer, at)
	if due == 0 && w.dossier.Case.Spoke == 0 {
		var found []evenkeel.Term
		for _, b := range x.Grounds.Basis {
			found = append(found, b.Terms...)
		}
		return at.Add(fam.Clocks.AnswerTo(found))
	}
	return due
}

// earlier is the first of two moments, of which 0 is none.
func earlier(a, b evenkeel.Moment) evenkeel.Moment {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// send puts a notice into the outbox and into the timeline.
func (w *draft) send(n evenkeel.Notice, who by, says string) (err error) {
	if n.Solo, err = w.solo(); err != nil {
		return err
	}
	if n.AppealReceipt, err = w.receiptAt(n.Appealed); err != nil {
		return err
	}
	if x := w.find(n.Decision); x != nil && n.Measure.Enforced() && !n.State.Over() && !n.Undone {
		n.Params = phrasebook.Numbers(x.Params)
	}
	if err := n.Check(); err != nil {
		return err
	}
	w.out.Notices = append(w.out.Notices, n)
	w.note(evenkeel.Entry{At: n.At, Kind: evenkeel.EntryToldTo, Actor: who.Actor, Says: says, Ref: string(n.ID), Decision: n.Decision})
	return nil
}

// seen returns the terms that a decision rests on and that say something, since when, and until when their numbers were taken.
func seen(x *evenkeel.Decision) (terms []evenkeel.Term, since, until evenkeel.Moment) {
	for _, b := range x.Grounds.Basis {
		for _, t := range b.Terms {
			if t.Says != "" {
				terms = append(terms, t)
			}
		}
		if since == 0 || b.From < since {
			since = b.From
		}
		until = max(until, b.Until)
	}
	return terms, since, until
}
