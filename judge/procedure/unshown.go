package procedure

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Unshown says what follows where whoever carries measures out does not show any more what it showed when
// a measure was entered (property D): each that would not be entered by these means steps down, at
// once, to the next that would be, or ends; and people are called. False where nothing stands that
// needs more than there is. why is what was found amiss.
//
// That a flood is still measured keeps no more than a limit: that needs no proof. In a closed case, where
// what was found rightly runs to its end, nothing begins any more: there it ends.
func Unshown(d docket.Dossier, fam *policy.Family, m Means, why string, at evenkeel.Moment) (Effect, bool) {
	x := expiry{d: &d, fam: fam, k: docket.Clock{Due: at}, e: Effect{At: at}}
	done := m
	done.Measures = nil // who cannot do it any more is asked to let go, whatever it keeps: that is no matter of D
	var steps []string
	for _, y := range live(d.Decisions, evenkeel.InForce) {
		if !y.Measure.Enforced() || done.Lacks(y.Measure) == "" || y.Until <= at {
			continue
		}
		to := downFrom(fam, y.Measure)
		for to != evenkeel.MeasureNone && m.Lacks(to) != "" {
			to = downFrom(fam, to)
		}
		if openCase(&d) == nil {
			to = evenkeel.MeasureNone
		}
		if to == evenkeel.MeasureNone {
			steps = append(steps, y.Measure.String()+" ends")
			x.turn(y.ID, evenkeel.Lapsed, 0, "It is not shown that the way to the data stays open: %s ends.", y.Measure)
			continue
		}
		steps = append(steps, fmt.Sprintf("%s steps down to %s", y.Measure, to))
		x.e.Instead = append(x.e.Instead, Instead{
			Of: y.ID, Measure: to, At: at, Until: x.leased(&y, to),
			Why: fmt.Sprintf("It is not shown that the way to the data stays open: %s steps down to %s.", y.Measure, to),
		})
	}
	if len(steps) == 0 {
		return x.e, false
	}
	x.e.Says = append(x.e.Says, "A canary was not fetched: "+why+".")
	x.e.Calls = append(x.e.Calls, Call{
		Level: docket.LevelOnCall, At: at, About: "canary",
		Why: fmt.Sprintf("It is not shown that the tenant reaches its data (%s): %s.", why, inOne(steps)),
	})
	track(&d, fam, &x.e, true)
	return x.e, true
}

// NotEntered says what follows where the time to be heard is over about what may not be entered by these
// means: a person decides. False where it may be entered.
func NotEntered(d docket.Dossier, k docket.Clock, fam *policy.Family, m Means) (Effect, bool) {
	x := expiry{d: &d, fam: fam, k: k, e: Effect{At: k.Due}}
	y := x.decision(evenkeel.Held)
	if y == nil {
		return Effect{}, false
	}
	lacks := m.Lacks(y.Measure)
	if lacks == "" {
		return Effect{}, false
	}
	x.end("the time to be heard is over")
	x.turn(y.ID, evenkeel.Proposed, 0, "%s does not take effect: %s. A person decides.", y.Measure, lacks)
	track(&d, fam, &x.e, false)
	return x.e, true
}

// inOne puts what happened into one sentence, each once.
func inOne(all []string) (out string) {
	slices.Sort(all)
	for i, s := range slices.Compact(all) {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}
