package procedure

import (
	"fmt"
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

// Reminder is the clock by which the tenant is reminded of what it is asked, at half of the time
// that a clock gives it; false where it is given none, or too little. So no restriction takes effect
// because one mailbox was not read (R24).
func Reminder(k docket.Clock) (docket.Clock, bool) {
	length := k.Due.Sub(k.Started)
	if k.Kind != docket.ClockTenantAnswer && k.Kind != docket.ClockHearing || k.Paused != "" || k.Ended != 0 || length < leastReminded {
		return docket.Clock{}, false
	}
	return docket.Clock{
		Case: k.Case, Decision: k.Decision, Kind: docket.ClockReminder, Started: k.Started, Due: k.Started.Add(length / 2), Breach: "The tenant is reminded.",
	}, true
}

// remind says which decision the tenant is reminded of: the one that waits for the end of the
// hearing, or the last that the tenant was told of and that holds still.
func (x *expiry) remind() {
	x.end("the tenant is reminded")
	c := openCase(x.d)
	if c == nil || c.Spoke >= x.k.Started {
		return
	}
	if x.k.Decision != "" {
		if y := x.decision(evenkeel.Held); y != nil {
			x.e.Remind = append(x.e.Remind, y.ID)
		}
		return
	}
	for _, s := range []evenkeel.DecisionState{evenkeel.Held, evenkeel.InForce} { // what is announced is more than what is done
		stands := live(x.d.Decisions, s)
		for i := len(stands) - 1; i >= 0; i-- {
			if y := &stands[i]; y.Until > x.k.Due && (s == evenkeel.InForce || y.From > x.k.Due) {
				x.e.Remind = append(x.e.Remind, y.ID)
				return
			}
		}
	}
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
