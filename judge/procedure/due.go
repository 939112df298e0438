package procedure

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// expiry is one clock that ran out, and what follows from it so far.
type expiry struct {
	d   *docket.Dossier
	k   docket.Clock
	fam *policy.Family // nil where the policy says nothing about the family
	e   Effect

	flooding bool // a limit stays, because what it keeps from others is still measured
}

// Due lets the first clock of the dossier run out that is due at or before until, and says
// what follows, dated when it was due. False where none is. A clock that is paused does not
// run out. The clock that did is among those that the effect stops, so asking again comes to
// an end.
func Due(d docket.Dossier, until evenkeel.Moment, fam *policy.Family) (Effect, bool) {
	k := first(slices.Clone(d.Clocks), until)
	if d.Case == nil || k == nil {
		return Effect{}, false
	}
	k.Due, k.PutOff = k.RunsOut(until), 0
	x := expiry{d: &d, k: *k, fam: fam, e: Effect{At: k.Due}}
	switch k.Kind {
	case docket.ClockLease:
		x.lease()
	case docket.ClockHearing:
		x.hearing()
	case docket.ClockTenantAnswer:
		x.unanswered()
	case docket.ClockOurAnswer:
		x.missed()
	case docket.ClockJoined:
		x.joined()
	case docket.ClockReview:
		x.unreviewed()
	case docket.ClockLot:
		x.unlooked()
	case docket.ClockQuiet:
		x.quiet()
	case docket.ClockPage:
		x.called(docket.LevelOnCall)
	case docket.ClockSecondLevel:
		x.called(docket.LevelSecond)
	case docket.ClockAppealAnswer:
		x.unheardAppeal()
	case docket.ClockUrgent:
		x.urgent()
	case docket.ClockReminder:
		x.remind()
	case docket.ClockWithheld:
		x.givenBack()
	case docket.ClockCredit:
		x.unsettled()
	case docket.ClockAppeal:
		x.stands()
	case docket.ClockWay:
		x.unjudged()
	default:
		x.end("its time is up")
	}
	retrieve(&d, fam, &x.e)
	track(&d, fam, &x.e, k.Kind == docket.ClockLease || k.Kind == docket.ClockTenantAnswer || k.Kind == docket.ClockWay)
	return x.e, true
}

// first returns the clock that is due first, or nil.
func first(clocks []docket.Clock, until evenkeel.Moment) *docket.Clock {
	var found *docket.Clock
	for i := range clocks {
		c := &clocks[i]
		if c.Ended == 0 && c.Paused == "" && c.RunsOut(until) <= until && (found == nil || docket.CompareClocks(*c, *found) < 0) {
			found = c
		}
	}
	return found
}

// end stops the clock.
func (x *expiry) end(because string) {
	x.k.Ended, x.k.Because = x.k.Due, because
	x.e.Stop = append(x.e.Stop, x.k)
}

func (x *expiry) turn(of evenkeel.DecisionID, to evenkeel.DecisionState, until evenkeel.Moment, why string, args ...any) {
	x.e.Turns = append(x.e.Turns, Turn{Decision: of, To: to, At: x.k.Due, Until: until, Why: fmt.Sprintf(why, args...)})
}

// decision returns the live decision that the clock belongs to, where it is in a state.
func (x *expiry) decision(state evenkeel.DecisionState) *evenkeel.Decision {
	for i := range x.d.Decisions {
		y := &x.d.Decisions[i]
		if y.ID == x.k.Decision && y.Mode == evenkeel.ModeLive && y.State == state {
			return y
		}
	}
	return nil
}

// lease ends a measure whose time is up. No measure becomes permanent by itself.
func (x *expiry) lease() {
	x.end("its time is up")
	if y := x.decision(evenkeel.InForce); y != nil {
		x.turn(y.ID, evenkeel.Lapsed, 0, "%s lapsed: its time was up.", y.Measure)
	}
}

