package procedure

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// by makes ada the one who took a decision.
func by(x evenkeel.Decision) evenkeel.Decision {
	x.Actor.Person = "ada"
	return x
}

// opened is a dossier with what an effect starts and stops.
func opened(d docket.Dossier, e Effect) docket.Dossier {
	for _, k := range append(e.Stop, e.Start...) {
		var before []docket.Clock
		for _, o := range d.Heard {
			if o.Kind != k.Kind || o.Decision != k.Decision {
				before = append(before, o)
			}
		}
		if d.Heard = before; k.Ended != 0 && len(k.Heard) > 0 {
			d.Heard = append(d.Heard, k)
		}
		var left []docket.Clock
		for _, o := range d.Clocks {
			if o.Kind != k.Kind || o.Decision != k.Decision {
				left = append(left, o)
			}
		}
		if d.Clocks = left; k.Ended == 0 {
			d.Clocks = append(d.Clocks, k)
		}
	}
	return d
}

func kindIn(clocks []docket.Clock, kind docket.ClockKind) docket.Clock {
	if k := find(clocks, kind); k != nil {
		return *k
	}
	return docket.Clock{}
}

// F7, R5: an appeal has a clock at once, 24 h for whoever is cut off and 72 h else; against what a
// machine did it is the first word as well, and our hour runs.
func TestAnAppealHasAClockAtOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		x      evenkeel.Decision
		within time.Duration
		spoke  bool
	}{
		{"against a machine's throttle", decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), 72 * hour, true},
		{"against a person's throttle", by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), 72 * hour, false},
		{"against a person's isolation", by(decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1")), 24 * hour, false},
		{"against what lapsed", by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")), 72 * hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dossier(evenkeel.CaseUnderReview, c.x)
			e := mustHear(t, d, tenantSays(docket.ActAppeal, later), mining())
			if k := kindIn(e.Start, docket.ClockAppealAnswer); k.Due != later.Add(c.within) || k.Decision != "d-1" || e.Appealed != "d-1" || e.Spoke != c.spoke || len(e.Calls) != 1 {
				t.Errorf("%+v; expected a clock of %s, one call, and that it counts as a first word: %t", e, c.within, c.spoke)
			}
			again := mustHear(t, opened(d, e), tenantSays(docket.ActAppeal, later.Add(minute)), mining())
			if len(again.Start) != 0 || len(again.Calls) != 0 || again.Appealed != "d-1" {
				t.Errorf("%+v; expected that more words start nothing and call nobody", again)
			}
		})
	}
}

func TestWhatCannotBeAppealed(t *testing.T) {
	cleared := dossier(evenkeel.CaseClosed, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lifted, "vm-1"))
	cleared.Case.Outcome = evenkeel.OutcomeFalsePositive
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1"), decided("d-2", evenkeel.MeasureThrottle, evenkeel.Proposed, "vm-1"))
	named := tenantSays(docket.ActAppeal, later)
	named.Decision = "d-2"
	mute := tenantSays(docket.ActAppeal, later)
	mute.Says = ""
	for _, r := range []refusal{
		{"what was cleared", cleared, tenantSays(docket.ActAppeal, later), evenkeel.KindConflict, "in the tenant's favour"},
		{"after six months", d, tenantSays(docket.ActAppeal, start.Add(183*day+1)), evenkeel.KindConflict, "could be appealed until"},
		{"what never took effect", d, named, evenkeel.KindConflict, "never took effect"},
		{"without a word", d, mute, evenkeel.KindInvalid, "says nothing"},
		{"where nothing was done", dossier(evenkeel.CaseOpen), tenantSays(docket.ActAppeal, later), evenkeel.KindNotFound, "nothing took effect"},
	} {
		r.check(t, shown)
	}
	if e := mustHear(t, d, tenantSays(docket.ActAppeal, start.Add(183*day)), mining()); e.Appealed != "d-1" {
		t.Errorf("%+v; expected that it can be appealed to the last moment", e)
	}
}

