package procedure

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// AppealOpen says whether an appeal waits for a decision in the case.
func AppealOpen(d *docket.Dossier) bool { return runs(d, docket.ClockAppealAnswer) }

// onAppeal returns the running clocks of the appeals against what is about some assets.
func (h *hearing) onAppeal(assets []evenkeel.AssetID) (out []docket.Clock) {
	for _, k := range h.openAppeals() {
		if x := h.of(&k); x != nil && touch(x.Assets, assets) {
			out = append(out, k)
		}
	}
	return out
}

// of is the decision that a clock is about, or nil.
func (h *hearing) of(k *docket.Clock) *evenkeel.Decision {
	i := slices.IndexFunc(h.d.Decisions, func(x evenkeel.Decision) bool { return x.ID == k.Decision })
	if i < 0 {
		return nil
	}
	return &h.d.Decisions[i]
}

// MayRaise says why a person may not open a review about assets where an appeal is open, or nil.
func MayRaise(d docket.Dossier, by evenkeel.PersonID, assets []evenkeel.AssetID) error {
	h := hearing{d: &d, a: &docket.Act{By: by}}
	return h.notOwn(h.onAppeal(assets)...)
}

// notOwn says why the person may not decide on some appeals, or nil: nobody judges the appeal against
// a decision that is theirs, alone or as one of two (R5), and the one more appeal that there may be is
// heard by another person than the first, where there is another.
func (h *hearing) notOwn(appeals ...docket.Clock) error {
	for _, k := range appeals {
		x := h.of(&k)
		if x == nil || h.a.By == "" {
			continue
		}
		switch z := h.took(x, &k, h.a.By); {
		case z != nil && h.alone() && h.a.Kind.Eases():
		case z != nil && h.alone():
			return failure(evenkeel.KindDenied, "lift it or lower it, which who is alone may do about their own decision; else it steps down when the time for the answer is over",
				"%s took the decision that is appealed (%s), and nobody else works here", h.a.By, z.ID)
		case z != nil:
			return failure(evenkeel.KindDenied, "a person who did not take the decision decides on the appeal",
				"%s took the decision that is appealed (%s)", h.a.By, z.ID)
		case heardBy(&k, h.a.By) && h.another(x, &k):
			return failure(evenkeel.KindDenied, "another person decides on the second appeal", "%s decided on the first appeal against %s", h.a.By, x.ID)
		}
	}
	return nil
}

// alone says whether nobody else may decide at all. Then whoever took a decision hears the appeal against
// it, and can only end or lower what they decided: no appeal is lost to who is judged by it (R5).
func (h *hearing) alone() bool {
	return len(h.d.Bench) > 0 && !slices.ContainsFunc(h.d.Bench, func(p evenkeel.PersonID) bool { return p != h.a.By })
}

// took is what a person decided of a decision, or of what it stands in the place of, or nil; but for
// what the person, who heard an earlier appeal, left as it was.
func (h *hearing) took(x *evenkeel.Decision, k *docket.Clock, p evenkeel.PersonID) *evenkeel.Decision {
	for z := x; z != nil; z = before(z, h.d.Decisions) {
		if z.Actor.Person != p && z.Actor.Second != p {
			continue
		}
		if y := before(z, h.d.Decisions); y == nil || y.Measure != z.Measure || !heardBy(k, p) {
			return z
		}
	}
	return nil
}

// partial are those who may not hear an appeal: who took the decision, or what it stands in the place of, and who
// heard an appeal against it before.
func (h *hearing) partial(x *evenkeel.Decision, k *docket.Clock) (out []evenkeel.PersonID) {
	for z := x; z != nil; z = before(z, h.d.Decisions) {
		out = append(out, z.Actor.Person, z.Actor.Second)
	}
	for _, who := range k.Heard {
		out = append(out, who...)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(p evenkeel.PersonID) bool { return p == "" })
}

// heardBy says whether a person decided on an earlier appeal against the same.
func heardBy(k *docket.Clock, p evenkeel.PersonID) bool {
	return slices.ContainsFunc(k.Heard, func(who []evenkeel.PersonID) bool { return slices.Contains(who, p) })
}

// another says whether there is a person who neither took the decision nor heard an appeal against
// it. Where it is not known who there is, there may be one.
func (h *hearing) another(x *evenkeel.Decision, k *docket.Clock) bool {
	return len(h.d.Bench) == 0 || slices.ContainsFunc(h.d.Bench, func(p evenkeel.PersonID) bool { return h.took(x, k, p) == nil && !heardBy(k, p) })
}

