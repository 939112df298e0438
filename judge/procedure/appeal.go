package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// appeal is what follows when the tenant appeals against a measure: it has a receipt at once,
// and a clock at whose end a person who did not take the decision has decided. What a machine
// decided is answered by it too, so our clock runs as for any first word. One appeal against a
// decision runs at a time: more words are kept, move nothing back and call nobody again.
func (h *hearing) appeal() error {
	c, err := h.needCase()
	switch {
	case err != nil:
		return err
	case h.a.Says == "":
		return evenkeel.Invalid("it says nothing; expected why the decision is wrong")
	case c.State == evenkeel.CaseClosed && c.Outcome.Cleared():
		return conflict("case %s was closed at %s in the tenant's favour (%s): nothing is left to appeal against", c.ID, c.Since, c.Outcome)
	}
	x, err := h.appealed()
	if err != nil {
		return err
	}
	last := x.At
	if c.State == evenkeel.CaseClosed {
		last = max(last, c.Since)
	}
	if until := last.Add(appealTime(h.fam)); h.a.At > until {
		return failure(evenkeel.KindConflict, "the tenant can still write: a message reaches a person", "%s could be appealed until %s", x.ID, until)
	}
	h.e.Appealed = x.ID
	if c.State == evenkeel.CaseClosed {
		h.e.Case, h.e.Outcome = evenkeel.CaseReopened, c.Outcome
	} else {
		h.e.Case = review(c)
	}
	h.pauseRetrieval("an appeal is open")
	if x.Actor.Automatic() && c.State != evenkeel.CaseClosed && !foundBefore(c) {
		h.heard()
		if !runs(h.d, docket.ClockOurAnswer) {
			h.e.Start = append(h.e.Start, ourClocks(h.d, h.fam, h.a.At)...)
		}
	}
	if appealClock(h.d, x.ID) != nil {
		return nil
	}
	times := policy.Clocks{OurAnswer: ourTime(h.fam)}
	if h.fam != nil {
		times = h.fam.Clocks
	}
	times = times.WithDefaults()
	within := times.AppealAnswer
	if down(h.d) {
		within = times.AppealDown
	}
	k := caseClock(h.d, docket.Clock{
		Kind: docket.ClockAppealAnswer, Decision: x.ID, Started: h.a.At, Due: h.a.At.Add(within), Breach: "What is enforced steps down.",
	})
	h.e.Start = append(h.e.Start, k)
	if !appealOpen(h.d) {
		h.call(docket.LevelOnCall, k.Due, "The tenant appeals against %s; a person who did not decide it decides by %s.", x.Measure, k.Due)
	}
	return nil
}

// call calls people because of an act.
func (h *hearing) call(level int, due evenkeel.Moment, format string, args ...any) {
	h.e.Calls = append(h.e.Calls, Call{Level: level, At: h.e.At, About: h.a.Kind.String(), Why: fmt.Sprintf(format, args...), Due: due})
}

func appealTime(fam *policy.Family) time.Duration {
	if fam != nil && fam.Clocks.Appeal > 0 {
		return fam.Clocks.Appeal
	}
	return 183 * 24 * time.Hour
}

// down says whether nothing of the tenant's work goes on by what stands in the case.
func down(d *docket.Dossier) bool {
	return slices.ContainsFunc(live(d.Decisions, evenkeel.InForce), func(x evenkeel.Decision) bool { return x.Measure >= evenkeel.MeasureIsolate })
}

// appealed returns the decision that an appeal is against: the one that it names, or the
// highest in force, or the one that was in force last.
func (h *hearing) appealed() (evenkeel.Decision, error) {
	met := func(x *evenkeel.Decision) bool {
		return x.Mode == evenkeel.ModeLive && x.Measure != evenkeel.MeasureNone && (x.State == evenkeel.Held || tookEffect(x, h.d.Decisions) || x.State == evenkeel.Superseded && x.At >= x.From)
	}
	if h.a.Decision != "" {
		i := slices.IndexFunc(h.d.Decisions, func(x evenkeel.Decision) bool { return x.ID == h.a.Decision })
		switch {
		case i < 0:
			return evenkeel.Decision{}, notFound("case %s has no decision %s", h.d.Case.ID, h.a.Decision)
		case !met(&h.d.Decisions[i]):
			x := &h.d.Decisions[i]
			return evenkeel.Decision{}, conflict("%s is %s and never took effect: there is nothing to appeal against", x.ID, x.State)
		}
		return h.d.Decisions[i], nil
	}
	var best *evenkeel.Decision
	for i := range h.d.Decisions {
		x := &h.d.Decisions[i]
		if !met(x) {
			continue
		}
		stands := x.State == evenkeel.InForce
		switch {
		case best == nil, stands && best.State != evenkeel.InForce:
			best = x
		case stands != (best.State == evenkeel.InForce):
		case stands && rank(h.fam, x.Measure) != rank(h.fam, best.Measure):
			if rank(h.fam, x.Measure) > rank(h.fam, best.Measure) {
				best = x
			}
		case x.At >= best.At:
			best = x
		}
	}
	if best == nil {
		return evenkeel.Decision{}, notFound("nothing took effect in case %s: there is nothing to appeal against", h.d.Case.ID)
	}
	return *best, nil
}