// R5: an appeal always reaches a person who did not decide.
func TestNobodyDecidesOnTheAppealAgainstTheirOwnDecision(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), decided("d-2", evenkeel.MeasureIsolate, evenkeel.Proposed, "vm-1"))
	d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later), mining()))
	acts := []docket.Act{
		personDoes(docket.ActUphold, later, nil), personDoes(docket.ActLift, later, nil),
		personDoes(docket.ActLower, later, func(a *docket.Act) { a.Measure = evenkeel.MeasureNotify }),
		personDoes(docket.ActApprove, later, nil), personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }),
	}
	for _, a := range acts {
		refusal{a.Kind.String() + " by who decided", d, a, evenkeel.KindDenied, "ada took the decision"}.check(t, shown)
		a.By = "ben"
		if e := mustHear(t, d, a, mining()); a.Kind != docket.ActClose && !e.Answered || kindIn(opened(d, e).Clocks, docket.ClockAppealAnswer).Due != 0 {
			t.Errorf("%s by another: %+v; expected that the appeal is answered", a.Kind, e)
		}
	}
	e := mustHear(t, d, personDoes(docket.ActUphold, later, func(a *docket.Act) { a.By = "ben" }), mining())
	if len(e.Instead) != 1 || e.Instead[0].Measure != evenkeel.MeasureThrottle || e.Instead[0].Until != d.Decisions[0].Until || e.Instead[0].Says == "" {
		t.Errorf("%+v; expected a new decision, to the same end, with reasons", e)
	}
}

// R5, solo: who is alone hears the appeal against their own decision, and can do nothing but end or lower it.
// As soon as somebody else works here, that person decides.
func TestWhoIsAloneOnlyEasesWhatTheyDecided(t *testing.T) {
	for _, c := range []struct {
		bench []evenkeel.PersonID
		eases bool
	}{{nil, false}, {[]evenkeel.PersonID{"ada"}, true}, {[]evenkeel.PersonID{"ada", "ben"}, false}, {[]evenkeel.PersonID{"ben"}, false}} {
		d := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), decided("d-2", evenkeel.MeasureIsolate, evenkeel.Proposed, "vm-1"))
		d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later), mining()))
		d.Bench = c.bench
		for _, a := range []docket.Act{
			personDoes(docket.ActLift, later, nil), personDoes(docket.ActLower, later, func(a *docket.Act) { a.Measure = evenkeel.MeasureNotify }),
		} {
			if !c.eases {
				refusal{a.Kind.String(), d, a, evenkeel.KindDenied, "ada took the decision"}.check(t, shown)
			} else if e := mustHear(t, d, a, mining()); !e.Answered {
				t.Errorf("%s by who is alone: %+v; expected that the appeal is answered", a.Kind, e)
			}
		}
		for _, a := range []docket.Act{
			personDoes(docket.ActUphold, later, nil), personDoes(docket.ActApprove, later, nil),
			personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }),
		} {
			refusal{a.Kind.String(), d, a, evenkeel.KindDenied, "ada took the decision"}.check(t, shown)
		}
	}
}

// R5: one person who finds that what two decided was right answers the appeal, and does not take their
// place: no decision that takes two may be that of one.
func TestWhatTwoPersonsDecidedIsUpheldAsTheirs(t *testing.T) {
	for _, m := range []evenkeel.Measure{evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny} {
		x := by(decided("d-1", m, evenkeel.InForce, "vm-1"))
		x.Actor.Second, x.Until = "bea", later.Add(9*day)
		d := dossier(evenkeel.CaseUnderReview, x)
		d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later), mining()))
		e := mustHear(t, d, personDoes(docket.ActUphold, later, func(a *docket.Act) { a.By = "ben" }), mining())
		if !e.Answered || len(e.Instead) != 0 || len(e.Turns) != 0 || len(e.Says) == 0 {
			t.Errorf("%s: %+v; expected that the appeal is answered, and that the two persons' decision stands", m, e)
		}
	}
}

