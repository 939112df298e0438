package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// hearing is one act, and what follows from it so far.
type hearing struct {
	d      *docket.Dossier
	a      *docket.Act
	fam    *policy.Family // nil where the policy says nothing about the family
	earned *policy.Earned
	means  Means
	e      Effect
	did    bool                // a person decided something
	upheld evenkeel.DecisionID // on an appeal, by this act
}

// acts says what each kind of act does.
var acts = map[docket.ActKind]func(*hearing) error{
	docket.ActAnswer: (*hearing).speak, docket.ActMessage: (*hearing).speak, docket.ActAnnounce: (*hearing).announce,
	docket.ActFlag: (*hearing).flag, docket.ActRevoke: (*hearing).revoke,
	docket.ActClear: (*hearing).clear, docket.ActClose: (*hearing).close,
	docket.ActApprove: (*hearing).approve, docket.ActRefuse: (*hearing).refuse,
	docket.ActLower: (*hearing).lower, docket.ActLift: (*hearing).lift, docket.ActRenew: (*hearing).renew,
	docket.ActUphold: (*hearing).uphold, docket.ActAppeal: (*hearing).appeal, docket.ActExtend: (*hearing).extend,
	docket.ActDown: (*hearing).urgently, docket.ActAnswered: (*hearing).urgently,
}

// Hear says what follows from an act, or why it may not be done. e is what the policy says
// of an announcement, and m what whoever would carry a measure out has shown. What the tenant
// says counts from the opening of the case on, where it is dated before.
//
// KindInvalid: the act is not what is expected. KindNotFound: there is no such case,
// decision or flag. KindConflict: it does not go with how things stand, or could mean several
// things, which are named. KindDenied: one person may not do it, or nobody. Errors do not
// repeat the act: whoever asked names it.
func Hear(d docket.Dossier, a docket.Act, fam *policy.Family, e policy.Earned, m Means) (Effect, error) {
	h := hearing{d: &d, a: &a, fam: fam, earned: &e, means: m, e: Effect{At: a.At}}
	do, known := acts[a.Kind]
	if !known {
		return Effect{}, evenkeel.Invalid("%s act; expected a kind that is known", a.Kind)
	}
	if c := d.Case; c != nil && a.Kind.OfTenant() && a.At < c.Opened {
		a.At, h.e.At = c.Opened, c.Opened // clocks differ, and words lie in the mail for a while
	}
	if err := h.check(); err != nil {
		return Effect{}, err
	}
	if err := do(&h); err != nil {
		return Effect{}, err
	}
	if h.did && h.e.Case != evenkeel.CaseClosed && !proposes(after(&d, &h.e)) {
		h.stop("a person decided about all that was proposed", func(k *docket.Clock) bool { return k.Kind == docket.ClockReview })
	}
	track(&d, fam, &h.e, h.did)
	retrieve(&d, fam, &h.e)
	return h.e, nil
}

// check holds an act to what every act must have.
func (h *hearing) check() error {
	a, c := h.a, h.d.Case
	switch {
	case a.Kind.OfTenant() && a.By != "":
		return evenkeel.Invalid("by %s; expected no person of the operator where the tenant speaks", a.By)
	case !a.Kind.OfTenant() && a.By == "":
		return evenkeel.Invalid("by nobody; expected the person who does it")
	case !a.Kind.OfTenant() && a.Says == "":
		return evenkeel.Invalid("by %s without a reason; expected a sentence that says why", a.By)
	case c != nil && a.At < c.Opened:
		return evenkeel.Invalid("at %s; expected a time from %s on, when case %s was opened", a.At, c.Opened, c.ID)
	}
	return nil
}

// needCase returns the case, or an error that says there is none.
func (h *hearing) needCase() (*evenkeel.Case, error) {
	if h.d.Case == nil {
		return nil, notFound("tenant %s has no case of %s", h.d.Tenant, h.d.Family)
	}
	return h.d.Case, nil
}

// turn changes the state of decisions.
func (h *hearing) turn(to evenkeel.DecisionState, why string, decisions ...evenkeel.Decision) {
	for i := range decisions {
		h.e.Turns = append(h.e.Turns, Turn{Decision: decisions[i].ID, To: to, At: h.a.At, Why: why})
	}
}

// stop ends the running clocks that are meant.
func (h *hearing) stop(because string, meant func(*docket.Clock) bool) {
	for _, c := range h.d.Clocks {
		if c.Ended == 0 && !outlives(h.d, &c) && !stopped(h.e.Stop, &c) && meant(&c) {
			c.Ended, c.Because = h.a.At, because
			h.e.Stop = append(h.e.Stop, c)
		}
	}
}

// stopped says whether a clock is among those that an effect stops.
func stopped(all []docket.Clock, c *docket.Clock) bool {
	return slices.ContainsFunc(all, func(k docket.Clock) bool { return k.Kind == c.Kind && k.Decision == c.Decision })
}

// anHour is our time to answer where no policy says another.
const anHour = time.Hour

// ourTime is how long a person has to decide.
func ourTime(fam *policy.Family) time.Duration {
	if fam != nil && fam.Clocks.OurAnswer > 0 {
		return fam.Clocks.OurAnswer
	}
	return anHour
}

// ourClock is the clock of a person's answer, from a moment on.
func ourClock(d *docket.Dossier, fam *policy.Family, from evenkeel.Moment) docket.Clock {
	k := docket.Clock{Kind: docket.ClockOurAnswer, Started: from, Due: from.Add(ourTime(fam)), Breach: "What is enforced steps down."}
	return caseClock(d, k)
}

func failure(kind evenkeel.Kind, hint, format string, args ...any) error {
	return &evenkeel.Error{Kind: kind, Says: fmt.Sprintf(format, args...), Hint: hint}
}

func notFound(format string, args ...any) error {
	return failure(evenkeel.KindNotFound, "", format, args...)
}

func conflict(format string, args ...any) error {
	return failure(evenkeel.KindConflict, "", format, args...)
}
