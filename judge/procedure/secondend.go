package procedure

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Weigh brings a review to what its verdicts say by now, at a moment: the same of two is agreed;
// of two that differ the lower counts, as what both support, until a third is in, and then the
// middle one, as what two of three support. Nothing counts for more than was asked. Where one is
// said, it is yes only where two say it.
func Weigh(r *docket.Review, fam *policy.Family, at evenkeel.Moment) {
	if len(r.Verdicts) < 2 || r.State.Over() {
		return
	}
	r.Since = at
	if !r.About.OfMeasure() {
		yes := 0
		for i := range r.Verdicts {
			if r.Verdicts[i].Grant {
				yes++
			}
		}
		r.Granted = yes >= 2
		r.State = docket.ReviewSettled
		if len(r.Verdicts) == 2 {
			r.State = docket.ReviewAgreed
			if yes == 1 {
				r.State = docket.ReviewSplit
			}
		}
		return
	}
	found := make([]evenkeel.Measure, len(r.Verdicts))
	for i := range r.Verdicts {
		if found[i] = r.Verdicts[i].Measure; rank(fam, found[i]) > rank(fam, r.Wanted) {
			found[i] = r.Wanted
		}
	}
	slices.SortFunc(found, func(a, b evenkeel.Measure) int { return rank(fam, a) - rank(fam, b) })
	switch {
	case len(found) == 3:
		r.State, r.Result = docket.ReviewSettled, found[1]
	case found[0] == found[1]:
		r.State, r.Result = docket.ReviewAgreed, found[0]
	default:
		r.State, r.Result = docket.ReviewSplit, found[0]
	}
}

// Backers are the first two whose verdicts support what was found together.
func Backers(r *docket.Review, fam *policy.Family) (first, second evenkeel.PersonID) {
	for i := range r.Verdicts {
		switch v := &r.Verdicts[i]; {
		case rank(fam, v.Measure) < rank(fam, r.Result):
		case first == "":
			first = v.Person
		default:
			return first, v.Person
		}
	}
	return first, ""
}

// Approves is the decision that an act lets take effect, and as what. An error where none is
// meant, or more than was wanted.
func Approves(d docket.Dossier, a docket.Act, fam *policy.Family, m Means) (evenkeel.Decision, evenkeel.Measure, error) {
	h := hearing{d: &d, a: &a, fam: fam, means: m}
	x, err := h.pick(evenkeel.Proposed, evenkeel.Held)
	if err != nil {
		return x, 0, err
	}
	as := asItIs(&x)
	if a.Measure != evenkeel.MeasureNone {
		as = a.Measure
	}
	if rank(fam, as) > rank(fam, x.Wanted) {
		return x, as, evenkeel.Invalid("%s as %s; expected at most %s, which was wanted", x.ID, as, x.Wanted)
	}
	return x, as, nil
}

// Ends is when a measure that two persons enter at a moment ends: as was asked, where it is what
// was asked; else with the lease that the policy gives it.
func Ends(r *docket.Review, m evenkeel.Measure, fam *policy.Family, at evenkeel.Moment) evenkeel.Moment {
	if m == r.Wanted && r.Until != 0 {
		return r.Until
	}
	switch lease := leaseIn(fam, m); {
	case lease > 0:
		return at.Add(lease)
	case m == evenkeel.MeasureDeny:
		return at.Add(docket.LongestEnd)
	}
	return at.Add(docket.SuspendFor)
}

func leaseIn(fam *policy.Family, m evenkeel.Measure) time.Duration {
	if fam == nil {
		return 0
	}
	return fam.Terms[m].Lease
}

// MayAsk says why two persons may not be asked for a measure, or nil: there are no means for it,
// it names nothing, or its end is none.
func MayAsk(r *docket.Review, fam *policy.Family, m Means, at evenkeel.Moment) error {
	lacks := m.Lacks(r.Wanted)
	switch {
	case r.Wanted == evenkeel.MeasureNone:
		return evenkeel.Invalid("it does not say which measure; expected one of %s", listed(findable(fam)[1:]))
	case !mayFind(r.Wanted, &docket.Review{}, fam) && leaseIn(fam, r.Wanted) <= 0 && r.Until == 0:
		return evenkeel.Invalid("%s is no rung under this family and has no end; expected one of %s, or an end", r.Wanted, listed(findable(fam)[1:]))
	case r.Wanted.Enforced() && len(r.Assets) == 0:
		return evenkeel.Invalid("%s names no assets; expected those that it is meant for", r.Wanted)
	case lacks != "":
		return failure(evenkeel.KindDenied, "propose a lower measure; or let whoever enforces declare and prove its means", "%s may not be entered: %s", r.Wanted, lacks)
	case r.Until != 0 && (r.Until <= at || r.Until > at.Add(docket.LongestEnd)):
		return evenkeel.Invalid("it is to end at %s; expected a time after %s, and within a year: what lasts longer is looked at again", r.Until, at)
	}
	return nil
}

