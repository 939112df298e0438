package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// rank orders measures by the ladder of a family: none, then notify where the ladder does not
// have it, then the ladder, then what only persons may do.
func rank(fam *policy.Family, m evenkeel.Measure) int {
	var ladder []evenkeel.Measure
	if fam != nil {
		ladder = fam.Ladder
	}
	i := slices.Index(ladder, m)
	switch {
	case i >= 0:
		return i + 2
	case m <= evenkeel.MeasureNotify:
		return int(m)
	}
	return len(ladder) + 2 + int(m)
}

// next returns the measure that a machine may enter now: what is allowed, but never more than
// one rung above what took effect in this case, and only what there are means for. None where
// no rung is left. Every reduction is said in g.why.
func (g *gate) next() evenkeel.Measure {
	ladder := g.p.Family.Ladder
	i := slices.Index(ladder, g.p.Allowed)
	if i < 0 {
		g.say("%s is allowed and is no rung of the ladder of %s.", g.p.Allowed, g.p.Family.Name)
		return evenkeel.MeasureNone
	}
	i = g.feasible(i)
	top := g.reached() + 1
	if g.p.Family.Harm == policy.HarmPackets && top < len(ladder) && ladder[top] == evenkeel.MeasureNotify {
		top++ // others are being hurt now: asking comes with the limit, not before it
	}
	if i > top {
		g.say("Wanted is %s; one step at a time: %s, so %s comes first.", ladder[i], g.soFar(top-1), ladder[top])
		i = g.feasible(top)
	}
	if i < 0 {
		return evenkeel.MeasureNone
	}
	return ladder[i]
}

// feasible returns the highest rung, from i down, that may be carried out, or -1.
func (g *gate) feasible(i int) int {
	ladder := g.p.Family.Ladder
	for i >= 0 {
		m := ladder[i]
		lacks := g.means.Lacks(m)
		if lacks == "" {
			lacks = g.unknownWay(m)
		}
		switch {
		case g.p.Family.Terms[m].Lease <= 0:
			lacks = "the policy gives it no lease, and no measure is without an end"
		case m.Enforced() && len(g.assets) == 0:
			lacks = "the finding names no assets, and a measure is for named ones only"
		}
		if lacks == "" {
			return i
		}
		g.say("%s may not be entered: %s.", m, lacks)
		i--
		if m == evenkeel.MeasureFreeze { // what is below on another axis would be a new kind of harm
			i = min(i, slices.Index(ladder, evenkeel.MeasureNotify))
		}
	}
	return i
}

// reached returns the index of the highest rung that took effect on all of these assets, or
// will have before the next one could, or -1. What took effect at this very moment was no step yet. A tenant is asked about a case as
// a whole: assets that join it later are not asked about one by one.
func (g *gate) reached() int {
	ladder := g.p.Family.Ladder
	for i := len(ladder) - 1; i >= 0; i-- {
		var held []evenkeel.Decision
		for j := range g.live {
			if x := &g.live[j]; slices.Index(ladder, x.Measure) >= i && x.From < g.f.At && tookEffect(x, g.live) || g.comesFirst(x, i) {
				held = append(held, *x)
			}
		}
		if len(held) > 0 && (ladder[i] == evenkeel.MeasureNotify || Contains(together(held), g.assets)) {
			return i
		}
	}
	return -1
}

// comesFirst says whether what is held on a rung, or above it, takes effect before what is entered now on the next one could: the
// tenant is heard about both, one after the other.
func (g *gate) comesFirst(x *evenkeel.Decision, rung int) bool {
	ladder := g.p.Family.Ladder
	return x.State == evenkeel.Held && slices.Index(ladder, x.Measure) >= rung && x.Measure.Enforced() && x.Actor.Automatic() &&
		rung+1 < len(ladder) && x.From < g.f.At.Add(g.hearing(ladder[rung+1]))
}

func (g *gate) soFar(reached int) string {
	if reached < 0 {
		return "no measure took effect on these assets so far"
	}
	return "nothing above " + g.p.Family.Ladder[reached].String() + " took effect on these assets so far"
}

// tookEffect says whether a decision was ever in force. One whose place a person gave to
// another is not counted: it may have waited for that person, and what was put in its place
// counts itself.
func tookEffect(x *evenkeel.Decision, all []evenkeel.Decision) bool {
	switch x.State {
	case evenkeel.InForce, evenkeel.Lapsed, evenkeel.Lifted:
		return true
	case evenkeel.Superseded: // a held one whose time had not come did not take effect
		return x.Measure != evenkeel.MeasureNone && x.At >= x.From && chosenInstead(x, all) == nil
	}
	return false
}

// chosenInstead returns the decision that a person put in the place of another, or nil.
func chosenInstead(of *evenkeel.Decision, all []evenkeel.Decision) *evenkeel.Decision {
	if of.State != evenkeel.Superseded {
		return nil
	}
	for i := range all {
		if y := &all[i]; y.Supersedes == of.ID && !y.Actor.Automatic() {
			return y
		}
	}
	return nil
}
