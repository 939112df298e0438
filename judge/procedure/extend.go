package procedure

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// extend gives the tenant as much time again to answer as it had, once. It is no answer: what
// is held goes on, and nobody of ours has to decide by it.
func (h *hearing) extend() error {
	c, err := h.needCase()
	if err != nil {
		return err
	}
	k := find(h.d.Clocks, docket.ClockTenantAnswer)
	switch {
	case h.a.Says == "":
		return evenkeel.Invalid("it gives no reason; expected why more time is needed")
	case k == nil:
		return notFound("nothing is asked of the tenant in case %s at the moment: no time runs that could be longer", c.ID)
	case k.Extended != 0:
		return failure(evenkeel.KindConflict, "write what is known by now: an answer that is not complete is an answer",
			"the time to answer was extended at %s already, until %s; it can be extended once", k.Extended, k.Due)
	case k.Due <= h.a.At && k.Paused == "":
		return conflict("the time to answer was up at %s", k.Due)
	}
	more := *k
	more.Due, more.Extended = k.Due.Add(k.Due.Sub(k.Started)-k.Stood), h.a.At // what stood still was no time to answer
	h.e.Start = append(h.e.Start, more)
	h.e.Says = append(h.e.Says, fmt.Sprintf("The tenant asked for more time and has until %s to answer.", more.Due))
	return nil
}

// urgently moves a case to the front and calls people at once: somebody of the tenant says that
// production is down, or that all questions are answered. Whoever that is, the owner or another
// contact, it is heard like any word; and it calls once for each of the two until a person has decided.
// That production is down weighs more, and calls once more.
func (h *hearing) urgently() error {
	c, err := h.needCase()
	if err != nil {
		return err
	}
	if c.State == evenkeel.CaseClosed && c.Outcome.Cleared() {
		return nil // it is said, and there is nothing left to decide
	}
	if h.a.Kind == docket.ActAnswered {
		h.stop("the tenant answered", func(k *docket.Clock) bool { return k.Kind == docket.ClockTenantAnswer })
	}
	if err := h.speak(); err != nil {
		return err
	}
	what, k := "production is down", caseClock(h.d, docket.Clock{
		Kind: docket.ClockUrgent, About: h.a.Kind, Started: h.a.At, Due: h.a.At.Add(ourTime(h.fam)), Breach: "The lead is called: production is down.",
	})
	if h.a.Kind == docket.ActAnswered {
		what, k.Breach = "all questions are answered", "The lead is called."
	}
	if runs := find(h.d.Clocks, docket.ClockUrgent); runs != nil {
		if runs.About == docket.ActDown || k.About == docket.ActAnswered {
			return nil // people were called for that, or for more
		}
		k.Started, k.Due = runs.Started, runs.Due
	}
	h.e.Start = append(h.e.Start, k)
	h.call(docket.LevelOnCall, 0, "A contact of the tenant says that %s.", what)
	return nil
}