// F7: a case that was closed wrongly is opened again by an appeal, and closed as it was only by a
// person who looked.
func TestAnAppealOpensAClosedCase(t *testing.T) {
	d := dossier(evenkeel.CaseClosed, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1"))
	d.Case.Outcome = evenkeel.OutcomeConfirmed
	e := mustHear(t, d, tenantSays(docket.ActAppeal, later), mining())
	if e.Case != evenkeel.CaseReopened || e.Outcome != evenkeel.OutcomeConfirmed || e.Spoke {
		t.Fatalf("%+v; expected that it is open again, for the appeal's time", e)
	}
	c := *d.Case
	c.State = evenkeel.CaseReopened
	d.Case = &c
	d = opened(d, e)
	if e = mustHear(t, d, personDoes(docket.ActUphold, later.Add(hour), nil), mining()); e.Case != evenkeel.CaseClosed || e.Outcome != evenkeel.OutcomeConfirmed {
		t.Errorf("%+v; expected that it is closed as it was", e)
	}
}

// N: where we miss the time for an appeal, what is enforced steps down, and the lead is called.
func TestAnAppealThatWeMissStepsTheMeasureDown(t *testing.T) {
	x := by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))
	x.Until = start.Add(9 * day)
	d := dossier(evenkeel.CaseUnderReview, x)
	d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later), mining()))
	e := mustDue(t, d, later.Add(72*hour), mining())
	if turned(e.Turns) != "d-1 lapsed" || len(e.Calls) != 1 || e.Calls[0].Level != docket.LevelLead || kinds(e.Start) != "appeal_answer" {
		t.Errorf("%+v; expected that the throttle ends, the lead is called, and the clock begins again", e)
	}
}

// R24: production down and questions answered are a fast lane for any contact.
func TestTheFastLaneCallsAtOnceAndOnce(t *testing.T) {
	for _, kind := range []docket.ActKind{docket.ActDown, docket.ActAnswered} {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))
		d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: start.Add(day)})
		e := mustHear(t, d, tenantSays(kind, later), mining())
		if !e.Spoke || len(e.Calls) != 1 || e.Calls[0].At != later || kindIn(e.Start, docket.ClockUrgent).Started != later || kinds(e.Start) != "our_answer" {
			t.Errorf("%s: %+v; expected that people are called at once, and our clock runs", kind, e)
		}
		if stops := kinds(e.Stop); (stops == "tenant_answer") != (kind == docket.ActAnswered) {
			t.Errorf("%s stops %q; expected that only an answer stops the question", kind, stops)
		}
		d = opened(waiting(d, later), e)
		if again := mustHear(t, d, tenantSays(kind, later.Add(minute)), mining()); len(again.Calls)+len(again.Start) != 0 {
			t.Errorf("%s again: %+v; expected that nobody is called twice", kind, again)
		}
		if e := mustHear(t, d, personDoes(docket.ActLift, later.Add(hour), nil), mining()); kindIn(opened(d, e).Clocks, docket.ClockUrgent).Due != 0 {
			t.Errorf("%+v; expected that a decision ends it", e.Stop)
		}
	}
}

// F15: the tenant's time is extended once, on request, with the reason; a second request is told why not.
func TestTheTimeToAnswerIsExtendedOnce(t *testing.T) {
	d := dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"))
	refusal{"where nothing is asked", d, tenantSays(docket.ActExtend, later), evenkeel.KindNotFound, "nothing is asked"}.check(t, shown)
	d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: start.Add(day)})
	e := mustHear(t, d, tenantSays(docket.ActExtend, later), mining())
	if k := kindIn(e.Start, docket.ClockTenantAnswer); k.Due != start.Add(2*day) || k.Extended != later || e.Spoke {
		t.Fatalf("%+v; expected as much time again, and that it is no answer", e)
	}
	refusal{"a second time", opened(d, e), tenantSays(docket.ActExtend, later.Add(minute)), evenkeel.KindConflict, "it can be extended once"}.check(t, shown)
}

// F15: what stood still was no time to answer, and is not given once more.
func TestTheTimeToAnswerIsExtendedByTimeThatRan(t *testing.T) {
	d := dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"))
	still := docket.Clock{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: start.Add(day), Paused: away, PausedAt: start.Add(hour)}
	again := resumed(resumed(still, start.Add(9*hour)), start.Add(9*hour))
	again.Paused, again.PausedAt = away, start.Add(10*hour)
	for name, k := range map[string]docket.Clock{"while it stands still for the second time": again, "after that": resumed(again, start.Add(14*hour))} {
		d.Clocks = []docket.Clock{k}
		e := mustHear(t, d, tenantSays(docket.ActExtend, start.Add(15*hour)), mining())
		if got := kindIn(e.Start, docket.ClockTenantAnswer); got.Due != k.Due.Add(day) {
			t.Errorf("%s: due %s; expected %s, a day of time that runs and no more", name, got.Due, k.Due.Add(day))
		}
	}
}

