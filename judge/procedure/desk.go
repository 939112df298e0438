package procedure

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// away is why a clock stands still while nobody is at work.
const away = "nobody is at work"

// DeskMatters says whether anything follows from whether anybody is at work: the tenant's time to
// answer runs, and a suspension or more could follow; or somebody was drawn by lot, and has a time to find.
func DeskMatters(d docket.Dossier) bool {
	return answerStands(&d) || find(d.Clocks, docket.ClockSecond) != nil
}

// answerStands says whether the tenant's time to answer stands still while nobody is at work.
func answerStands(d *docket.Dossier) bool {
	return find(d.Clocks, docket.ClockTenantAnswer) != nil && suspends(d) != evenkeel.MeasureNone
}

// Desk says what follows, at a moment, from whether anybody is at work, and from when on it is
// otherwise. While nobody is, the tenant's time to answer stands still where a suspension or more is
// proposed or held, so that nobody is suspended for an answer that nobody could have read; and so does
// the time of whoever was drawn by lot, so that nobody is passed over for sleeping, and whoever is awake is
// not certain to be drawn. Each runs on with the time that was left. False where nothing follows.
func Desk(d docket.Dossier, at evenkeel.Moment, staffed bool, otherwise evenkeel.Moment) (Effect, bool) {
	desk, e := find(d.Clocks, docket.ClockDesk), Effect{At: at}
	if !DeskMatters(d) {
		staffed = true // it does not matter
		if desk != nil {
			over := *desk
			over.Ended, over.Because = at, "nothing waits for it"
			e.Stop = append(e.Stop, over)
		}
	} else if desk == nil || desk.Due <= at {
		e.Start = append(e.Start, caseClock(&d, docket.Clock{
			Kind: docket.ClockDesk, Started: at, Due: otherwise, Breach: "What waits for people stands still while nobody is at work.",
		}))
	}
	atWork(find(d.Clocks, docket.ClockTenantAnswer), &e, staffed || !answerStands(&d), otherwise, "tenant's time to answer", fmt.Sprintf(", because %s could follow", suspends(&d)))
	atWork(find(d.Clocks, docket.ClockSecond), &e, staffed, otherwise, "time of whoever was drawn by lot", "")
	return e, len(e.Start)+len(e.Stop) > 0
}

// atWork lets a clock, nil where none runs, stand still or run again by whether somebody is at work.
func atWork(k *docket.Clock, e *Effect, staffed bool, otherwise evenkeel.Moment, what, because string) {
	switch {
	case k != nil && staffed && k.Paused == away && e.At >= k.PausedAt: // what came earlier changes nothing later
		again := resumed(*k, e.At)
		e.Start = append(e.Start, again)
		e.Says = append(e.Says, fmt.Sprintf("The %s runs again, until %s.", what, again.Due))
	case k != nil && !staffed && k.Paused == "" && e.At >= k.Started:
		still := *k
		still.Paused, still.PausedAt = away, e.At
		e.Start = append(e.Start, still)
		e.Says = append(e.Says, fmt.Sprintf("Nobody is at work until %s: the %s stands still%s. %s of it is left.", otherwise, what, because, span(k.Due.Sub(e.At))))
	}
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
