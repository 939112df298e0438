package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

const (
	// fresh is how long ago what was found may have ended that is judged as it happens: senders
	// collect for a minute, and panes wait for what is late.
	fresh = 5 * time.Minute
	// reading is how long a notice is left to be read, where it was late, before anything is
	// enforced.
	reading = 15 * time.Minute
	// oldest is how long ago what was found may have ended for a machine to enforce anything: it
	// does not know whether it goes on. Of packets it is stillMeasured.
	oldest = time.Hour
)

// unread is how much of the time to read is left, counted from the first notice of the case
// that took effect. What lay hours apart is judged in one second where it came late, and then
// nobody could read the one before the other takes effect. A notice that told of what was just
// seen has nothing to wait for. Where others are hurt nothing waits: asking comes with the
// limit, not before it.
func (g *gate) unread(m evenkeel.Measure) time.Duration {
	if !m.Enforced() || g.p.Family.Harm == policy.HarmPackets {
		return 0
	}
	var first *evenkeel.Decision
	for i := range g.live {
		if x := &g.live[i]; tookEffect(x, g.live) && (first == nil || x.From < first.From) {
			first = x
		}
	}
	if first == nil || first.From.Sub(ended(first)) <= fresh {
		return 0
	}
	return max(0, first.From.Add(reading).Sub(g.f.At))
}

// inTurn is how long every contact is tried, where a warning is out that nobody answered, before the first
// restriction of the case (R24). Where others are hurt nothing waits, and whoever has spoken is not
// restricted by a machine alone.
func (g *gate) inTurn(m evenkeel.Measure) time.Duration {
	if !m.Enforced() || g.p.Family.Harm == policy.HarmPackets || g.open == nil || g.open.Spoke != 0 {
		return 0
	}
	asked := false
	for i := range g.live {
		x := &g.live[i]
		if !tookEffect(x, g.live) {
			continue
		}
		if x.Measure.Enforced() {
			return 0
		}
		asked = true
	}
	if !asked {
		return 0
	}
	return g.p.Family.Clocks.Turn
}

// ended is until when what a decision rests on was seen; its own beginning where it rests on
// a person's reason.
func ended(x *evenkeel.Decision) evenkeel.Moment {
	until := evenkeel.Moment(0)
	for _, b := range x.Grounds.Basis {
		until = max(until, b.Until)
	}
	if until == 0 {
		return x.From
	}
	return until
}

// past says why what was found is too long ago for a machine to enforce anything, or "".
func (g *gate) past(m evenkeel.Measure) string {
	most := oldest
	if g.p.Family.Harm == policy.HarmPackets {
		most = stillMeasured
	}
	ago := g.f.At.Sub(g.f.Until)
	if !m.Enforced() || ago <= most {
		return ""
	}
	return fmt.Sprintf("What was found ended %s before it was judged: a person finds out whether it goes on.", span(ago))
}

// seenBefore says whether a decision of the case rests on another revision of this finding
// that says as much against the tenant: as many families of evidence, and a conclusive sign
// where there is one now.
func (g *gate) seenBefore() bool {
	for _, x := range live(g.d.Decisions) {
		for _, b := range x.Grounds.Basis {
			if b.Finding == g.f.ID && !adds(b.Terms, g.f.Terms) {
				return true
			}
		}
	}
	return false
}

// adds says whether some terms say more against the tenant than others did.
func adds(before, now []evenkeel.Term) bool {
	return slices.ContainsFunc(now, func(t evenkeel.Term) bool {
		return t.Weight > 0 && !slices.ContainsFunc(before, func(u evenkeel.Term) bool {
			return u.Weight > 0 && u.Family == t.Family && (u.Conclusive || !t.Conclusive)
		})
	})
}
