package procedure

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// flag is what follows when a person grants a flag: what waited for a time waits for a person,
// who has just said that some of it is fine. Where the tenant waits this is its answer only as far as
// answers says: it ends no measure. A question about a burst is answered by it, and closed.
func (h *hearing) flag() error {
	c := openCase(h.d)
	if err := h.grantAsked(c); err != nil {
		return err
	}
	if c == nil {
		return nil
	}
	h.turn(evenkeel.Proposed, "A person granted a flag: a person decides.", live(h.d.Decisions, evenkeel.Held)...)
	if h.d.Family == docket.Announcements {
		h.e.Case, h.e.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeCovered
		h.stop("the announcement was allowed", func(k *docket.Clock) bool { return !ofOurAnswer(k.Kind) })
		h.answered()
	} else if c.Waiting != 0 {
		h.decided()
	}
	return nil
}

// Reword puts words in the place of those of the act by which a person grants a flag or chooses another measure: with
// the questions beside the answers, which whoever reads the flag in a year needs as much.
func (e *Effect) Reword(was, is string) {
	for i := range e.Grants {
		if f := &e.Grants[i]; f.Why == was {
			f.Why = is
			f.ID = evenkeel.NewFlagID(f)
		}
	}
	for i := range e.Instead {
		if x := &e.Instead[i]; x.Says == was {
			x.Says = is
		}
	}
}

// grantAsked grants the flag that the act asks for: for the case's family, or, where a burst
// was asked about, for the families that announcements are about.
func (h *hearing) grantAsked(c *evenkeel.Case) error {
	g := h.a.Grant
	if g == nil {
		return evenkeel.Invalid("it does not say what the flag covers; expected a selector and an end")
	}
	f := evenkeel.Flag{
		Selector: g.Selector, Envelope: g.Envelope, From: g.From, Until: g.Until,
		By: evenkeel.Actor{Person: h.a.By}, Why: h.a.Says,
	}
	if f.From == 0 {
		f.From = h.a.At
	}
	if f.Until <= h.a.At {
		return evenkeel.Invalid("the flag ends at %s; expected an end after now, which is %s", f.Until, h.a.At)
	}
	families := []string{h.d.Family}
	if h.d.Family == docket.Announcements {
		if families = h.earned.Families; len(families) == 0 {
			return conflict("the policy does not say for which families a burst is announced, so there is nothing to grant")
		}
	}
	var of evenkeel.CaseID
	if c != nil {
		of = c.ID
	}
	return h.grant(of, f, families)
}

// grant grants the same flag for each of some families.
func (h *hearing) grant(c evenkeel.CaseID, f evenkeel.Flag, families []string) error {
	for _, family := range families {
		f.Tenant, f.Family, f.Case = h.d.Tenant, family, c
		f.ID = evenkeel.NewFlagID(&f)
		if err := f.Check(); err != nil {
			return err
		}
		h.e.Grants = append(h.e.Grants, f)
	}
	return nil
}

// revoke is what follows when a person ends a flag: the one that is named, or the only one
// that has not ended.
func (h *hearing) revoke() error {
	var standing []evenkeel.Flag
	var names []string
	for _, f := range h.d.Flags {
		if f.Revoked == 0 && f.Until > h.a.At && (h.a.Flag == "" || f.ID == h.a.Flag) {
			standing = append(standing, f)
			names = append(names, fmt.Sprintf("%s (until %s)", f.ID, f.Until))
		}
	}
	switch {
	case len(standing) == 0 && h.a.Flag != "":
		return notFound("flag %s does not stand for tenant %s under %s", h.a.Flag, h.d.Tenant, h.d.Family)
	case len(standing) == 0:
		return notFound("no flag stands for tenant %s under %s", h.d.Tenant, h.d.Family)
	case len(standing) > 1:
		return conflict("%d flags stand; expected the id of one of %s", len(standing), strings.Join(names, ", "))
	}
	f := standing[0]
	f.Revoked = h.a.At
	h.e.Revoke = &f
	return nil
}
