package procedure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// standing returns what is in force, or held, at this rung or above it. What still runs to
// its end in a closed case stands too.
func (g *gate) standing(m evenkeel.Measure) []evenkeel.Decision {
	var out []evenkeel.Decision
	after := After(g.d, g.f)
	for _, x := range live(g.d.Decisions, evenkeel.InForce, evenkeel.Held) {
		if after && !x.Measure.Enforced() {
			continue // what the tenant was told of before, and nobody is asked about it any more
		}
		if rank(g.p.Family, x.Measure) >= rank(g.p.Family, m) {
			out = append(out, x)
		}
	}
	return out
}

// uncovered returns the assets of the finding about which nothing of this rung stands. Only
// they are named by what is entered: the others have their lease, and it is not lengthened by
// every finding that comes while it runs.
func (g *gate) uncovered(m evenkeel.Measure) []evenkeel.AssetID {
	return without(g.assets, together(g.standing(m)))
}

// enough says why nothing new has to be done, or "".
func (g *gate) enough(m evenkeel.Measure) string {
	stands := g.standing(m)
	switch {
	case m == evenkeel.MeasureNone || len(stands) == 0:
		return ""
	case len(g.uncovered(m)) == 0:
		x := stands[len(stands)-1]
		return fmt.Sprintf("%s or more stands on all of it: %s is %s until %s (%s).", m, x.Measure, words(x.State), x.Until, x.ID)
	case m == evenkeel.MeasureNotify && g.open != nil:
		x := stands[0]
		return fmt.Sprintf("The tenant is asked already, since %s (%s); these assets joined.", x.From, x.ID)
	}
	return ""
}

// alsoReported says which class of report the tenant was not told of that is asked about these assets, or
// "". Another class is another thing to answer, and asking restricts nothing: so it goes out also where the
// tenant has spoken, or a person has ended what was asked before. Where more than a notice stands, a person
// has the case before them.
func (g *gate) alsoReported(m evenkeel.Measure) string {
	stands := g.standing(m)
	if m != evenkeel.MeasureNotify || g.open == nil || len(stands) == 0 || len(g.uncovered(m)) > 0 {
		return ""
	}
	told := map[string]bool{}
	for i := range stands {
		if stands[i].Measure != evenkeel.MeasureNotify {
			return ""
		}
		for _, b := range stands[i].Grounds.Basis {
			for _, t := range b.Terms {
				told[t.Name] = told[t.Name] || t.Weight > 0 && touch(stands[i].Assets, g.assets)
			}
		}
	}
	for _, t := range g.f.Terms {
		if t.Family == evenkeel.EvidenceReport && t.Weight > 0 && !told[t.Name] {
			return fmt.Sprintf("The tenant was asked about these assets, but not about %q, which others report too.", t.Name)
		}
	}
	return ""
}

// joining is how long what joins a notice is gathered before the tenant is told of it: machines
// of one job are found within minutes of each other, and are one thing to answer.
const joining = 10 * time.Minute

// join starts the clock at whose end the tenant is told of assets that joined a notice.
func (g *gate) join(m evenkeel.Measure) []docket.Clock {
	notices := slices.DeleteFunc(live(g.live, evenkeel.InForce), func(x evenkeel.Decision) bool { return x.Measure != evenkeel.MeasureNotify })
	if m != evenkeel.MeasureNotify || len(notices) == 0 || Contains(together(notices), g.assets) || runs(g.d, docket.ClockJoined) {
		return nil
	}
	return []docket.Clock{{
		Kind: docket.ClockJoined, Decision: notices[len(notices)-1].ID, Started: g.f.At, Due: g.f.At.Add(joining),
		Breach: "The tenant is told of all that joined.",
	}}
}

// words is a state as it stands in a sentence.
func words(s evenkeel.DecisionState) string { return strings.ReplaceAll(s.String(), "_", " ") }

// needsPerson says why no machine may enter the measure, or "".
func (g *gate) needsPerson(m evenkeel.Measure) string {
	switch {
	case m == evenkeel.MeasureNone:
		return "No measure is left that a machine may enter."
	case m.NeedsTwo():
		return fmt.Sprintf("%s takes two persons, whatever the evidence.", m)
	}
	for i := range g.live {
		if says := g.saidNo(&g.live[i], m); says != "" {
			return says
		}
	}
	if says := g.spoken(m); says != "" {
		return says
	}
	if m == evenkeel.MeasureLimit && g.p.Family.Harm == policy.HarmPackets {
		return "" // it stays for as long as others are hurt
	}
	return g.thirdTime(m)
}

// thirdTime says why a measure that ended twice is not entered again, or "".
func (g *gate) thirdTime(m evenkeel.Measure) string {
	before := g.lapsed(m)
	if len(before) == 1 && restarted(&before[0], g.live) {
		return fmt.Sprintf("%s stood once more before it lapsed at %s, and was found again: no machine enters it a third time.", m, before[0].At)
	}
	if len(before) > 1 {
		return fmt.Sprintf("%s lapsed %d times before, at last at %s, and was found again: no machine enters it once more.", m, len(before), before[len(before)-1].At)
	}
	return ""
}