// Together is what follows from what two persons found: the measure takes effect in the place of
// what it was asked about, or, where it is none, that is refused. assets are those that the
// tenant holds still.
func Together(d docket.Dossier, r *docket.Review, fam *policy.Family, m Means, assets []evenkeel.AssetID, at evenkeel.Moment) Effect {
	a := docket.Act{By: r.By, At: at}
	h := hearing{d: &d, a: &a, fam: fam, means: m, e: Effect{At: at}}
	i := slices.IndexFunc(d.Decisions, func(x evenkeel.Decision) bool { return x.ID == r.Decision })
	if i < 0 {
		return h.e
	}
	x := d.Decisions[i]
	lacks := m.Lacks(r.Result)
	stands := x.State == evenkeel.InForce
	switch {
	case r.State == docket.ReviewSplit && r.Result == evenkeel.MeasureNone:
		return h.e // a third decides whether there is anything
	case stands && x.Measure == r.Result && (r.Result != r.Wanted || r.Until <= x.Until):
		h.e.Says = append(h.e.Says, fmt.Sprintf("%s stays: it is what two of three support.", x.Measure))
	case lacks != "" && stands:
	case lacks != "":
		h.notDone(&x, r, fmt.Sprintf("%s may not be entered: %s.", r.Result, lacks))
	case r.Result == evenkeel.MeasureNone:
		h.notDone(&x, r, "Two persons found that nothing may be done.")
	default:
		h.both(&x, r, assets, Ends(r, r.Result, fam, at))
		for _, y := range replaced(d.Decisions, fam, r.Result, assets) {
			if y.ID != x.ID {
				h.turn(evenkeel.Superseded, fmt.Sprintf("%s takes its place.", r.Result), y)
			}
		}
	}
	if r.State != docket.ReviewSplit {
		h.holdBack(&x, r.Result)
	}
	h.decided()
	if !proposes(after(&d, &h.e)) {
		h.stop("two persons decided about what was proposed", func(k *docket.Clock) bool { return k.Kind == docket.ClockReview })
	}
	if on := h.onAppeal(assets); r.State != docket.ReviewSplit && h.notOwn(on...) == nil { // two who did not decide what is appealed have decided on it
		h.answer(on, judges(r)...)
	}
	retrieve(&d, fam, &h.e)
	track(&d, fam, &h.e, true)
	return h.e
}

// beyond are the assets that a decision is on besides those that a review is about: they joined since, and of them
// two persons found nothing.
func beyond(x *evenkeel.Decision, r *docket.Review) []evenkeel.AssetID {
	return without(x.Assets, slices.Sorted(slices.Values(r.Assets)))
}

// notDone ends what a review is about, where it comes to nothing. Of what joined since nothing is decided by it.
func (h *hearing) notDone(x *evenkeel.Decision, r *docket.Review, why string) {
	more := beyond(x, r)
	switch {
	case x.State.Over(): // by itself
		h.e.Says = append(h.e.Says, why)
	case len(more) == 0 && x.State == evenkeel.InForce:
		h.turn(evenkeel.Lifted, why, *x)
	case len(more) == 0:
		h.turn(evenkeel.Refused, why, *x)
	case x.State == evenkeel.InForce:
		h.e.Instead = append(h.e.Instead, restOf(x, more, h.e.At, why))
	case x.State == evenkeel.Held:
		h.turn(evenkeel.Proposed, why+" A person is asked about "+names(more)+" still.", *x)
	default:
		h.e.Says = append(h.e.Says, why+" A person is asked about "+names(more)+" still.")
	}
}

