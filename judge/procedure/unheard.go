package procedure

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// It is looked at again whether somebody was told after so long, then more and more seldom.
const (
	looking = 5 * time.Minute
	seldom  = time.Hour
)

// Unheard is the ruling in the place of one by which a machine would enforce something while
// nobody was told of what was decided before: a bounce means not notified (property N), and
// whoever was not told cannot answer. Packets that hurt others are the exception.
func Unheard(d docket.Dossier, p policy.Proposal, f *evenkeel.Finding, m Means, r Ruling) Ruling {
	if r.Verdict != Enter && r.Verdict != Hold || !r.Measure.Enforced() || p.Family.Harm == policy.HarmPackets {
		return r
	}
	g := newGate(&d, &p, f, m)
	g.say("The notice of what was decided before reached nobody: nothing above notify is entered without a person.")
	return g.person()
}

// Await says what follows where the time to be heard about a held decision is over at a moment
// and its notice reached nobody: the hearing stands still, people are called, and it is looked
// at again. False where the decision may be entered all the same.
func Await(d docket.Dossier, k docket.Clock, fam *policy.Family) (Effect, bool) {
	x := expiry{d: &d, k: k, fam: fam, e: Effect{At: k.Due}}
	y := x.decision(evenkeel.Held)
	if y == nil || fam != nil && fam.Harm == policy.HarmPackets {
		return Effect{}, false
	}
	paused := k
	paused.Paused, paused.PausedAt = "the notice reached nobody", k.Due
	x.e.Start = append(x.e.Start, paused, docket.Clock{
		Case: k.Case, Decision: k.Decision, Kind: docket.ClockUnheard, Started: k.Due, Due: k.Due.Add(looking), Breach: "It is looked at again whether somebody was told.",
	})
	x.e.Says = append(x.e.Says, fmt.Sprintf("%s does not take effect: its notice reached nobody, so nobody could be heard.", y.Measure))
	x.call(docket.LevelOnCall, 0, "The notice that %s is to take effect reached nobody; it waits until somebody of the tenant is told.", y.Measure)
	return x.e, true
}

// Heard says what follows where it is looked at again whether somebody was told: since when
// (0: nobody was). From then on the tenant has the whole time to be heard.
func Heard(d docket.Dossier, k docket.Clock, told evenkeel.Moment) Effect {
	x := expiry{d: &d, k: k, e: Effect{At: k.Due}}
	hearing := x.hearingOf(k.Decision)
	y := x.decision(evenkeel.Held)
	switch {
	case y == nil || hearing == nil || hearing.Paused == "":
		x.end("nothing is held any more")
	case told == 0:
		next := k // the same clock, later: nothing is written down each time
		next.Started, next.Due = k.Due, k.Due.Add(min(2*k.Due.Sub(k.Started), seldom))
		x.e.Start = append(x.e.Start, next)
	default:
		x.end("somebody was told")
		again := *hearing
		length := again.Due.Sub(again.Started)
		again.Started, again.Due, again.Paused, again.PausedAt = told, max(told.Add(length), k.Due), "", 0
		x.e.Start = append(x.e.Start, again)
		x.e.Says = append(x.e.Says, fmt.Sprintf("The tenant was told at %s and can be heard until %s.", told, again.Due))
	}
	return x.e
}
