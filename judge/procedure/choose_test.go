package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// about is an act about a decision.
func about(kind docket.ActKind, id string, m evenkeel.Measure) docket.Act {
	return personDoes(kind, later, func(a *docket.Act) { a.Decision, a.Measure = evenkeel.DecisionID(id), m })
}

func proposed(id string, wanted evenkeel.Measure, names string) evenkeel.Decision {
	return with(decided(id, 0, evenkeel.Proposed, names), func(x *evenkeel.Decision) { x.Wanted = wanted })
}

// F13 as far as one person goes: one may approve at most an isolation, for four hours.
func TestWhatAPersonApprovesTakesEffect(t *testing.T) {
	throttle, isolate := evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	held := decided("d-1", throttle, evenkeel.Held, "vm-1")
	held.Wanted = isolate
	for _, c := range []struct {
		name  string
		d     docket.Dossier
		a     docket.Act
		m     evenkeel.Measure
		until evenkeel.Moment
		turns string
	}{
		{"the only proposal, as it was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "vm-1")), about(docket.ActApprove, "", 0), throttle, later.Add(4 * hour), ""},
		{"an isolation, for four hours, though the policy says six", dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1")), about(docket.ActApprove, "d-1", 0), isolate, later.Add(4 * hour), ""},
		{"less than was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1")), about(docket.ActApprove, "d-1", evenkeel.MeasureNotify), evenkeel.MeasureNotify, later.Add(7 * day), ""},
		{"what is held, as it is held", dossier(evenkeel.CaseUnderReview, held), about(docket.ActApprove, "", 0), throttle, later.Add(4 * hour), ""},
		{"less than was wanted, so what is held above that waits for a person", dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1"), with(held, func(x *evenkeel.Decision) { x.ID, x.Measure = "d-2", isolate })),
			about(docket.ActApprove, "d-1", throttle), throttle, later.Add(4 * hour), "d-2 proposed"},
		{"as it was wanted, so what is held above that goes on", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "vm-1"), with(held, func(x *evenkeel.Decision) { x.ID, x.Measure = "d-2", isolate })),
			about(docket.ActApprove, "d-1", 0), throttle, later.Add(4 * hour), ""},
		{"in the place of what is lower", dossier(evenkeel.CaseUnderReview, decided("d-0", throttle, evenkeel.InForce, "vm-1"), proposed("d-1", isolate, "vm-1"), decided("d-2", throttle, evenkeel.InForce, "vm-2")),
			about(docket.ActApprove, "", 0), isolate, later.Add(4 * hour), "d-0 superseded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustHear(t, waiting(c.d, start), c.a, mining())
			if len(e.Instead) != 1 || e.Instead[0].Of != "d-1" || e.Instead[0].Measure != c.m || e.Instead[0].At != later || e.Instead[0].Until != c.until || e.Instead[0].Says != c.a.Says {
				t.Errorf("%+v; expected %s until %s, with the person's reason", e.Instead, c.m, c.until)
			}
			if !e.Decided || kinds(e.Stop) != "our_answer" || turned(e.Turns) != c.turns {
				t.Errorf("%+v; expected that our clock stops, and turns %q", e, c.turns)
			}
		})
	}
}

func TestWhatAPersonMayNotApprove(t *testing.T) {
	throttle, isolate := evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	one := dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1"))
	for _, r := range []refusal{
		{"F13: a suspension", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureSuspend, "vm-1")), about(docket.ActApprove, "", 0), evenkeel.KindDenied, "approve a lower measure"},
		{"a suspension, named", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureDeny, "vm-1")), about(docket.ActApprove, "", evenkeel.MeasureSuspend), evenkeel.KindDenied, "two persons"},
		{"more than was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "vm-1")), about(docket.ActApprove, "", isolate), evenkeel.KindInvalid, "at most throttle"},
		{"what is no rung", one, about(docket.ActApprove, "", evenkeel.MeasureChallenge), evenkeel.KindInvalid, "expected"},
		{"what is no rung, though more was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureSuspend, "vm-1")), about(docket.ActApprove, "", evenkeel.MeasureFreeze), evenkeel.KindInvalid, "expected a rung of the family's ladder"},
		{"F4: a throttle of nothing", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "")), about(docket.ActApprove, "", 0), evenkeel.KindDenied, "names no assets"},
		{"what was wanted above the ladder and has no terms", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureLimit, "vm-1")), about(docket.ActApprove, "", 0), evenkeel.KindInvalid, "no lease under mining; expected one of notify, throttle, isolate"},
		{"a decision that is not there", one, about(docket.ActApprove, "d-9", 0), evenkeel.KindNotFound, "no decision d-9"},
		{"nothing", dossier(evenkeel.CaseOpen), about(docket.ActApprove, "", 0), evenkeel.KindNotFound, "is proposed or held"},
		{"one of two", dossier(evenkeel.CaseOpen, proposed("d-1", isolate, "vm-1"), proposed("d-2", throttle, "vm-2")), about(docket.ActApprove, "", 0), evenkeel.KindConflict, "d-1 (proposed, wanted isolate), d-2 (proposed, wanted throttle)"},
		{"what is in force", dossier(evenkeel.CaseOpen, decided("d-1", throttle, evenkeel.InForce, "vm-1")), about(docket.ActApprove, "d-1", 0), evenkeel.KindConflict, "d-1 is in_force since"},
		{"what is in shadow", dossier(evenkeel.CaseOpen, with(proposed("d-1", throttle, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow })), about(docket.ActApprove, "d-1", 0), evenkeel.KindConflict, "shadow"},
		{"without a case", docket.Dossier{Tenant: tenant, Family: "mining"}, about(docket.ActApprove, "", 0), evenkeel.KindNotFound, "no case"},
	} {
		r.check(t, shown)
	}
	// Property D holds for persons as for machines.
	refusal{"an isolation for which nobody has shown means", one, about(docket.ActApprove, "", 0), evenkeel.KindDenied, "has declared"}.check(t, Means{})
}