// appealClock returns the running clock of an appeal against a decision, or nil.
func appealClock(d *docket.Dossier, id evenkeel.DecisionID) *docket.Clock {
	for i := range d.Clocks {
		if k := &d.Clocks[i]; k.Kind == docket.ClockAppealAnswer && k.Decision == id && k.Ended == 0 {
			return k
		}
	}
	return nil
}

func appealOpen(d *docket.Dossier) bool { return runs(d, docket.ClockAppealAnswer) }

// onAppeal returns the appealed decisions that are about some assets and on which nobody has
// decided yet.
func (h *hearing) onAppeal(assets []evenkeel.AssetID) (out []evenkeel.Decision) {
	for _, x := range h.d.Decisions {
		if appealClock(h.d, x.ID) != nil && touch(x.Assets, assets) {
			out = append(out, x)
		}
	}
	return out
}

// MayRaise says why a person may not open a review about assets where an appeal is open, or nil.
func MayRaise(d docket.Dossier, by evenkeel.PersonID, assets []evenkeel.AssetID) error {
	return (&hearing{d: &d, a: &docket.Act{By: by}}).notOwn(assets)
}

// notOwn says why the person may not decide where an appeal is open, or nil: nobody judges the
// appeal against a decision that is theirs, alone or as one of two (R5).
func (h *hearing) notOwn(assets []evenkeel.AssetID) error {
	for _, y := range h.onAppeal(assets) {
		for z := &y; z != nil && h.a.By != ""; z = before(z, h.d.Decisions) { // whoever decided what it stands in the place of
			if z.Actor.Person == h.a.By || z.Actor.Second == h.a.By {
				return failure(evenkeel.KindDenied, "a person who did not take the decision decides on the appeal",
					"%s took the decision that is appealed (%s)", h.a.By, z.ID)
			}
		}
	}
	return nil
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

// answerAppeals marks that a person has decided on the appeals about some assets. Where that
// was the last of them, the time to fetch data runs on. It returns how many are left.
func (h *hearing) answerAppeals(assets []evenkeel.AssetID) (left int) {
	on := h.onAppeal(assets)
	h.stop("a person decided on the appeal", func(k *docket.Clock) bool {
		return k.Kind == docket.ClockAppealAnswer && slices.ContainsFunc(on, func(x evenkeel.Decision) bool { return x.ID == k.Decision })
	})
	h.e.Answered = len(on) > 0
	if left = len(h.openAppeals()) - len(on); left == 0 {
		h.resumeRetrieval()
	}
	return left
}

func (h *hearing) openAppeals() (out []docket.Clock) {
	for _, k := range h.d.Clocks {
		if k.Kind == docket.ClockAppealAnswer && k.Ended == 0 {
			out = append(out, k)
		}
	}
	return out
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
		open = slices.DeleteFunc(open, func(k docket.Clock) bool { return k.Decision != h.a.Decision })
	}
	switch len(open) {
	case 0:
		return notFound("no appeal that waits for a person is open in case %s", c.ID)
	case 1:
	default:
		return conflict("%d appeals are open in case %s; expected the id of the decision that one is against", len(open), c.ID)
	}
	i := slices.IndexFunc(h.d.Decisions, func(x evenkeel.Decision) bool { return x.ID == open[0].Decision })
	if i < 0 {
		return notFound("case %s has no decision %s", c.ID, open[0].Decision)
	}
	x := h.d.Decisions[i]
	if err := h.notOwn(x.Assets); err != nil {
		return err
	}
	if x.State == evenkeel.InForce && x.Until > h.a.At {
		h.instead(&x, x.Measure, x.Until, fmt.Sprintf("%s decided on the appeal: %s stays.", h.a.By, x.Measure))
	} else {
		h.e.Says = append(h.e.Says, fmt.Sprintf("%s decided on the appeal: %s, which is %s, was right.", h.a.By, x.Measure, words(x.State)))
	}
	left := h.answerAppeals(x.Assets)
	h.decided()
	if foundBefore(c) && left == 0 && !proposes(after(h.d, &h.e)) {
		h.e.Case, h.e.Outcome = evenkeel.CaseClosed, c.Outcome
		h.stop("the case was closed", func(k *docket.Clock) bool {
			return k.Kind != docket.ClockLease && k.Kind != docket.ClockRetrieval && k.Kind != docket.ClockAppealAnswer && !ofOurAnswer(k.Kind)
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
