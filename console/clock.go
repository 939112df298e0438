package console

import (
	"fmt"
	"html/template"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// whoseClock is who has to do something before a clock runs out.
func whoseClock(k docket.ClockKind) string {
	switch k {
	case docket.ClockOurAnswer, docket.ClockReview, docket.ClockAppealAnswer, docket.ClockWay:
		return "for a person here"
	case docket.ClockCredit, docket.ClockLot:
		return "for a lead"
	case docket.ClockSecond:
		return "for who was drawn"
	case docket.ClockPage, docket.ClockSecondLevel, docket.ClockUrgent:
		return "for whoever is on call"
	case docket.ClockTenantAnswer, docket.ClockHearing, docket.ClockAppeal, docket.ClockRetrieval:
		return "for the tenant"
	default:
		return "runs by itself"
	}
}

// movedWords say by whom a clock was put off, or "".
func movedWords(k *docket.Clock) string {
	says := ""
	if k.Extended != 0 {
		says = "The tenant asked for more time, which it may once."
	}
	if k.Renewed != "" && k.Kind != docket.ClockWay { // there the timeline says it
		says = string(k.Renewed) + " renewed what stands, which put the step down off; that may be done once."
	}
	return says
}

// bar draws how much of a clock's time is over, as a line from its beginning to its end. The words
// beside it say the same, so it is hidden from who listens.
func bar(k *docket.Clock, now evenkeel.Moment) template.HTML {
	whole := k.Due.Sub(k.Started)
	if k.Paused != "" && k.PausedAt != 0 {
		now = k.PausedAt
	}
	over := min(max(now.Sub(k.Started), 0), whole)
	if whole <= 0 {
		over, whole = 1, 1
	}
	at := float64(over) / float64(whole) * 100
	return template.HTML(fmt.Sprintf(`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="whole" width="100" height="4"/><rect class="over" width="%.1f" height="4"/></svg>`, at))
}