// Four hours for one person are four hours: not one approval after the other.
func TestTheSamePersonDoesNotIsolateTheSameAgainWithinADay(t *testing.T) {
	isolated := func(by string, s evenkeel.DecisionState, names string) evenkeel.Decision {
		return with(decided("d-1", evenkeel.MeasureIsolate, s, names), func(x *evenkeel.Decision) { x.Actor.Person = evenkeel.PersonID(by) })
	}
	again := func(x evenkeel.Decision) docket.Dossier {
		return dossier(evenkeel.CaseUnderReview, x, proposed("d-2", evenkeel.MeasureIsolate, "vm-1 vm-2"))
	}
	at := func(m evenkeel.Moment) docket.Act {
		a := about(docket.ActApprove, "d-2", 0)
		a.At = m
		return a
	}
	for _, s := range []evenkeel.DecisionState{evenkeel.InForce, evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Superseded} {
		refusal{"that is " + s.String(), again(isolated("ada", s, "vm-2 vm-3")), at(start.Add(day) - 1), evenkeel.KindDenied, "a second person takes it from here"}.check(t, shown)
	}
	for _, c := range []struct {
		name string
		x    evenkeel.Decision
		a    docket.Act
	}{
		{"another person did", isolated("ben", evenkeel.Lapsed, "vm-1"), at(later)},
		{"a machine did", isolated("", evenkeel.Lapsed, "vm-1"), at(later)},
		{"it was about other machines", isolated("ada", evenkeel.Lapsed, "vm-3"), at(later)},
		{"a day has passed", isolated("ada", evenkeel.Lapsed, "vm-1"), at(start.Add(day))},
		{"this is a throttle", isolated("ada", evenkeel.Lapsed, "vm-1"), about(docket.ActApprove, "d-2", evenkeel.MeasureThrottle)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if e := mustHear(t, again(c.x), c.a, mining()); len(e.Instead) != 1 {
				t.Errorf("%+v; expected that it takes effect", e)
			}
		})
	}
}

// A person's no reaches what would be entered a moment later by itself.
func TestRefusingAndLifting(t *testing.T) {
	held := decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1 vm-2")
	elsewhere := decided("d-3", evenkeel.MeasureIsolate, evenkeel.Held, "vm-3")
	inForce := decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")
	for _, c := range []struct {
		name  string
		d     docket.Dossier
		a     docket.Act
		turns string
	}{
		{"a proposal is refused", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureThrottle, "vm-1")), about(docket.ActRefuse, "", 0), "d-1 refused"},
		{"what is held is refused", dossier(evenkeel.CaseUnderReview, inForce, held), about(docket.ActRefuse, "", 0), "d-2 refused"},
		{"what is held about the same machine waits for a person", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureThrottle, "vm-1"), held, elsewhere), about(docket.ActRefuse, "d-1", 0), "d-1 refused, d-2 proposed"},
		{"a throttle is lifted", dossier(evenkeel.CaseUnderReview, inForce), about(docket.ActLift, "", 0), "d-1 lifted"},
		{"and what is held about it waits for a person", dossier(evenkeel.CaseUnderReview, inForce, held, elsewhere), about(docket.ActLift, "", 0), "d-1 lifted, d-2 proposed"},
		{"a measure is lifted in a closed case too", dossier(evenkeel.CaseClosed, inForce), about(docket.ActLift, "", 0), "d-1 lifted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustHear(t, waiting(c.d, start), c.a, mining())
			if turned(e.Turns) != c.turns || !e.Decided || kinds(e.Stop) != "our_answer" || e.Case != 0 {
				t.Errorf("%+v; expected turns %q, and that our clock stops", e, c.turns)
			}
		})
	}
	for _, r := range []refusal{
		{"refuse what is in force", dossier(evenkeel.CaseOpen, inForce), about(docket.ActRefuse, "d-1", 0), evenkeel.KindConflict, "expected one that is proposed or held"},
		{"lift what is held", dossier(evenkeel.CaseOpen, held), about(docket.ActLift, "d-2", 0), evenkeel.KindConflict, "expected one that is in_force"},
		{"lift nothing", dossier(evenkeel.CaseOpen), about(docket.ActLift, "", 0), evenkeel.KindNotFound, "is in_force"},
	} {
		r.check(t, shown)
	}
}

