package procedure

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// decided marks that a person decided. Where that answers the tenant (answers) its answer is there, and
// our clock stops. Nothing less does that: an acknowledgement that stopped the clock would be forgotten, and
// so would a word about something else. It stops also where something else is proposed still: that has a
// clock of its own (track).
func (h *hearing) decided() {
	if h.did = true; h.answers() {
		h.answered()
		return
	}
	h.e.Says = append(h.e.Says, "That is no answer to what the tenant said: it waits on.")
}

// answered marks that the tenant has its answer, and stops our clock.
func (h *hearing) answered() {
	h.did, h.e.Decided = true, true
	h.stop("a person decided", func(c *docket.Clock) bool {
		return ofOurAnswer(c.Kind) || c.Kind == docket.ClockWay && c.Decision == ""
	})
}

// answers says whether an effect, as it is so far, answers a tenant who waits (N, F8).
//
// Where measures are enforced that the tenant spoke about, each has to be decided on: by the effect it is
// lifted, or another one takes its place, lower or approved anew; or it was upheld; or a person entered it
// since the tenant waits. What closes the case answers by itself.
//
// Where nothing is enforced it is answered by a decision on what waits or stands, but not by taking back what a
// person proposed since the tenant waits, which the tenant did not speak about; and by a flag that covers all
// assets of the case and stands a day.
func (h *hearing) answers() bool {
	c := openCase(h.d)
	if c == nil || c.Waiting == 0 {
		return true
	}
	spoken := slices.DeleteFunc(live(h.d.Decisions, evenkeel.InForce), func(x evenkeel.Decision) bool { return !x.Measure.Enforced() || !h.spokeAbout(&x) })
	if len(spoken) > 0 {
		return !slices.ContainsFunc(spoken, func(x evenkeel.Decision) bool { return !h.settled(&x) })
	}
	if len(h.e.Instead) > 0 || h.upheld != "" || h.grantsAll(c) {
		return true
	}
	return slices.ContainsFunc(h.e.Turns, func(t Turn) bool {
		i := slices.IndexFunc(h.d.Decisions, func(x evenkeel.Decision) bool { return x.ID == t.Decision })
		x := &h.d.Decisions[max(i, 0)]
		return i >= 0 && t.To.Over() && (x.Actor.Person == "" || x.At < c.Waiting)
	})
}

// spokeAbout says whether the tenant has spoken since a measure, or what it came in the place of, began.
func (h *hearing) spokeAbout(x *evenkeel.Decision) bool {
	for range h.d.Decisions {
		if x.From <= h.d.Case.Spoke {
			return true
		}
		i := slices.IndexFunc(h.d.Decisions, func(y evenkeel.Decision) bool { return y.ID == x.Supersedes })
		if i < 0 {
			return x.Supersedes != "" // it is older than what is known here
		}
		x = &h.d.Decisions[i]
	}
	return false
}

// settled says whether a person has decided on a measure that is in force, by this effect or since the tenant
// waits. To put the step down off, once, is no decision, though the measure is that person's from then on.
func (h *hearing) settled(x *evenkeel.Decision) bool {
	our := find(h.d.Clocks, docket.ClockOurAnswer)
	return h.upheld == x.ID || x.Actor.Person != "" && x.From >= h.d.Case.Waiting && (our == nil || our.Renewed == "") ||
		slices.ContainsFunc(h.e.Turns, func(t Turn) bool { return t.Decision == x.ID }) ||
		slices.ContainsFunc(h.e.Instead, func(i Instead) bool { return i.Of == x.ID })
}

// aDay is how long a flag has to stand that answers a tenant.
const aDay = 24 * time.Hour

// grantsAll says whether a person grants a flag for all that a case is about, for a day at least. It is held
// against the case's assets alone: what a flag covers of a finding policy.Weigh says.
func (h *hearing) grantsAll(c *evenkeel.Case) bool {
	g := h.a.Grant
	if g == nil || len(h.e.Grants) == 0 || g.From > h.a.At || g.Until < h.a.At.Add(aDay) {
		return false
	}
	return g.Selector.TenantWide || len(c.Assets) > 0 && !slices.ContainsFunc(c.Assets, func(a evenkeel.AssetID) bool { return !slices.Contains(g.Selector.Assets, a) })
}