// both enters what two persons found on what they looked at. What joined since stays under what stands.
func (h *hearing) both(x *evenkeel.Decision, r *docket.Review, assets []evenkeel.AssetID, until evenkeel.Moment) {
	more := beyond(x, r)
	stands := x.State == evenkeel.InForce
	lower := stands && rank(h.fam, r.Result) <= rank(h.fam, x.Measure)
	wanted := evenkeel.MeasureNone
	if rank(h.fam, x.Wanted) < rank(h.fam, r.Wanted) {
		wanted = r.Wanted
	}
	h.e.Instead = append(h.e.Instead, Instead{
		Of: x.ID, Measure: r.Result, Wanted: wanted, At: h.e.At, Until: until, Assets: assets, Why: togetherSays(r), Says: reasonOf(x, r, h.d.Decisions), Beside: len(more) > 0 && !lower,
	})
	switch {
	case len(more) > 0 && lower:
		h.e.Instead = append(h.e.Instead, restOf(x, more, h.e.At, fmt.Sprintf("%s stays on %s: two persons found nothing of it.", x.Measure, names(more))))
	case len(more) > 0 && x.State == evenkeel.Held:
		h.turn(evenkeel.Proposed, "A person is asked about "+names(more)+" still.", *x)
	}
}

// restOf is what stands on some of a decision's assets as it did, once others have left it.
func restOf(x *evenkeel.Decision, on []evenkeel.AssetID, at evenkeel.Moment, why string) Instead {
	return Instead{Of: x.ID, Measure: x.Measure, At: at, Until: x.Until, Assets: on, Why: why, Rest: true}
}

// Nothing is what follows where two persons found something of what the tenant does not hold any more.
func Nothing(d docket.Dossier, r *docket.Review, fam *policy.Family, at evenkeel.Moment) Effect {
	h := hearing{d: &d, a: &docket.Act{By: r.By, At: at}, fam: fam, e: Effect{At: at, Decided: d.Case == nil || d.Case.Waiting == 0}}
	for i := range d.Decisions {
		if x := &d.Decisions[i]; x.ID == r.Decision && (x.State == evenkeel.Proposed || x.State == evenkeel.Held) {
			h.notDone(x, r, r.Why)
		}
	}
	return h.e
}

// judges are who gave verdicts.
func judges(r *docket.Review) (who []evenkeel.PersonID) {
	for i := range r.Verdicts {
		who = append(who, r.Verdicts[i].Person)
	}
	return who
}

// togetherSays says how what was found together came about.
func togetherSays(r *docket.Review) string {
	switch r.State {
	case docket.ReviewSplit:
		return fmt.Sprintf("Two persons differ: %s is what both support, and a third is asked.", r.Result)
	case docket.ReviewSettled:
		return fmt.Sprintf("%s is what two of three persons support.", r.Result)
	}
	return fmt.Sprintf("Two persons found %s, each without knowing of the other.", r.Result)
}

// reasonOf is what the tenant is told: why it was proposed, and what is said to its words. What a machine put in the
// place of that says no reason of a person.
func reasonOf(x *evenkeel.Decision, r *docket.Review, all []evenkeel.Decision) string {
	says := ""
	for y := x; y != nil && says == ""; y = before(y, all) {
		says = y.Grounds.Says
	}
	if v := r.First(); v != nil && !blank(v.Argument) && says != v.Argument {
		if says != "" {
			says += " "
		}
		says += v.Argument
	}
	return says
}

// Unseconded is what follows where everybody was asked and nobody gave the verdict: what waited is refused, and
// the lead is called. It is not drawn anew: who proposes again gets the same order.
func Unseconded(d docket.Dossier, r *docket.Review, fam *policy.Family, at evenkeel.Moment) Effect {
	e := Effect{At: at}
	if r.State == docket.ReviewSplit {
		r.State, r.Since, r.Why = docket.ReviewSettled, at, "Nobody is left who could be the third person: the lower of the two counts."
	} else {
		r.State, r.Since, r.Why = docket.ReviewUnseconded, at, "Everybody who could be the second person was asked, and nobody gave a verdict."
	}
	e.Says = append(e.Says, r.Why)
	e.Calls = append(e.Calls, Call{
		Level: docket.LevelLead, At: at, About: "unseconded " + string(r.ID), Why: "Nobody is left who could be asked about what takes two persons. " + r.Why,
	})
	for _, x := range live(d.Decisions, evenkeel.Proposed) {
		if x.ID == r.Decision && len(beyond(&x, r)) == 0 {
			e.Turns = append(e.Turns, Turn{Decision: x.ID, To: evenkeel.Refused, At: at, Why: r.Why})
		}
	}
	track(&d, fam, &e, true)
	return e
}
