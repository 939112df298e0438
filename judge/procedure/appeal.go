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
// decision runs at a time: more words are kept, move nothing back and call nobody again. Once persons
// have decided on docket.MostAppeals of them what is said is a message: it is kept with the case and
// shown, and no more.
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
	if until := AppealUntil(h.d, &x, h.fam, h.a.At); h.a.At > until {
		return failure(evenkeel.KindConflict, "the tenant can still write: a message reaches a person", "%s of %s could be appealed until %s", x.Measure, x.From, until)
	}
	h.e.Appealed = x.ID
	open, heard := docket.AppealOf(&x, h.d.Decisions, h.d.Clocks, h.d.Heard)
	if open == nil && len(heard) >= docket.MostAppeals {
		h.e.Exhausted = true
		return nil
	}
	if c.State == evenkeel.CaseClosed {
		h.e.Case, h.e.Outcome = evenkeel.CaseReopened, c.Outcome
	} else {
		h.e.Case = review(c)
	}
	if x.Actor.Automatic() && c.State != evenkeel.CaseClosed && !foundBefore(c) {
		h.heard()
		if !runs(h.d, docket.ClockOurAnswer) {
			h.e.Start = append(h.e.Start, ourClocks(h.d, h.fam, h.a.At)...)
		}
	}
	if open != nil {
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
		Kind: docket.ClockAppealAnswer, Decision: x.ID, Started: h.a.At, Due: h.a.At.Add(within), Heard: heard, Breach: "What is enforced steps down.",
	})
	h.e.Start = append(h.e.Start, k)
	if !AppealOpen(h.d) {
		who := "a person who did not decide it decides"
		if len(h.d.Bench) > 0 && len(slices.Compact(slices.Clone(h.d.Bench))) == 1 {
			who = "the one person who works here hears it"
		}
		h.call(docket.LevelOnCall, k.Due, "The tenant appeals against %s; %s by %s.", x.Measure, who, k.Due)
		h.e.Calls[len(h.e.Calls)-1].Not = h.partial(&x, &k)
	}
	return nil
}

// call calls people because of an act.
func (h *hearing) call(level int, due evenkeel.Moment, format string, args ...any) {
	h.e.Calls = append(h.e.Calls, Call{Level: level, At: h.e.At, About: h.a.Kind.String(), Why: fmt.Sprintf(format, args...), Due: due})
}

// AppealUntil is until when a decision can be appealed against, as of a moment, as the clock says that the tenant was told of.
// What restricted nobody has none, nor has what was decided before there were such clocks: there it is counted
// from what was decided of it last, or of its case where that is closed or open again. Letters say the same.
func AppealUntil(d *docket.Dossier, x *evenkeel.Decision, fam *policy.Family, at evenkeel.Moment) evenkeel.Moment {
	if k := docket.WindowOf(x, d.Clocks); k != nil {
		return k.RunsOut(at)
	}
	last := x.At
	if d.Case.State == evenkeel.CaseClosed || d.Case.State == evenkeel.CaseReopened { // which takes back no time that was told
		last = max(last, d.Case.Since)
	}
	return last.Add(appealTime(fam))
}

// Window is the clock of a decision that restricts, or did: until when it can be appealed against, counted from
// what was decided of it last. Closing its case as anything but in the tenant's favour is one such thing.
func Window(d docket.Dossier, x *evenkeel.Decision, fam *policy.Family, at evenkeel.Moment) docket.Clock {
	k := caseClock(&d, docket.Clock{Decision: x.ID, Kind: docket.ClockAppeal, Started: x.From, Breach: fmt.Sprintf("%s stands: it cannot be appealed against any more.", x.Measure)})
	if runs := docket.WindowOf(x, d.Clocks); runs != nil {
		k = *runs
	}
	k.Due = max(k.Due, at.Add(appealTime(fam)))
	return k
}

// stands is what follows once the time to appeal is over: the decision stands. Whoever writes is read all the same.
func (x *expiry) stands() {
	x.end("the time to appeal is over")
	for i := range x.d.Decisions {
		if y := &x.d.Decisions[i]; y.ID == x.k.Decision {
			x.e.Says = append(x.e.Says, fmt.Sprintf("The time to appeal against %s of %s is over: that decision stands. A message of the tenant still reaches a person.", y.Measure, y.From))
		}
	}
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
