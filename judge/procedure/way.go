package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// judgedFor is how long what a person found out of a way that brings nothing counts, before somebody
// has to look again: whoever erred is found out within a day.
const judgedFor = 24 * time.Hour

// leavesAll says whether a measure leaves every way to the data as it is, so that nothing has to be shown.
func leavesAll(m evenkeel.Measure) bool { return Means{}.Lacks(m) == "" }

// Cut says what follows where a way to the data brought nothing under one decision, and it is not
// shown that whoever carries measures out cuts it (property D). It may be that one all the same; and
// it may be the tenant's own machine, which the tenant can break (property G). No machine can tell, so
// the lead is called and has our time to find out. Who does not in time is taken for being at fault:
// what is enforced steps down by one, as for each clock of ours. Words are no quicker, so nobody gains
// by breaking a machine; and no way is cut by us for longer than that. False where nothing stands that
// could cut it, and where it was said already.
func Cut(d docket.Dossier, of evenkeel.DecisionID, fam *policy.Family, why string, at evenkeel.Moment) (Effect, bool) {
	x := expiry{d: &d, fam: fam, k: docket.Clock{Kind: docket.ClockWay, Decision: of, Due: at}, e: Effect{At: at}}
	y := x.decision(evenkeel.InForce)
	if d.Case == nil || y == nil || leavesAll(y.Measure) || y.Until <= at || wayOf(&d, of) != nil {
		return x.e, false
	}
	k := x.look(y)
	x.e.Start = append(x.e.Start, k) // a person finds out
	x.e.Says = append(x.e.Says, fmt.Sprintf("A way to the data was tried and brought nothing (%s); canaries do not show the same. A person finds out why by %s, or %s", why, k.Due, x.downTo(y)))
	x.e.Unreached = of
	if c := openCase(&d); c != nil {
		x.e.Case = review(c)
	}
	x.call(docket.LevelLead, k.Due, "It is not shown that the tenant reaches its data (%s), and canaries do not show the same: find out by %s whether it is the measure or the tenant's own machine, or %s", why, k.Due, x.downTo(y))
	return x.e, true
}

// Open says what follows where all came back again under a decision of which Cut was said: that it is
// said, and that nobody has to find out why any more. False where nothing was said before.
func Open(d docket.Dossier, of evenkeel.DecisionID, at evenkeel.Moment) (Effect, bool) {
	k := wayOf(&d, of)
	if k == nil {
		return Effect{}, false
	}
	over := *k
	over.Ended, over.Because = at, "the ways to the data bring all of it again"
	return Effect{At: at, Stop: []docket.Clock{over}}, true
}

// wayOf is the running clock of a way that is cut under a decision, or nil.
func wayOf(d *docket.Dossier, of evenkeel.DecisionID) *docket.Clock {
	for i := range d.Clocks {
		if k := &d.Clocks[i]; k.Kind == docket.ClockWay && k.Decision == of && k.Ended == 0 {
			return k
		}
	}
	return nil
}

// look is the clock of whoever has to find out why, from when the one before is due.
func (x *expiry) look(y *evenkeel.Decision) docket.Clock {
	return caseClock(x.d, docket.Clock{
		Kind: docket.ClockWay, Decision: y.ID, Started: x.k.Due, Due: x.k.Due.Add(ourTime(x.fam)), Breach: "What is enforced steps down.",
	})
}

// downTo says what becomes of a decision that steps down.
func (x *expiry) downTo(y *evenkeel.Decision) string {
	if to := downFrom(x.fam, y.Measure); to != evenkeel.MeasureNone {
		return fmt.Sprintf("%s steps down to %s.", y.Measure, to)
	}
	return fmt.Sprintf("%s ends.", y.Measure)
}

