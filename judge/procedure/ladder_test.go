package procedure

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// spoke is a dossier whose tenant has spoken at start, with all clocks that follow.
func spoke(d docket.Dossier) docket.Dossier {
	c := *d.Case
	c.Waiting, c.Spoke = start, start
	d.Case = &c
	d.Clocks = append(d.Clocks, ourClocks(&d, mining(), start)...)
	return d
}

// F8: twelve hours until a person looked. From the tenant's first words on, whoever is on call
// is called after 15 minutes, the second level after 30, and the lead when the time is missed.
func TestPeopleAreCalledBeforeOurTimeIsMissed(t *testing.T) {
	d := spoke(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	for _, want := range []struct {
		after time.Duration
		level int
		turns string
	}{{15 * minute, docket.LevelOnCall, ""}, {30 * minute, docket.LevelSecond, ""}, {hour, docket.LevelLead, "d-1 lapsed"}} {
		if e, ok := Due(d, start.Add(want.after)-1, mining()); ok {
			t.Fatalf("%+v; expected nothing a moment before %s", e, want.after)
		}
		e := mustDue(t, d, start.Add(want.after), mining())
		if len(e.Calls) != 1 || e.Calls[0].Level != want.level || e.Calls[0].At != start.Add(want.after) || turned(e.Turns) != want.turns {
			t.Errorf("after %s: %+v; expected a call of level %d, and %q", want.after, e, want.level, want.turns)
		}
		d.Clocks = but(d.Clocks, e.Stop[0].Kind)
	}
}

func but(clocks []docket.Clock, kind docket.ClockKind) (out []docket.Clock) {
	for _, k := range clocks {
		if k.Kind != kind {
			out = append(out, k)
		}
	}
	return out
}

// F8, N: what stops the clock is a decision. Looking, renewing and speaking again do not.
func TestOnlyADecisionStopsThePages(t *testing.T) {
	d := spoke(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	if e := mustHear(t, d, personDoes(docket.ActLift, later, nil), mining()); len(e.Stop) != 3 {
		t.Errorf("a lift stops %+v; expected all three clocks of our answer", e.Stop)
	}
	for _, a := range []docket.Act{tenantSays(docket.ActMessage, later), personDoes(docket.ActRenew, start.Add(20*minute), nil)} {
		if e := mustHear(t, d, a, mining()); len(e.Stop) != 0 {
			t.Errorf("%s stops %+v; expected that nothing does", a.Kind, e.Stop)
		}
	}

	// Nor does what does not bear on what the tenant spoke about (N, F8).
	throttle, limit := decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), decided("d-2", evenkeel.MeasureLimit, evenkeel.InForce, "vm-2")
	isolate := decided("d-3", evenkeel.MeasureIsolate, evenkeel.Proposed, "vm-1")
	byAda := func(x evenkeel.Decision) evenkeel.Decision {
		return with(x, func(x *evenkeel.Decision) { x.From, x.At, x.Actor.Person = later, later, "ada" })
	}
	after := later.Add(minute)
	flag := func(s evenkeel.Selector, stands time.Duration) docket.Act {
		return personDoes(docket.ActFlag, after, func(a *docket.Act) { a.Grant = &docket.Grant{Selector: s, Until: after.Add(stands)} })
	}
	on := func(kind docket.ActKind, id evenkeel.DecisionID, m evenkeel.Measure) docket.Act {
		return personDoes(kind, after, func(a *docket.Act) { a.Decision, a.Measure = id, m })
	}
	named, wide := evenkeel.Selector{Assets: assets("vm-1")}, evenkeel.Selector{TenantWide: true}
	for _, c := range []struct {
		name  string
		stand []evenkeel.Decision
		do    docket.Act
		stops bool
	}{
		{"a flag for nobody, for a second", []evenkeel.Decision{throttle}, flag(evenkeel.Selector{Principal: "nobody-at-all"}, time.Second), false},
		{"a flag for all of it, while the measure stands", []evenkeel.Decision{throttle}, flag(wide, 90*day), false},
		{"a flag for nobody, where nothing is enforced", nil, flag(evenkeel.Selector{Principal: "nobody-at-all"}, 90*day), false},
		{"a flag for a second, where nothing is enforced", nil, flag(wide, time.Second), false},
		{"a flag for all of it, where nothing is enforced", nil, flag(named, day), true},
		{"the refusal of what the same person proposed", []evenkeel.Decision{throttle, byAda(isolate)}, on(docket.ActRefuse, "d-3", 0), false},
		{"the refusal of more than what stands", []evenkeel.Decision{throttle, isolate}, on(docket.ActRefuse, "d-3", 0), false},
		{"the refusal of what was asked, where nothing is enforced", []evenkeel.Decision{isolate}, on(docket.ActRefuse, "d-3", 0), true},
		{"the refusal of what was proposed since, where nothing is enforced", []evenkeel.Decision{byAda(isolate)}, on(docket.ActRefuse, "d-3", 0), false},
		{"the end of one of two measures", []evenkeel.Decision{throttle, limit}, on(docket.ActLift, "d-2", 0), false},
		{"the end of one of two, where a person entered the other since", []evenkeel.Decision{throttle, byAda(limit)}, on(docket.ActLift, "d-1", 0), true},
		{"the end of one of two, of which one began since", []evenkeel.Decision{throttle, with(limit, func(x *evenkeel.Decision) { x.From = later })}, on(docket.ActLift, "d-1", 0), true},
		{"the measure is approved anew", []evenkeel.Decision{throttle, isolate}, on(docket.ActApprove, "d-3", evenkeel.MeasureThrottle), true},
		{"the case is closed", []evenkeel.Decision{throttle}, personDoes(docket.ActClose, after, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }), true},
	} {
		d := spoke(dossier(evenkeel.CaseUnderReview, c.stand...))
		d.Case.Assets = assets("vm-1")
		e := mustHear(t, d, c.do, mining())
		var ours int
		for _, k := range e.Stop {
			if ofOurAnswer(k.Kind) {
				ours++
			}
		}
		if e.Decided != c.stops || (ours == 3) != c.stops || !c.stops && ours != 0 {
			t.Errorf("%s: %d of our clocks stop, decided: %t; expected %t", c.name, ours, e.Decided, c.stops)
		}
	}

	// To put the step down off makes a decision of a person's, and answers nothing.
	d = spoke(dossier(evenkeel.CaseUnderReview, with(byAda(throttle), func(x *evenkeel.Decision) { x.Supersedes = "d-0" }), isolate))
	for i := range d.Clocks {
		if d.Clocks[i].Kind == docket.ClockOurAnswer {
			d.Clocks[i].Renewed = "ada"
		}
	}
	if e := mustHear(t, d, on(docket.ActRefuse, "d-3", 0), mining()); e.Decided {
		t.Error("what a renewal keeps counts as decided on")
	}
}