// before returns the decision in whose place another one stands, or nil.
func before(x *evenkeel.Decision, all []evenkeel.Decision) *evenkeel.Decision {
	for i := range all {
		if y := &all[i]; x.Supersedes != "" && y.ID == x.Supersedes && y.At <= x.At {
			return y
		}
	}
	return nil
}

// answer marks that a person, or two, have decided on some appeals, and returns how many are left.
func (h *hearing) answer(appeals []docket.Clock, who ...evenkeel.PersonID) (left int) {
	for _, k := range appeals {
		k.Ended, k.Because = h.a.At, "a person decided on the appeal"
		k.Heard = append(slices.Clone(k.Heard), who)
		h.e.Stop = append(h.e.Stop, k)
	}
	h.e.Answered = h.e.Answered || len(appeals) > 0
	return len(h.openAppeals()) - len(appeals)
}

func (h *hearing) openAppeals() (out []docket.Clock) {
	for _, k := range h.d.Clocks {
		if k.Kind == docket.ClockAppealAnswer && k.Ended == 0 {
			out = append(out, k)
		}
	}
	return out
}

// against are the open appeals against a decision, or what it began as.
func (h *hearing) against(id evenkeel.DecisionID) []docket.Clock {
	x := h.of(&docket.Clock{Decision: id})
	if x == nil {
		return nil
	}
	if k, _ := docket.AppealOf(x, h.d.Decisions, h.d.Clocks); k != nil {
		return []docket.Clock{*k}
	}
	return nil
}

// uphold finds that what was appealed stays, with reasons. What is in force stays in a new
// decision, to the end that it had; a case that only the appeal opened again is closed as it
// was.
func (h *hearing) uphold() error {
	c, err := h.needCase()
	if err != nil {
		return err
	}
	open := h.openAppeals()
	if h.a.Decision != "" {
		open = h.against(h.a.Decision)
	}
	if cut := h.cutWays(); len(open) == 0 && len(cut) == 1 {
		return h.foundOut(cut[0])
	} else if len(open) == 0 && len(cut) > 1 {
		return conflict("ways to the data are cut under %d decisions of case %s; expected the id of one of them", len(cut), c.ID)
	}
	switch len(open) {
	case 0:
		return failure(evenkeel.KindNotFound, "evenkeel case show prints the clocks that run; what nobody appealed against is lifted, lowered or closed", "no appeal that waits for a person is open in case %s", c.ID)
	case 1:
	default:
		return conflict("%d appeals are open in case %s; expected the id of the decision that one is against", len(open), c.ID)
	}
	i := slices.IndexFunc(h.d.Decisions, func(x evenkeel.Decision) bool { return x.ID == open[0].Decision })
	if i < 0 {
		return notFound("case %s has no decision %s", c.ID, open[0].Decision)
	}
	x := h.d.Decisions[i]
	if err := h.notOwn(open[0]); err != nil {
		return err
	}
	if x.State == evenkeel.InForce && x.Until > h.a.At && x.Actor.Second == "" { // what two persons found stays theirs
		h.instead(&x, x.Measure, x.Until, fmt.Sprintf("%s decided on the appeal: %s stays.", h.a.By, x.Measure))
	} else {
		h.e.Says = append(h.e.Says, fmt.Sprintf("%s decided on the appeal: %s, which is %s, was right.", h.a.By, x.Measure, words(x.State)))
	}
	left := h.answer(open, h.a.By)
	h.upheld = x.ID
	closes := foundBefore(c) && left == 0 && !byLot(h.d) && !proposes(after(h.d, &h.e)) // a lot opens a case again for more than an appeal
	if !closes {
		h.decided()
	} else {
		h.answered()
		h.e.Case, h.e.Outcome = evenkeel.CaseClosed, c.Outcome
		h.stop("the case was closed", func(k *docket.Clock) bool {
			return !k.Kind.InForce() && k.Kind != docket.ClockRetrieval && k.Kind != docket.ClockAppealAnswer && !ofOurAnswer(k.Kind)
		})
	}
	return nil
}

// unheardAppeal is what follows when nobody decided on an appeal in time: as with any clock of
// ours, what is enforced steps down, and the lead is called until somebody decides.
func (x *expiry) unheardAppeal() {
	x.end("missed: nobody decided on the appeal")
	c := openCase(x.d)
	if c == nil {
		return
	}
	x.e.Says = append(x.e.Says, fmt.Sprintf("Nobody decided by %s on the appeal of %s.", x.k.Due, x.k.Started))
	x.e.Start = append(x.e.Start, longer(x.k))
	x.stepDown(c)
	x.call(docket.LevelLead, 0, "Nobody decided by %s on the appeal of %s.", x.k.Due, x.k.Started)
}