// hearing enters what was held while the tenant could be heard, unless the tenant was cleared
// meanwhile, in another case. What it was entered above gives way now and not before.
func (x *expiry) hearing() {
	x.end("the time to be heard is over")
	y := x.decision(evenkeel.Held)
	if y == nil {
		return
	}
	if x.fam == nil || x.fam.Terms[y.Measure].Lease <= 0 {
		x.turn(y.ID, evenkeel.Proposed, 0, "The policy says nothing about %s under %s any more: a person decides.", y.Measure, x.d.Family)
		return
	}
	if c := openCase(x.d); waits(c) && x.fam.Harm != policy.HarmPackets { // held by an older program, for one
		x.turn(y.ID, evenkeel.Proposed, 0, "The tenant has spoken and waits since %s: a person decides first.", c.Waiting)
		return
	}
	// A clearance that came later is none yet: it must not matter when somebody looks.
	if c, says := clearance(x.d, x.fam, x.k.Due); c != nil && c.Since <= x.k.Due {
		x.turn(y.ID, evenkeel.Proposed, 0, "%s", says)
		return
	}
	for _, z := range live(x.d.Decisions, evenkeel.Held) { // it was put off
		if rank(x.fam, z.Measure) < rank(x.fam, y.Measure) && touch(z.Assets, y.Assets) {
			x.turn(y.ID, evenkeel.Proposed, 0, "%s has not taken effect, and no rung is left out: a person decides about %s.", z.Measure, y.Measure)
			return
		}
	}
	until := x.k.Due.Add(x.fam.Terms[y.Measure].Lease)
	x.turn(y.ID, evenkeel.InForce, until, "The tenant could be heard until %s and was not: %s takes effect until %s.", x.k.Due, y.Measure, until)
	for _, z := range below(x.d.Decisions, x.fam, y.Measure, y.Assets, evenkeel.Proposed, evenkeel.InForce) {
		x.turn(z.ID, evenkeel.Superseded, 0, "%s takes its place.", y.Measure)
	}
}

// joined puts a notice that names all assets of the case in the place of the one that they
// joined.
func (x *expiry) joined() {
	x.end("what joined is told")
	if y := x.decision(evenkeel.Superseded); y != nil && openCase(x.d) != nil {
		x.left(y)
		return
	}
	y := x.decision(evenkeel.InForce)
	if y == nil || x.d.Case == nil || y.Until <= x.k.Due {
		return
	}
	more := without(without(x.d.Case.Assets, y.Assets), together(enforced(live(x.d.Decisions, evenkeel.InForce, evenkeel.Held, evenkeel.Proposed))))
	if len(more) == 0 { // what is announced or done meanwhile was told by itself, also where a person decides on it since
		return
	}
	x.e.Instead = append(x.e.Instead, Instead{
		Of: y.ID, Measure: y.Measure, At: x.k.Due, Until: y.Until, Assets: slices.Clone(x.d.Case.Assets),
		Why: fmt.Sprintf("The same was found of %d more since %s: the tenant is told of all of them.", len(more), y.From),
	})
}

// enforced leaves of some decisions those that enforce something.
func enforced(all []evenkeel.Decision) []evenkeel.Decision {
	return slices.DeleteFunc(all, func(x evenkeel.Decision) bool { return !x.Measure.Enforced() })
}

// left tells of what had joined a notice and was left when a measure on others took its place.
func (x *expiry) left(y *evenkeel.Decision) {
	stands := live(x.d.Decisions, evenkeel.InForce, evenkeel.Held, evenkeel.Proposed)
	more := without(x.d.Case.Assets, together(stands))
	if len(more) == 0 || x.fam == nil || x.fam.Terms[y.Measure].Lease <= 0 {
		return
	}
	x.e.Instead = append(x.e.Instead, Instead{
		Of: y.ID, Measure: y.Measure, At: x.k.Due, Until: x.k.Due.Add(x.fam.Terms[y.Measure].Lease), Assets: more,
		Why: fmt.Sprintf("The same was found of %d more since %s: the tenant is told of them.", len(more), y.From),
	})
}

// unanswered is what follows when the tenant did not answer: a person looks, where more than
// a notice is at stake.
func (x *expiry) unanswered() {
	x.end("the tenant did not answer in time")
	x.e.Says = append(x.e.Says, fmt.Sprintf("The tenant was asked at %s and has not answered by %s.", x.k.Started, x.k.Due))
	if c := openCase(x.d); c == nil || c.State != evenkeel.CaseOpen {
		return
	}
	for _, y := range live(x.d.Decisions, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce) {
		if y.State != evenkeel.InForce || y.Measure.Enforced() {
			x.e.Case = evenkeel.CaseUnderReview
			return
		}
	}
}