// N: a named person renews once; that keeps what stands and moves only the step down.
func TestARenewalPutsTheStepDownOffOnce(t *testing.T) {
	d := spoke(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	at := start.Add(50 * minute)
	e := mustHear(t, d, personDoes(docket.ActRenew, at, nil), mining())
	if len(e.Instead) != 1 || e.Instead[0].Measure != evenkeel.MeasureThrottle || e.Instead[0].Until != at.Add(4*hour) || e.Decided {
		t.Fatalf("%+v; expected the throttle for a lease, and no decision", e)
	}
	if len(e.Start) != 1 || e.Start[0].Kind != docket.ClockOurAnswer || e.Start[0].Due != start.Add(2*hour) || e.Start[0].Renewed != "ada" {
		t.Fatalf("%+v; expected that our clock runs on for an hour more", e.Start)
	}
	d.Clocks = append(but(d.Clocks, docket.ClockOurAnswer), e.Start...)
	refusal{"a second renewal", d, personDoes(docket.ActRenew, at.Add(minute), nil), evenkeel.KindConflict, "ada put the step down off already"}.check(t, shown)
	long := personDoes(docket.ActRenew, at, func(a *docket.Act) { a.Until = at.Add(4*hour + 1) })
	d = spoke(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	refusal{"longer than a lease", d, long, evenkeel.KindInvalid, "at most a lease away"}.check(t, shown)
	refusal{"by nobody", d, docket.Act{Kind: docket.ActRenew, At: at, Says: "It is."}, evenkeel.KindInvalid, "by nobody"}.check(t, shown)
}

// R5: one person holds at most isolate, for four hours, however long the policy's lease of it is.
func TestARenewalOfAnIsolationIsForFourHours(t *testing.T) {
	at := start.Add(50 * minute)
	d := spoke(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1")))
	if lease := mining().Terms[evenkeel.MeasureIsolate].Lease; lease <= 4*hour {
		t.Fatalf("the lease is %s; this shows something only where it is longer", lease)
	}
	e := mustHear(t, d, personDoes(docket.ActRenew, at, nil), mining())
	if len(e.Instead) != 1 || e.Instead[0].Until != at.Add(4*hour) {
		t.Fatalf("%+v; expected the isolation for four hours", e)
	}
	refusal{"for longer", d, personDoes(docket.ActRenew, at, func(a *docket.Act) { a.Until = at.Add(4*hour + 1) }), evenkeel.KindInvalid, "at most a lease away"}.check(t, shown)
}

// A flood still measured at the port stays limited, and the lead is called (N).
func TestAFloodThatIsStillMeasuredStaysLimitedAndTheLeadIsCalled(t *testing.T) {
	d := spoke(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureLimit, evenkeel.InForce, "vm-1")))
	d.Clocks = but(but(d.Clocks, docket.ClockPage), docket.ClockSecondLevel)
	d.Case.Latest = start.Add(55 * minute)
	e := mustDue(t, d, start.Add(hour), flood())
	if len(e.Turns) != 0 || len(e.Calls) != 1 || e.Calls[0].Level != docket.LevelLead {
		t.Fatalf("%+v; expected that the limit stays and the lead is called", e)
	}
	says(t, "the call", []string{e.Calls[0].Why}, "the flood is still measured")
}
