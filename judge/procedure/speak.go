package procedure

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// speak is what follows when the tenant answers or writes: whatever waited for a time waits
// for a person now, and our clock runs. Where it runs already it is left alone, however
// often the tenant speaks: more words never lower a place in the queue.
func (h *hearing) speak() error {
	c, err := h.needCase()
	switch {
	case err != nil:
		return err
	case c.State == evenkeel.CaseClosed && c.Outcome.Cleared():
		return nil // it is said, and there is nothing left to decide
	case c.State == evenkeel.CaseClosed:
		h.e.Case, h.e.Outcome = evenkeel.CaseReopened, c.Outcome
	default:
		h.e.Case = review(c)
	}
	h.heard()
	if h.a.Kind == docket.ActAnswer {
		h.stop("the tenant answered", func(k *docket.Clock) bool { return k.Kind == docket.ClockTenantAnswer })
	}
	if !runs(h.d, docket.ClockOurAnswer) {
		h.e.Start = append(h.e.Start, ourClocks(h.d, h.fam, h.a.At)...)
	}
	return nil
}

// heard marks that the tenant has spoken: no machine goes on with what was held for that.
func (h *hearing) heard() {
	h.e.Spoke = true
	h.turn(evenkeel.Proposed, "The tenant was heard: a person decides.", live(h.d.Decisions, evenkeel.Held)...)
}

// announce is what follows when the tenant says beforehand what will run: a flag within the
// bounds that it has earned, or else a question to a person.
func (h *hearing) announce() error {
	e := h.earned
	switch {
	case h.a.Burst == nil:
		return evenkeel.Invalid("it does not say what is announced; expected a burst")
	case e.Granted && len(e.Families) > 0:
		return h.grant("", evenkeel.Flag{
			Selector: e.Selector, Envelope: e.Envelope, From: e.From, Until: e.Until,
			By: evenkeel.Actor{Policy: e.Policy}, Why: e.Why,
		}, e.Families)
	}
	c := openCase(h.d)
	h.e.Case = review(c)
	h.heard()
	if e.Why != "" {
		h.e.Says = append(h.e.Says, e.Why)
	}
	if c == nil || !runs(h.d, docket.ClockOurAnswer) {
		h.e.Start = append(h.e.Start, ourClocks(h.d, h.fam, h.a.At)...)
	}
	return nil
}
