package procedure

import (
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Restart says what follows where the lease of what a machine entered ends next, and the same
// was found within the last minutes before: it stands for one lease more, people are called,
// and there is no second time without a person. False where it ends as any lease does: nothing
// was found lately, it stood once more already, or whoever bears it waits for a person.
// Packets that hurt others are limited on, and no more than that, while the tenant waits, and
// after the second time: lease after lease, for as long as they are measured, and whoever leads
// is called each time.
//
// It stands as far as a machine may go by what is known now: what was found, weighed as of the end of the
// lease. Where that is less, it stands as what it steps down to, or ends, and the effect says why.
func Restart(d docket.Dossier, k docket.Clock, now policy.Proposal, fam *policy.Family) (Effect, bool) {
	x := expiry{d: &d, k: k, fam: fam, e: Effect{At: k.Due}}
	y, c := x.decision(evenkeel.InForce), openCase(&d)
	if k.Kind != docket.ClockLease || y == nil || c == nil || fam == nil || !y.Actor.Automatic() || !y.Measure.Enforced() {
		return Effect{}, false
	}
	if x.fromPerson(y) {
		return Effect{}, false // a machine took it down, and might not have entered it
	}
	if k.Found <= y.From || k.Found < k.Due.Add(-stillMeasured) {
		return Effect{}, false
	}
	if fam.Harm != policy.HarmPackets && slices.ContainsFunc(d.Flags, func(f evenkeel.Flag) bool { return f.Revoked == 0 && f.Until > k.Found }) {
		return Effect{}, false // it may be what somebody allowed; of packets it is weighed how many are
	}
	if before, _ := clearance(&d, fam, k.Due); before != nil {
		return Effect{}, false
	}
	m, lease := x.onceMore(y, c)
	if lease <= 0 {
		return Effect{}, false
	}
	less := ""
	if to := x.atMost(m, &now); to == evenkeel.MeasureNone {
		x.endsNow(y, &now)
		return x.e, true
	} else if to != m {
		less = strings.Join(append([]string{"", byNow(&now)}, now.Why...), " ")
		m, lease = to, fam.Terms[to].Lease
	}
	until := k.Due.Add(lease)
	x.end("its time was up, and the same was found still")
	x.e.Case = review(c)
	x.e.Instead = append(x.e.Instead, Instead{
		Of: y.ID, Measure: m, At: k.Due, Until: until, Anew: &now,
		Why: "The same was found still, at last at " + k.Found.String() + ": " + m.String() + x.standsOn(y, m, until) + less,
	})
	track(&d, fam, &x.e, false)
	return x.e, true
}

// onceMore is the measure that stands once more, and for how long; 0: none does.
func (x *expiry) onceMore(y *evenkeel.Decision, c *evenkeel.Case) (evenkeel.Measure, time.Duration) {
	m := y.Measure
	if c.Waiting != 0 || AppealOpen(x.d) || x.again(y) || x.cuts(y) {
		if x.fam.Harm != policy.HarmPackets || !slices.Contains(x.fam.Ladder, evenkeel.MeasureLimit) {
			return m, 0
		}
		m = evenkeel.MeasureLimit
	}
	return m, x.fam.Terms[m].Lease
}

// fromPerson says whether a decision goes back to what a person entered.
func (x *expiry) fromPerson(y *evenkeel.Decision) bool {
	for y = before(y, x.d.Decisions); y != nil; y = before(y, x.d.Decisions) {
		if !y.Actor.Automatic() {
			return true
		}
	}
	return false
}

// cuts says whether a decision may be what cuts a way to the data, which nobody has found out: it is not for
// a machine to let it stand once more.
func (x *expiry) cuts(y *evenkeel.Decision) bool {
	k := wayOf(x.d, y.ID)
	return !leavesAll(y.Measure) && (wayOf(x.d, "") != nil || k != nil && k.Renewed == "")
}

// standsOn calls the people who have to know that a measure stands on until a moment, and says how.
func (x *expiry) standsOn(y *evenkeel.Decision, m evenkeel.Measure, until evenkeel.Moment) string {
	latest := x.k.Found
	switch {
	case x.again(y):
		x.call(docket.LevelLead, until, "What hurts others goes on, as was found at %s, and no person has decided: %s stands on until %s.", latest, m, until)
		return " stands on, for as long as it is measured."
	case x.fam.Harm == policy.HarmPackets:
		x.call(docket.LevelOnCall, until, "A machine's %s stands once more, since the same was found at %s: it ends at %s if nothing more is found until then; else it is limited on.", m, latest, until)
		return " stands once more."
	}
	x.call(docket.LevelOnCall, until, "A machine's %s stands once more, since the same was found at %s: it ends at %s if no person decides.", m, latest, until)
	return " stands once more, and not again without a person."
}

// again says whether a machine let a measure stand once more already, or entered it once more
// after it had lapsed.
func (x *expiry) again(y *evenkeel.Decision) bool {
	return restarted(y, x.d.Decisions) || slices.ContainsFunc(live(x.d.Decisions, evenkeel.Lapsed), func(z evenkeel.Decision) bool {
		return z.Measure == y.Measure && touch(z.Assets, y.Assets)
	})
}

// restarted says whether a decision is one that stands once more: it began when another of a
// machine's ended, of the same measure or a higher one.
func restarted(y *evenkeel.Decision, all []evenkeel.Decision) bool {
	for z := before(y, all); z != nil && y.Actor.Automatic() && z.Actor.Automatic(); y, z = z, before(z, all) {
		if z.Until == y.From {
			return true
		}
		if z.Until != y.Until { // where only assets left its end is the same
			return false
		}
	}
	return false
}
