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

// The time to fetch data is at least 30 days, and does not run while an appeal is open.
func TestTheTimeToFetchDataStandsStillWhileAnAppealIsOpen(t *testing.T) {
	fam := mining()
	fam.Clocks.Retrieval = 3 * day
	d := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	k := Retrieval(d, fam, start)
	if k.Due != start.Add(30*day) || k.Paused != "" {
		t.Fatalf("%+v; expected 30 days, whatever the policy says", k)
	}
	d.Clocks = append(d.Clocks, k)
	d = opened(d, mustHear(t, d, tenantSays(docket.ActAppeal, later), fam))
	if k := kindIn(d.Clocks, docket.ClockRetrieval); k.Paused != "an appeal is open" || k.PausedAt != later {
		t.Fatalf("%+v; expected that it stands still, and why", k)
	}
	d = opened(d, mustHear(t, d, personDoes(docket.ActUphold, later.Add(5*day), func(a *docket.Act) { a.By = "ben" }), fam))
	if k := kindIn(d.Clocks, docket.ClockRetrieval); k.Paused != "" || k.Due != start.Add(35*day) {
		t.Errorf("%+v; expected that it runs on with the time that was left", k)
	}
	denied := with(decided("d-2", evenkeel.MeasureDeny, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From = later })
	e := Effect{At: later, Turns: []Turn{{Decision: "d-2", To: evenkeel.InForce, At: later}}}
	d = dossier(evenkeel.CaseUnderReview, denied)
	if retrieve(&d, fam, &e); kindIn(e.Start, docket.ClockRetrieval).Due != later.Add(30*day) {
		t.Errorf("%+v; expected that it begins when the denial takes effect", e.Start)
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