// limitAtLeast returns the limit in the place of more, where others are hurt now and nothing but
// that the tenant has spoken, or that it was done twice, keeps a machine from more; else the
// measure itself. What is limited already is no matter of this.
func (g *gate) limitAtLeast(m evenkeel.Measure) evenkeel.Measure {
	const limit = evenkeel.MeasureLimit
	i := slices.Index(g.p.Family.Ladder, limit)
	if g.p.Family.Harm != policy.HarmPackets || i < 0 || rank(g.p.Family, m) <= rank(g.p.Family, limit) || len(g.uncovered(limit)) == 0 {
		return m
	}
	says := cmp.Or(g.spoken(m), g.thirdTime(m))
	if says == "" || g.feasible(i) != i {
		return m
	}
	g.say("%s Others are hurt meanwhile: %s at least.", says, limit)
	return limit
}

// saidNo says which decision of a person about these assets is against the measure, or "":
// one that a person ended or refused, or in whose place a person put a lesser one. Who ended
// a throttle did not leave an isolation to the machine: more evidence goes to a person too.
func (g *gate) saidNo(x *evenkeel.Decision, m evenkeel.Measure) string {
	c, fam := g.open, g.p.Family
	if x.State == evenkeel.Refused && foundBefore(c) && x.At < c.Since || !touch(x.Assets, g.assets) {
		return "" // the case was closed since over what a person found, and only words opened it again; or it is about others
	}
	switch y := chosenInstead(x, g.live); {
	case x.State == evenkeel.Lifted:
		return fmt.Sprintf("A person ended %s at %s (%s): whether anything comes in its place is for a person.", x.Measure, x.At, x.ID)
	case x.State == evenkeel.Refused:
		return fmt.Sprintf("A person said no to %s at %s (%s).", asItIs(x), x.At, x.ID)
	case y != nil && rank(fam, m) > rank(fam, y.Measure):
		return fmt.Sprintf("A person chose %s at %s, less than %s (%s).", y.Measure, y.From, m, y.ID)
	}
	return ""
}

// spoken says why a machine waits because the tenant has spoken, or "". Where others are hurt
// meanwhile it goes on; but once we missed our own clock, it only limits.
//
// From its first words on a person decides (F7), and it was told so: whatever is found after them, or
// found once more, begins no new hearing. Words are free, and whoever mines at three in the
// morning has them too (property G): in a case that a person found rightly, words reopen it and hold
// back nothing. And on evidence that leaves no lawful explanation a machine still asks, while our
// time to decide runs.
func (g *gate) spoken(m evenkeel.Measure) string {
	switch {
	case !waits(g.open):
		return ""
	case g.p.Conclusive && !overdue(g.d) && m == evenkeel.MeasureNotify:
		return ""
	case g.p.Family.Harm != policy.HarmPackets:
		return fmt.Sprintf("The tenant has spoken and waits since %s: a person decides first.", g.open.Waiting)
	case overdue(g.d) && m != evenkeel.MeasureLimit && m != evenkeel.MeasureNotify:
		return fmt.Sprintf("The tenant waits since %s and our time to decide was missed: until a person has, a machine only limits.", g.open.Waiting)
	}
	return ""
}

// waits says whether the tenant of an open case has spoken and waits for a person, and no person found it
// before to be so.
func waits(c *evenkeel.Case) bool { return c != nil && c.Waiting != 0 && !foundBefore(c) }

// lapsed returns the decisions with this measure about these assets whose time was up. Only
// what is enforced counts: a question may be asked again once its time is over.
func (g *gate) lapsed(m evenkeel.Measure) []evenkeel.Decision {
	if !m.Enforced() {
		return nil
	}
	var out []evenkeel.Decision
	assets := g.uncovered(m)
	for _, x := range live(g.live, evenkeel.Lapsed) {
		if x.Measure == m && touch(x.Assets, assets) {
			out = append(out, x)
		}
	}
	return out
}

// replaced returns the decisions that a measure which persons enter on these assets takes the place
// of: what is below it, and the same in force, which would stand twice.
func replaced(all []evenkeel.Decision, fam *policy.Family, m evenkeel.Measure, assets []evenkeel.AssetID) []evenkeel.Decision {
	out := below(all, fam, m, assets, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce)
	for _, x := range live(all, evenkeel.InForce) {
		if x.Measure == m && m.Enforced() && Contains(assets, x.Assets) {
			out = append(out, x)
		}
	}
	return out
}

// below returns the decisions of some states that a measure on these assets takes the place
// of: lower ones that are about none besides.
func below(all []evenkeel.Decision, fam *policy.Family, m evenkeel.Measure, assets []evenkeel.AssetID, states ...evenkeel.DecisionState) []evenkeel.Decision {
	var out []evenkeel.Decision
	for _, x := range live(all, states...) {
		at := rank(fam, x.Measure)
		if x.State == evenkeel.Proposed { // what it may become is what counts
			at = rank(fam, x.Wanted)
		}
		if at < rank(fam, m) && Contains(assets, x.Assets) {
			out = append(out, x)
		}
	}
	return out
}
