package procedure

import (
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// AskInstead is what comes in the place of a ruling by which a machine would enter an enforced
// measure, where no machine may: a person is asked, and, where it has not been yet, so is the
// tenant, by the second ruling. Automation that is held back is reduced to that, and never to
// silence. Why stands in the proposal.
func AskInstead(d docket.Dossier, p policy.Proposal, f *evenkeel.Finding, m Means) (Ruling, *Ruling) {
	asked := newGate(&d, &p, f, m).person()
	p.Allowed = evenkeel.MeasureNotify
	if n := newGate(&d, &p, f, m).rule(); n.Verdict == Enter && n.Measure == evenkeel.MeasureNotify {
		return asked, &n
	}
	return asked, nil
}

// HeldBack is what follows when a hearing is over and no machine may enter what was held: a
// person decides, dated when the hearing was over.
func HeldBack(d docket.Dossier, x evenkeel.DecisionID, at evenkeel.Moment, why []string, fam *policy.Family) Effect {
	e := Effect{At: at, Turns: []Turn{{Decision: x, To: evenkeel.Proposed, At: at, Why: strings.Join(why, " ")}}}
	track(&d, fam, &e, false)
	return e
}

// Undo is what follows when a person undoes what a rule did: in force ends, held is refused.
// It is a decision about the tenant, so whoever waits has its answer; and no machine enters on
// these assets again in this case, since a person said no. False where none of them stands.
func Undo(d docket.Dossier, a docket.Act, ids []evenkeel.DecisionID, fam *policy.Family) (Effect, bool) {
	h := hearing{d: &d, a: &a, fam: fam, e: Effect{At: a.At}}
	meant := map[evenkeel.DecisionID]bool{}
	for _, id := range ids {
		meant[id] = true
	}
	why := string(a.By) + " undid what " + a.Undo.Says() + " did."
	for _, x := range live(d.Decisions, evenkeel.InForce, evenkeel.Held) {
		switch {
		case !meant[x.ID]:
		case x.State == evenkeel.Held:
			h.turn(evenkeel.Refused, why, x)
		default:
			h.turn(evenkeel.Lifted, why, x)
		}
	}
	if len(h.e.Turns) == 0 {
		return h.e, false
	}
	h.decided()
	if !proposes(after(&d, &h.e)) {
		h.stop("a person decided about all that was proposed", func(k *docket.Clock) bool { return k.Kind == docket.ClockReview })
	}
	track(&d, fam, &h.e, true)
	return h.e, true
}