// unjudged is what follows where nobody found out in time why a way is cut: that under which it is
// steps down by one, and until a person decides no machine enters what could cut one (unknownWay). Where
// somebody found out a day ago, and it is cut still, the lead is called once more.
func (x *expiry) unjudged() {
	if x.k.Decision == "" { // what was cut has stepped down, and nobody has decided since
		x.end("missed: nobody decided")
		x.e.Start = append(x.e.Start, longer(x.k))
		x.call(docket.LevelLead, 0, "Nobody has found out since %s why a way to the data was cut.", x.k.Started)
		return
	}
	y := x.decision(evenkeel.InForce)
	if y == nil || y.Until <= x.k.Due {
		x.end("nothing stands any more under which it was cut")
		return
	}
	if len(x.d.Withheld(x.k.Due)) > 0 {
		x.end("a lawful order withholds the data, and nobody can try the way")
		x.e.Start = append(x.e.Start, x.look(y))
		return
	}
	if x.k.Renewed != "" {
		k := x.look(y)
		x.end("it is cut still")
		x.e.Start = append(x.e.Start, k)
		x.call(docket.LevelLead, k.Due, "A way to the data is cut still, a day after %s looked: find out by %s why, or %s", x.k.Renewed, k.Due, x.downTo(y))
		return
	}
	x.end("missed: nobody found out why")
	c := x.d.Case
	to := downFrom(x.fam, y.Measure)
	if to == evenkeel.MeasureNone {
		x.turn(y.ID, evenkeel.Lapsed, 0, "Nobody found out in time why a way to the data is cut: %s", x.downTo(y))
	} else {
		x.e.Instead = append(x.e.Instead, Instead{
			Of: y.ID, Measure: to, At: x.k.Due, Until: x.leased(y, to),
			Why: "Nobody found out in time why a way to the data is cut: " + x.downTo(y),
		})
	}
	switch {
	case c.State != evenkeel.CaseClosed:
		x.e.Case = review(c)
	case to == evenkeel.MeasureNone:
		return // in a closed case what was found rightly ends, and nothing is left to decide
	default:
		x.e.Case, x.e.Outcome = evenkeel.CaseReopened, c.Outcome
	}
	for _, z := range live(x.d.Decisions, evenkeel.Held) {
		if !leavesAll(z.Measure) {
			x.turn(z.ID, evenkeel.Proposed, 0, "Nobody found out in time why a way to the data is cut: a person decides about %s.", z.Measure)
		}
	}
	k := x.look(&evenkeel.Decision{})
	k.Breach = "The lead is called again."
	x.e.Start = append(x.e.Start, k)
	x.call(docket.LevelLead, 0, "Nobody found out by %s why a way to the data is cut: %s", x.k.Due, x.downTo(y))
}

// unknownWay says why a machine enters nothing that could cut a way to the data, or "": one was cut, and nobody
// has found out why. It goes on with what leaves every way as it is, as where nothing is shown.
func (g *gate) unknownWay(m evenkeel.Measure) string {
	if g.open == nil || leavesAll(m) || wayOf(g.d, "") == nil {
		return ""
	}
	return "a way to the data was cut under it, and nobody has found out why"
}

// cutWays are the running clocks of ways about which nobody has found out yet: of a decision, or of
// all where none is named.
func (h *hearing) cutWays() (out []docket.Clock) {
	for _, k := range h.d.Clocks {
		if k.Kind == docket.ClockWay && k.Ended == 0 && k.Renewed == "" && k.Decision != "" && (h.a.Decision == "" || h.a.Decision == k.Decision) {
			out = append(out, k)
		}
	}
	return out
}

// foundOut finds that it is not the measure which cuts a way: it stands, and somebody looks again a day later. That
// decides nothing of what the tenant said. Whoever took the decision finds what they hope to find: where
// there is another who may decide, they look.
func (h *hearing) foundOut(k docket.Clock) error {
	x := h.of(&k)
	if x == nil {
		return notFound("case %s has no decision %s", k.Case, k.Decision)
	}
	if z := h.took(x, &k, h.a.By); z != nil && slices.ContainsFunc(h.d.Bench, func(p evenkeel.PersonID) bool { return h.took(x, &k, p) == nil }) {
		return failure(evenkeel.KindDenied, "another person finds out why; lower or lift it where it is the measure",
			"%s took the decision under which a way to the data is cut (%s)", h.a.By, z.ID)
	}
	k.Started, k.Due, k.Renewed, k.Breach = h.a.At, h.a.At.Add(judgedFor), h.a.By, "The lead is called again."
	h.e.Start = append(h.e.Start, k)
	h.e.Says = append(h.e.Says, fmt.Sprintf("%s looked why a way to the data is cut, and it is not the measure: it stays. If it is cut still at %s, somebody looks again.", h.a.By, k.Due))
	return nil
}
