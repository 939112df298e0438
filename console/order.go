package console

import (
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// quarterHour is how near a clock of ours has to be to be shown as urgent.
const quarterHour = 15 * time.Minute

// clockWord is what a clock is called while it runs and once it is due, and what follows.
type clockWord struct{ is, was, then string }

var clockWords = map[docket.ClockKind]clockWord{
	docket.ClockLease:        {"The measure ends", "The measure was to end", "it lapses by itself"},
	docket.ClockHearing:      {"It takes effect", "It was to take effect", "it is in force, unless the tenant speaks or a person decides before"},
	docket.ClockTenantAnswer: {"The tenant's answer is due", "The tenant's answer was due", "a person looks"},
	docket.ClockOurAnswer:    {"Our answer is due", "Our answer was due", "what is enforced steps down"},
	docket.ClockAppeal:       {"The time to appeal ends", "The time to appeal ended", "it cannot be appealed any more"},
	docket.ClockJoined:       {"The tenant is told of what joined", "The tenant was to be told of what joined", "the notice names all machines"},
	docket.ClockReview:       {"A look at it is due", "A look at it was due", "a person is called again"},
	docket.ClockQuiet:        {"It closes by itself", "It was to close by itself", ""},
	docket.ClockSecond:       {"The verdict of who was drawn is due", "The verdict of who was drawn was due", "another person is drawn"},
	docket.ClockPage:         {"Whoever is on call is called", "Whoever is on call was to be called", ""},
	docket.ClockSecondLevel:  {"The second level is called", "The second level was to be called", ""},
	docket.ClockAppealAnswer: {"The decision on the appeal is due", "The decision on the appeal was due", "the measure steps down"},
	docket.ClockUrgent:       {"The lead is called", "The lead was to be called", ""},
	docket.ClockUnheard:      {"It is looked at whether the tenant was told", "It was to be looked at whether the tenant was told", "the time to be heard begins once somebody was"},
	docket.ClockDesk:         {"It is looked at whether we are at work", "It was to be looked at whether we are at work", "the tenant's time runs only while we are"},
	docket.ClockRetrieval:    {"The time to fetch data ends", "The time to fetch data ended", "the data may be gone"},
	docket.ClockReminder:     {"The tenant is reminded", "The tenant was to be reminded", "it is written to again, and to further contacts where there are any"},
	docket.ClockCredit:       {"A credit has to be granted or refused", "A credit was to be granted or refused", "the lead is called"},
	docket.ClockWay:          {"A look at the way to the data is due", "A look at the way to the data was due", "what is enforced steps down"},
	docket.ClockWithheld:     {"The lawful order ends", "The lawful order was to end", "access to the data is given back"},
	docket.ClockLot:          {"It has to be cleared, or it is to be said why not", "It was to be cleared, or to be said why not", "the lead is called again"},
}

// clockView is a clock, in words. Of one that has ended, Then is why.
type clockView struct {
	Says, Then string // "Our answer is due", "what is enforced steps down"
	Due        evenkeel.Moment
	Ended      evenkeel.Moment // 0 while it runs
	Paused     string
	Urgent     bool
	Whose      string        // "for the tenant"
	Moved      string        // by whom it was put off; "" where it was not
	Bar        template.HTML // how much of it is over
}

// againWords are what follows when our clock runs out and nothing is enforced that could step down.
const againWords = "a person is called again"

// clockOf puts a clock into words. highest is the highest measure in force, and breach the judge's
// own sentence of what follows, or "".
func clockOf(k docket.ClockKind, due evenkeel.Moment, highest evenkeel.Measure, breach string, now evenkeel.Moment) clockView {
	w, left := clockWords[k], due.Sub(now)
	if k == docket.ClockOurAnswer && !highest.Enforced() {
		w.then, breach = againWords, ""
	}
	v := clockView{Says: w.is, Then: w.then, Due: due, Urgent: ours(k) && left < quarterHour}
	if left <= -time.Minute {
		v.Says = w.was
	}
	if breach != "" && w.then != "" && !strings.EqualFold(strings.TrimSuffix(breach, "."), w.is) {
		first, size := utf8.DecodeRuneInString(breach)
		v.Then = strings.TrimSuffix(string(unicode.ToLower(first))+breach[size:], ".")
	}
	return v
}

// ours says whether a clock is one that a person of the operator has to meet.
func ours(k docket.ClockKind) bool {
	return k == docket.ClockOurAnswer || k == docket.ClockReview || k == docket.ClockAppealAnswer || k == docket.ClockWay
}

// measureKind is the colour of a measure, beside its word.
func measureKind(m evenkeel.Measure) string {
	switch {
	case m >= evenkeel.MeasureFreeze:
		return "danger"
	case m.Enforced():
		return "warn"
	case m == evenkeel.MeasureNotify:
		return "info"
	default:
		return "mute"
	}
}

// stateKind is the colour of a decision's state, beside its word.
func stateKind(s evenkeel.DecisionState) string {
	switch s {
	case evenkeel.Proposed:
		return "warn"
	case evenkeel.Held:
		return "info"
	case evenkeel.InForce:
		return "danger"
	case evenkeel.Lifted, evenkeel.Suppressed:
		return "good"
	default:
		return "mute"
	}
}

// outcomeWord is an outcome as a person says it.
func outcomeWord(o evenkeel.Outcome) string {
	switch o {
	case evenkeel.OutcomeConfirmed:
		return "abuse was confirmed"
	case evenkeel.OutcomeVictim:
		return "the tenant was a victim"
	case evenkeel.OutcomePolicyMismatch:
		return "so, and allowed here"
	case evenkeel.OutcomeFalsePositive:
		return "false positive"
	case evenkeel.OutcomeInconclusive:
		return "inconclusive"
	case evenkeel.OutcomeCovered:
		return "covered by a flag"
	default:
		return o.String()
	}
}

// spoken writes an enumeration's word as a person says it.
func spoken(word string) string { return strings.ReplaceAll(word, "_", " ") }