// R24: whether people were called for production that is down stands in the clock, whatever its
// sentence says.
func TestProductionDownCallsAfterAllWasAnswered(t *testing.T) {
	for _, c := range []struct {
		about, said docket.ActKind
		calls       int
	}{
		{docket.ActAnswered, docket.ActDown, 1}, {docket.ActDown, docket.ActAnswered, 0}, {docket.ActDown, docket.ActDown, 0}, {docket.ActAnswered, docket.ActAnswered, 0},
		{0, docket.ActDown, 1}, // of a row that was written before it said so: rather once too often
	} {
		d := waiting(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), later)
		d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockUrgent, About: c.about, Started: later, Due: later.Add(hour), Breach: "In whatever words."})
		e := mustHear(t, d, tenantSays(c.said, later.Add(minute)), mining())
		if k := kindIn(e.Start, docket.ClockUrgent); len(e.Calls) != c.calls || c.calls == 1 && (k.About != c.said || k.Due != later.Add(hour)) {
			t.Errorf("%s after %s: %+v; expected %d calls, by the same time", c.said, c.about, e, c.calls)
		}
	}
}

// appeal has d.Case appeal against a decision, and somebody uphold it, an hour later.
func upheld(t *testing.T, d docket.Dossier, at evenkeel.Moment, id evenkeel.DecisionID, who evenkeel.PersonID) docket.Dossier {
	t.Helper()
	a := tenantSays(docket.ActAppeal, at)
	a.Decision = id
	e := mustHear(t, d, a, mining())
	if e.Exhausted || kindIn(e.Start, docket.ClockAppealAnswer).Due == 0 || len(e.Calls) != 1 {
		t.Fatalf("%+v; expected that the appeal at %s is heard", e, at)
	}
	d = opened(d, e)
	u := personDoes(docket.ActUphold, at.Add(hour), func(a *docket.Act) { a.By, a.Decision = who, id })
	return opened(d, mustHear(t, d, u, mining()))
}

// G, R5: one decision can be appealed once more, and another person hears it; after that words are
// kept and cost nobody anything.
func TestADecisionIsAppealedTwiceAtMost(t *testing.T) {
	closed := dossier(evenkeel.CaseClosed, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")))
	closed.Case.Outcome = evenkeel.OutcomeConfirmed
	stands := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	for name, d := range map[string]docket.Dossier{"what lapsed, in a case that is closed": closed, "what is in force": stands} {
		d = upheld(t, d, later, "d-1", "ben")
		d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later.Add(2*hour)), mining()))
		again := personDoes(docket.ActUphold, later.Add(3*hour), func(a *docket.Act) { a.By = "ben" })
		refusal{name + ": who heard the first", d, again, evenkeel.KindDenied, "ben decided on the first appeal"}.check(t, shown)
		d.Bench = []evenkeel.PersonID{"ada", "ben", "cem"}
		refusal{name + ": who heard the first, and there is another", d, again, evenkeel.KindDenied, "ben decided on the first appeal"}.check(t, shown)
		d.Bench = []evenkeel.PersonID{"ada", "ben"}
		mustHear(t, d, again, mining()) // there is nobody else but who decided
		again.By = "ada"
		refusal{name + ": who decided", d, again, evenkeel.KindDenied, "ada took the decision"}.check(t, shown)
		again.By = "cem"
		d = opened(d, mustHear(t, d, again, mining()))
		third := mustHear(t, d, tenantSays(docket.ActAppeal, later.Add(4*hour)), mining())
		if !third.Exhausted || third.Appealed != "d-1" || len(third.Start)+len(third.Calls)+len(third.Stop)+len(third.Turns) != 0 || third.Case != 0 || third.Spoke {
			t.Errorf("%s: %+v; expected that a third is kept, and nothing else follows", name, third)
		}
	}
}

