package procedure

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// away is why the tenant's time to answer stands still while nobody is at work.
const away = "nobody is at work"

// DeskMatters says whether anything follows from whether anybody is at work: the tenant's time to
// answer runs, and a suspension or more could follow.
func DeskMatters(d docket.Dossier) bool {
	return find(d.Clocks, docket.ClockTenantAnswer) != nil && suspends(&d) != evenkeel.MeasureNone
}

// Desk says what follows, at a moment, from whether anybody is at work, and from when on it is
// otherwise: while nobody is, the tenant's time to answer stands still where a suspension or more is
// proposed or held, so that nobody is suspended for an answer that nobody could have read. It runs
// on with the time that was left. False where nothing follows.
func Desk(d docket.Dossier, at evenkeel.Moment, staffed bool, otherwise evenkeel.Moment) (Effect, bool) {
	k, desk, e := find(d.Clocks, docket.ClockTenantAnswer), find(d.Clocks, docket.ClockDesk), Effect{At: at}
	stake := suspends(&d)
	if !DeskMatters(d) {
		staffed = true // it does not matter
		if desk != nil {
			over := *desk
			over.Ended, over.Because = at, "nothing waits for it"
			e.Stop = append(e.Stop, over)
		}
	} else if desk == nil || desk.Due <= at {
		e.Start = append(e.Start, caseClock(&d, docket.Clock{
			Kind: docket.ClockDesk, Started: at, Due: otherwise, Breach: "The tenant's time to answer stands still while nobody is at work.",
		}))
	}
	switch {
	case k != nil && staffed && k.Paused == away && at >= k.PausedAt: // what came earlier changes nothing later
		again := resumed(*k, at)
		e.Start = append(e.Start, again)
		e.Says = append(e.Says, fmt.Sprintf("The tenant's time to answer runs again, until %s.", again.Due))
	case k != nil && !staffed && k.Paused == "":
		still := *k
		still.Paused, still.PausedAt = away, at
		e.Start = append(e.Start, still)
		e.Says = append(e.Says, fmt.Sprintf("Nobody is at work until %s: the tenant's time to answer stands still, because %s could follow. %s of it is left.", otherwise, stake, span(k.Due.Sub(at))))
	}
	return e, len(e.Start)+len(e.Stop) > 0
}

// suspends is the highest measure of a suspension or more that is proposed or held, or none.
func suspends(d *docket.Dossier) (m evenkeel.Measure) {
	for _, x := range live(d.Decisions, evenkeel.Proposed, evenkeel.Held) {
		if y := max(x.Measure, x.Wanted); y >= evenkeel.MeasureSuspend {
			m = max(m, y)
		}
	}
	return m
}