func TestLowering(t *testing.T) {
	isolate := decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1") // until start + 4 h
	long := with(isolate, func(x *evenkeel.Decision) { x.Until = start.Add(9 * day) })
	held := decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")
	for _, c := range []struct {
		name  string
		x     evenkeel.Decision
		to    evenkeel.Measure
		until evenkeel.Moment
	}{
		{"to a lower rung, which never lasts longer than what stood", isolate, evenkeel.MeasureThrottle, start.Add(4 * hour)},
		{"to a lower rung, for its own lease where that is shorter", long, evenkeel.MeasureThrottle, later.Add(4 * hour)},
		{"to a notice", long, evenkeel.MeasureNotify, later.Add(7 * day)},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustHear(t, waiting(dossier(evenkeel.CaseUnderReview, c.x, held), start), about(docket.ActLower, "", c.to), mining())
			if len(e.Instead) != 1 || e.Instead[0].Measure != c.to || e.Instead[0].Until != c.until || e.Instead[0].Of != "d-1" {
				t.Errorf("%+v; expected %s until %s", e.Instead, c.to, c.until)
			}
			if !e.Decided || kinds(e.Stop) != "our_answer" || turned(e.Turns) != "d-2 proposed" {
				t.Errorf("%+v; expected that our clock stops, and that what is held waits for a person", e)
			}
		})
	}
	t.Run("to what it steps down to", func(t *testing.T) {
		e := mustHear(t, dossier(evenkeel.CaseUnderReview, isolate), about(docket.ActLower, "", evenkeel.MeasureLimit), flood())
		if len(e.Instead) != 1 || e.Instead[0].Measure != evenkeel.MeasureLimit {
			t.Errorf("%+v; expected a limit", e)
		}
	})
	t.Run("to a notice that is no rung, until the measure would have ended", func(t *testing.T) {
		e := mustHear(t, dossier(evenkeel.CaseUnderReview, isolate), about(docket.ActLower, "", evenkeel.MeasureNotify), flood())
		if len(e.Instead) != 1 || e.Instead[0].Until != isolate.Until {
			t.Errorf("%+v; expected a notice", e)
		}
	})
	notice := decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")
	for _, r := range []refusal{
		{"to nothing", dossier(evenkeel.CaseOpen, isolate), about(docket.ActLower, "", 0), evenkeel.KindInvalid, "expected a milder measure, or that it is lifted"},
		{"to itself", dossier(evenkeel.CaseOpen, isolate), about(docket.ActLower, "", evenkeel.MeasureIsolate), evenkeel.KindInvalid, "lower rung"},
		{"to more", dossier(evenkeel.CaseOpen, isolate), about(docket.ActLower, "", evenkeel.MeasureSuspend), evenkeel.KindInvalid, "expected a lower rung of the ladder of mining, what it steps down to, or notify: here notify or throttle"},
		{"from a throttle to a limit", dossier(evenkeel.CaseOpen, with(isolate, func(x *evenkeel.Decision) { x.Measure = evenkeel.MeasureThrottle })), about(docket.ActLower, "", evenkeel.MeasureLimit), evenkeel.KindInvalid, "or notify: here notify"},
		{"to another kind of harm", dossier(evenkeel.CaseOpen, isolate), about(docket.ActLower, "", evenkeel.MeasureFreeze), evenkeel.KindInvalid, "lower rung"},
		{"to what is no rung, from what is none any more", dossier(evenkeel.CaseOpen, with(isolate, func(x *evenkeel.Decision) { x.Measure = evenkeel.MeasureFreeze })), about(docket.ActLower, "", evenkeel.MeasureDropFlow), evenkeel.KindInvalid, "lower rung"},
		{"a notice", dossier(evenkeel.CaseOpen, notice), about(docket.ActLower, "", evenkeel.MeasureNotify), evenkeel.KindInvalid, "or notify: here nothing is, so lift it"},
		{"to what the policy gives no terms", dossier(evenkeel.CaseOpen, isolate), about(docket.ActLower, "", evenkeel.MeasureLimit), evenkeel.KindInvalid, "no lease"},
		{"what ended", dossier(evenkeel.CaseOpen, with(isolate, func(x *evenkeel.Decision) { x.Until = later })), about(docket.ActLower, "", evenkeel.MeasureThrottle), evenkeel.KindConflict, "d-1 ended at"},
		{"nothing", dossier(evenkeel.CaseOpen), about(docket.ActLower, "", evenkeel.MeasureThrottle), evenkeel.KindNotFound, "is in_force"},
	} {
		r.check(t, shown)
	}
}
