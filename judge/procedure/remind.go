package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	// leastReminded is the shortest time to answer in which the tenant is reminded: of a shorter
	// one half is no time to do anything by.
	leastReminded = 10 * time.Minute
	// everybody is how long a measure waits, once, for a reminder that has not been brought to all
	// contacts when the time to be heard is over: a mail server that is down for longer does not
	// hold it up for ever, since somebody was told.
	everybody = 30 * time.Minute
)

// RolesInTurn is in how many turns contacts are reminded of what is held, role after role, before all of them
// are: the roles after the one that is told first. Each turn and the last reminder begin a sixth of the time
// to be heard after the one before, so that at half of it everybody was tried.
const (
	RolesInTurn = 2
	turns       = 2 * (RolesInTurn + 1)
)

// Reminded is a decision that the tenant is reminded of, and which turn it is, from 1; 0: all contacts are.
type Reminded struct {
	Decision evenkeel.DecisionID
	Turn     int
}

// Reminder is the clock by which the tenant is reminded of what it is asked: at half of the time to answer, and in
// turns of the time to be heard; false where it is given none, or too little. So no restriction takes effect
// because one mailbox was not read (R24).
func Reminder(k docket.Clock) (docket.Clock, bool) {
	length := k.Due.Sub(k.Started)
	if k.Kind != docket.ClockTenantAnswer && k.Kind != docket.ClockHearing || k.Paused != "" || k.Ended != 0 || length < leastReminded {
		return docket.Clock{}, false
	}
	after := length / 2
	if k.Kind == docket.ClockHearing {
		after = length / turns
	}
	return docket.Clock{
		Case: k.Case, Decision: k.Decision, Kind: docket.ClockReminder, Started: k.Started, Due: k.Started.Add(after), Breach: "The tenant is reminded.",
	}, true
}

// remind says which decision the tenant is reminded of: the one that waits for the end of the
// hearing, or the last that the tenant was told of and that holds still.
func (x *expiry) remind() {
	if c := openCase(x.d); c == nil || c.Spoke >= x.k.Started || c.Waiting != 0 {
		x.end("the tenant is reminded") // whoever waits for our answer has given theirs
		return
	}
	if x.k.Decision != "" {
		x.remindInTurn()
		return
	}
	x.end("the tenant is reminded")
	for _, s := range []evenkeel.DecisionState{evenkeel.Held, evenkeel.InForce} { // what is announced is more than what is done
		stands := live(x.d.Decisions, s)
		for i := len(stands) - 1; i >= 0; i-- {
			if y := &stands[i]; y.Until > x.k.Due && (s == evenkeel.InForce || y.From > x.k.Due) {
				x.e.Remind = append(x.e.Remind, Reminded{Decision: y.ID})
				return
			}
		}
	}
}

// remindInTurn says whose turn it is of those who are reminded of what is held, and lets the next one come as
// long after it.
func (x *expiry) remindInTurn() {
	y := x.decision(evenkeel.Held)
	hearing := x.hearingOf(x.k.Decision)
	if y == nil || hearing == nil {
		x.end("the tenant is reminded")
		return
	}
	every, passed := x.k.Due.Sub(x.k.Started), x.k.Due.Sub(hearing.Started)
	turn := int((passed + every/2) / max(every, 1))
	if turn > RolesInTurn || 2*passed >= hearing.Due.Sub(hearing.Started) {
		x.end("the tenant is reminded")
		x.e.Remind = append(x.e.Remind, Reminded{Decision: y.ID})
		return
	}
	if !x.firstHeard(y) { // they were tried, or are, for what was announced before
		turn = 0
	}
	next := x.k
	next.Started, next.Due = x.k.Due, x.k.Due.Add(every)
	x.e.Start = append(x.e.Start, next)
	if turn > 0 {
		x.e.Remind = append(x.e.Remind, Reminded{Decision: y.ID, Turn: turn})
	}
}

// firstHeard says whether no other restriction of the case was announced, or began, before what is held.
func (x *expiry) firstHeard(y *evenkeel.Decision) bool {
	return !slices.ContainsFunc(live(x.d.Decisions, evenkeel.Held, evenkeel.InForce), func(z evenkeel.Decision) bool {
		return z.ID != y.ID && z.Case == y.Case && z.Measure.Enforced() && z.From < y.From
	})
}

// hearingOf is the clock of the time to be heard about a decision, or nil.
func (x *expiry) hearingOf(id evenkeel.DecisionID) *docket.Clock {
	for i := range x.d.Clocks {
		if c := &x.d.Clocks[i]; c.Kind == docket.ClockHearing && c.Decision == id && c.Ended == 0 {
			return c
		}
	}
	return nil
}

// Everybody says what follows where the time to be heard about a held decision is over and its
// reminder has not been brought to all contacts: it waits for that, for half an hour, once.
func Everybody(d docket.Dossier, k docket.Clock) Effect {
	again := k
	again.Due = k.Due.Add(everybody)
	x := expiry{d: &d, k: k}
	what := evenkeel.MeasureNone
	if y := x.decision(evenkeel.Held); y != nil {
		what = y.Measure
	}
	return Effect{
		At: k.Due, Start: []docket.Clock{again},
		Says: []string{fmt.Sprintf("%s does not take effect before %s: not everybody was told yet, and some of the tenant's contacts are still written to.", what, again.Due)},
	}
}
