package procedure

import (
	"cmp"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// clear closes the case in the tenant's favour: what stands ends, what waited is refused, all
// clocks stop, and the behaviour has its flag, in the same effect. Without a flag, or one of
// the reasons for none, the next shift would find the same again and know nothing of it.
func (h *hearing) clear() error {
	a := h.a
	c, err := h.stillOpen()
	if err != nil {
		return err
	}
	outcome := a.Outcome
	if outcome == evenkeel.OutcomeNone {
		outcome = evenkeel.OutcomeFalsePositive
	}
	if h.d.Family == docket.Announcements && outcome == evenkeel.OutcomeFalsePositive {
		outcome = evenkeel.OutcomePolicyMismatch // nothing was found that could have been wrong: what was announced is so, and allowed
	}
	switch {
	case !outcome.Cleared():
		return evenkeel.Invalid("outcome %s; expected %s or %s", outcome, evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch)
	case a.NoFlag.String() == "invalid":
		return evenkeel.Invalid("its reason for no flag is none of those that are known")
	case a.Grant == nil && a.NoFlag == docket.NoFlagMissing:
		return evenkeel.Invalid("neither a flag nor a reason for none; expected one of them, so that the same behaviour is not found again tomorrow")
	case a.Grant != nil && a.NoFlag != docket.NoFlagMissing:
		return evenkeel.Invalid("a flag and a reason for none (%s); expected one of them", a.NoFlag)
	case a.Grant != nil:
		if err := cmp.Or(h.covers(a.Grant.Selector.Assets), h.grantAsked(c)); err != nil {
			return err
		}
	}
	h.turn(evenkeel.Lifted, "The case was cleared.", live(h.d.Decisions, evenkeel.InForce)...)
	h.turn(evenkeel.Refused, "The case was cleared.", live(h.d.Decisions, evenkeel.Held, evenkeel.Proposed)...)
	h.answer(h.openAppeals(), a.By)
	h.e.Answered = false // not by somebody else than who took the decision: nothing is left that an appeal could bring
	h.stop("the case was cleared", func(*docket.Clock) bool { return true })
	h.e.Case, h.e.Outcome, h.e.Decided, h.did = evenkeel.CaseClosed, outcome, true, true
	return nil
}

// covers says why a flag on these machines is not that of the case, or nil. The tenant reads that the same is not asked again, and a slip
// in a name would make that untrue.
func (h *hearing) covers(assets []evenkeel.AssetID) error {
	found := together(h.d.Decisions)
	if touch(assets, found) {
		return nil
	}
	const most = 5
	names := make([]string, min(len(found), most))
	for i := range names {
		names[i] = string(found[i])
	}
	return failure(evenkeel.KindInvalid, "name a machine of the case; a flag on others is granted by itself, with flag grant",
		"the flag covers none of the machines of the case; expected at least one of %s", strings.Join(names, ", "))
}

// close closes the case with another outcome. Found rightly, what is in force runs to its
// end; where nothing could be found out, it ends now.
func (h *hearing) close() error {
	if _, err := h.stillOpen(); err != nil {
		return err
	}
	if err := h.notOwn(h.openAppeals()...); err != nil { // it answers all of them, and not with all that was asked
		return err
	}
	inForce := live(h.d.Decisions, evenkeel.InForce)
	switch h.a.Outcome {
	case evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim:
	case evenkeel.OutcomeInconclusive:
		h.turn(evenkeel.Lifted, "The case was closed as inconclusive.", inForce...)
		inForce = nil
	case evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch:
		return failure(evenkeel.KindInvalid, "clear the case: that leaves a flag, or a reason for none",
			"outcome %s; expected %s, %s or %s", h.a.Outcome, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive)
	default:
		return evenkeel.Invalid("outcome %s; expected %s, %s or %s",
			h.a.Outcome, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive)
	}
	h.answer(h.openAppeals(), h.a.By)
	h.turn(evenkeel.Refused, "The case was closed.", live(h.d.Decisions, evenkeel.Held, evenkeel.Proposed)...)
	h.stop("the case was closed", func(k *docket.Clock) bool {
		for i := range inForce {
			if k.Kind == docket.ClockRetrieval || k.Kind.InForce() && k.Decision == inForce[i].ID {
				return false
			}
		}
		return true
	})
	h.e.Case, h.e.Outcome, h.e.Decided, h.did = evenkeel.CaseClosed, h.a.Outcome, true, true
	return nil
}

// stillOpen returns the case, or an error where it is missing or closed already.
func (h *hearing) stillOpen() (*evenkeel.Case, error) {
	c, err := h.needCase()
	if err == nil && c.State == evenkeel.CaseClosed {
		return nil, conflict("case %s was closed at %s as %s", c.ID, c.Since, c.Outcome)
	}
	return c, err
}