// G: what stands in the place of a decision and is no more than that is the same; what is more, or
// about other machines, can be appealed for itself.
func TestWhatStandsInThePlaceOfADecisionIsAppealedWithIt(t *testing.T) {
	next := func(m evenkeel.Measure, assets string) docket.Dossier {
		d := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1 vm-2")))
		d = upheld(t, upheld(t, d, later, "d-1", "ben"), later.Add(2*hour), "d-1", "cem")
		d.Decisions[0].State = evenkeel.Superseded
		x := with(by(decided("d-2", m, evenkeel.InForce, assets)), func(x *evenkeel.Decision) { x.Supersedes, x.At, x.From = "d-1", later.Add(3*hour), later.Add(3*hour) })
		d.Decisions = append(d.Decisions, x)
		return d
	}
	for _, c := range []struct {
		name   string
		d      docket.Dossier
		exempt bool
	}{
		{"the same", next(evenkeel.MeasureThrottle, "vm-1 vm-2"), true},
		{"on some of it", next(evenkeel.MeasureThrottle, "vm-2"), true},
		{"less", next(evenkeel.MeasureNotify, "vm-1 vm-2"), true},
		{"more", next(evenkeel.MeasureIsolate, "vm-1 vm-2"), false},
		{"on others too", next(evenkeel.MeasureThrottle, "vm-1 vm-2 vm-3"), false},
		{"on all that there is", next(evenkeel.MeasureThrottle, ""), false},
	} {
		a := tenantSays(docket.ActAppeal, later.Add(4*hour))
		a.Decision = "d-2"
		if e := mustHear(t, c.d, a, mining()); e.Exhausted != c.exempt {
			t.Errorf("%s: %+v; expected that it is heard no further: %t", c.name, e, c.exempt)
		}
	}
	d := next(evenkeel.MeasureIsolate, "vm-1 vm-2")
	a := tenantSays(docket.ActAppeal, later.Add(4*hour))
	a.Decision = "d-2"
	d = opened(d, mustHear(t, d, a, mining()))
	d.Decisions[1].State = evenkeel.Superseded // it is renewed while the appeal is open
	d.Decisions = append(d.Decisions, with(by(decided("d-3", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1 vm-2")), func(x *evenkeel.Decision) { x.Supersedes, x.At, x.From = "d-2", later.Add(5*hour), later.Add(5*hour) }))
	a = tenantSays(docket.ActAppeal, later.Add(6*hour))
	if e := mustHear(t, d, a, mining()); e.Appealed != "d-3" || len(e.Start)+len(e.Calls) != 0 {
		t.Errorf("%+v; expected that the appeal which is open is against that too", e)
	}
}

// R5: who upholds one decision has not decided on another appeal, of the same machines or of all.
func TestUpholdingAnswersOneAppeal(t *testing.T) {
	for _, assets := range []string{"", "vm-1"} {
		x, y := by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), by(decided("d-2", evenkeel.MeasureNotify, evenkeel.InForce, assets))
		y.Actor.Person = "cem"
		d := dossier(evenkeel.CaseUnderReview, x, y)
		for _, id := range []evenkeel.DecisionID{"d-1", "d-2"} {
			a := tenantSays(docket.ActAppeal, later)
			a.Decision = id
			d = opened(d, mustHear(t, d, a, mining()))
		}
		u := personDoes(docket.ActUphold, later.Add(hour), func(a *docket.Act) { a.Decision = "d-2" })
		d = opened(d, mustHear(t, d, u, mining())) // ada decided the other
		if k := kindIn(d.Clocks, docket.ClockAppealAnswer); k.Decision != "d-1" {
			t.Errorf("open is %+v; expected the appeal against d-1", k)
		}
		u.Decision = "d-1"
		refusal{"one's own", d, u, evenkeel.KindDenied, "ada took the decision"}.check(t, shown)
	}
}

// R5: closing a case answers its appeals, so who decided does not close it, whatever they find; in
// the tenant's favour anybody clears it.
func TestWhoDecidedDoesNotCloseTheCaseUnderAppeal(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later), mining()))
	for _, o := range []evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive} {
		a := personDoes(docket.ActClose, later.Add(hour), func(a *docket.Act) { a.Outcome = o })
		refusal{o.String() + ", by who decided", d, a, evenkeel.KindDenied, "ada took the decision"}.check(t, shown)
		a.By = "ben"
		e := mustHear(t, d, a, mining())
		if k := kindIn(e.Stop, docket.ClockAppealAnswer); !e.Answered || len(opened(d, e).Heard) != 1 || len(k.Heard) != 0 && k.Heard[0][0] != "ben" {
			t.Errorf("%s: %+v; expected that ben has answered the appeal", o, e)
		}
	}
	e := mustHear(t, d, personDoes(docket.ActClear, later.Add(hour), func(a *docket.Act) { a.NoFlag = docket.NoFlagOnce }), mining())
	if e.Case != evenkeel.CaseClosed || kinds(opened(d, e).Clocks) != "" {
		t.Errorf("%+v; expected that who decided may clear it", e)
	}
}
