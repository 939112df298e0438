package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// stillMeasured is how old the newest finding may be for a flood to count as still there.
const stillMeasured = 10 * time.Minute

// missed is what follows when nobody decided in the time that we gave ourselves: the highest
// measures step down by one, and our time begins again, for as long as the tenant waits and
// whether or not anything stands still: nobody who waits is forgotten. It ends in a step
// down, not in silence. Only a limit on a flood that is still measured stays: to let go would
// hurt others for our fault.
func (x *expiry) missed() {
	x.end("missed: nobody decided")
	c := openCase(x.d)
	if c == nil {
		return
	}
	x.e.Case = review(c)
	says := fmt.Sprintf("Nobody decided by %s.", x.k.Due)
	if c.Waiting != 0 {
		says = fmt.Sprintf("Nobody decided by %s; the tenant waits since %s, that is for %s. Somebody else has to be called.", x.k.Due, c.Waiting, span(x.k.Due.Sub(c.Waiting)))
		x.e.Start = append(x.e.Start, longer(x.k))
	}
	x.e.Says = append(x.e.Says, says)
	for _, y := range live(x.d.Decisions, evenkeel.Held) {
		x.turn(y.ID, evenkeel.Proposed, 0, "Our time to decide was missed: %s is not entered without a person.", y.Measure)
	}
	x.stepDown(c)
	switch {
	case x.flooding:
		x.call(docket.LevelLead, 0, "Our time to decide was missed at %s, and the flood is still measured: what limits it stays.", x.k.Due)
	case c.Waiting != 0:
		x.call(docket.LevelLead, 0, "The tenant waits since %s, and our time to decide was missed at %s.", c.Waiting, x.k.Due)
	}
}

// longest is how long a clock runs at most that begins again because nobody came.
const longest = 24 * time.Hour

// longer is a clock that ran out and begins again, twice as long as before: who waits for
// weeks is called about every day, not every hour.
func longer(k docket.Clock) docket.Clock {
	length := k.Due.Sub(k.Started)
	if length <= 0 {
		length = anHour
	}
	k.Started, k.Due, k.Ended, k.Because = k.Due, k.Due.Add(min(2*length, longest)), 0, ""
	return k
}

// stepDown steps the highest measures down by one.
func (x *expiry) stepDown(c *evenkeel.Case) {
	enforced := slices.DeleteFunc(live(x.d.Decisions, evenkeel.InForce), func(y evenkeel.Decision) bool { return !y.Measure.Enforced() })
	top := 0
	for i := range enforced {
		top = max(top, rank(x.fam, enforced[i].Measure))
	}
	for i := range enforced {
		y := &enforced[i]
		to := downFrom(x.fam, y.Measure)
		switch {
		case rank(x.fam, y.Measure) < top: // the next time
		case y.Measure == evenkeel.MeasureLimit && x.fam != nil && x.fam.Harm == policy.HarmPackets && c.Latest >= x.k.Due.Add(-stillMeasured):
			x.e.Says = append(x.e.Says, fmt.Sprintf("The flood is still measured, at last at %s: limit stays until %s (%s).", c.Latest, y.Until, y.ID))
			x.flooding = true
		case to == evenkeel.MeasureNone || y.Until <= x.k.Due:
			x.turn(y.ID, evenkeel.Lapsed, 0, "Our time to decide was missed: %s ends.", y.Measure)
		default:
			x.e.Instead = append(x.e.Instead, Instead{
				Of: y.ID, Measure: to, At: x.k.Due, Until: x.leased(y, to),
				Why: fmt.Sprintf("Our time to decide was missed: %s steps down to %s.", y.Measure, to),
			})
		}
	}
}

// leased is until when a machine lets a measure stand in the place of another one: no longer than that, nor than its
// own lease. What persons decided for longer was the other one, and what a machine enters is a lease (property A).
func (x *expiry) leased(y *evenkeel.Decision, to evenkeel.Measure) evenkeel.Moment {
	if lease := leaseIn(x.fam, to); lease > 0 {
		return min(y.Until, x.k.Due.Add(lease))
	}
	return y.Until
}

// downFrom returns what a measure steps down to on the ladder of a family, or none. What a
// measure steps down to never does a new kind of harm; what is lower on the ladder might.
func downFrom(fam *policy.Family, m evenkeel.Measure) evenkeel.Measure {
	for m = m.StepsDown(); m != evenkeel.MeasureNone; m = m.StepsDown() {
		if fam != nil && slices.Contains(fam.Ladder, m) {
			return m
		}
	}
	return evenkeel.MeasureNone
}
