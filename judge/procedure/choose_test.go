package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
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
	asked := with(held, func(x *evenkeel.Decision) { x.State = evenkeel.Proposed }) // the tenant answered
	for _, c := range []struct {
		name  string
		d     docket.Dossier
		a     docket.Act
		m     evenkeel.Measure
		until evenkeel.Moment
		turns string
	}{
		{"the only proposal, as it was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "vm-1")), about(docket.ActApprove, "", 0), throttle, later.Add(4 * hour), ""},
		{"what was held and is proposed now, as it was held", dossier(evenkeel.CaseUnderReview, asked), about(docket.ActApprove, "", 0), throttle, later.Add(4 * hour), ""},
		{"as it was held, so what is held above that waits for a person", dossier(evenkeel.CaseUnderReview, asked, with(held, func(x *evenkeel.Decision) { x.ID, x.Measure = "d-2", isolate })),
			about(docket.ActApprove, "d-1", 0), throttle, later.Add(4 * hour), "d-2 proposed"},
		{"more than it was held as, where that is named", dossier(evenkeel.CaseUnderReview, asked), about(docket.ActApprove, "", isolate), isolate, later.Add(4 * hour), ""},
		{"more than is held, where that is named", dossier(evenkeel.CaseUnderReview, held), about(docket.ActApprove, "", isolate), isolate, later.Add(4 * hour), ""},
		{"an isolation, for four hours, though the policy says six", dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1")), about(docket.ActApprove, "d-1", 0), isolate, later.Add(4 * hour), ""},
		{"less than was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1")), about(docket.ActApprove, "d-1", evenkeel.MeasureNotify), evenkeel.MeasureNotify, later.Add(7 * day), ""},
		{"what is held, as it is held", dossier(evenkeel.CaseUnderReview, held), about(docket.ActApprove, "", 0), throttle, later.Add(4 * hour), ""},
		{"less than was wanted, so what is held above that waits for a person", dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1"), with(held, func(x *evenkeel.Decision) { x.ID, x.Measure = "d-2", isolate })),
			about(docket.ActApprove, "d-1", throttle), throttle, later.Add(4 * hour), "d-2 proposed"},
		{"as it was wanted, so what is held above that goes on", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "vm-1"), with(held, func(x *evenkeel.Decision) { x.ID, x.Measure = "d-2", isolate })),
			about(docket.ActApprove, "d-1", 0), throttle, later.Add(4 * hour), ""},
		{"in the place of what is lower", dossier(evenkeel.CaseUnderReview, decided("d-0", throttle, evenkeel.InForce, "vm-1"), proposed("d-1", isolate, "vm-1"), with(decided("d-2", throttle, evenkeel.InForce, "vm-2"), func(x *evenkeel.Decision) { x.From = start.Add(1) })), // after what was said
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

// Who approves at three in the morning reads in the timeline what that was, and what else there
// was.
func TestAnApprovalSaysWhatTakesEffect(t *testing.T) {
	throttle, isolate := evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	for _, c := range []struct {
		is, wanted, named evenkeel.Measure
		says              string
	}{
		{throttle, throttle, 0, "ada approved throttle."},
		{throttle, isolate, 0, "ada approved throttle; wanted was isolate."},
		{throttle, isolate, isolate, "ada approved isolate, as it was wanted; proposed was throttle."},
		{0, isolate, 0, "ada approved isolate, as it was wanted."},
		{0, isolate, throttle, "ada approved throttle; wanted was isolate."},
	} {
		x := with(proposed("d-1", c.wanted, "vm-1"), func(x *evenkeel.Decision) { x.Measure = c.is })
		e := mustHear(t, dossier(evenkeel.CaseUnderReview, x), about(docket.ActApprove, "", c.named), mining())
		if len(e.Instead) != 1 || e.Instead[0].Why != c.says {
			t.Errorf("%s, wanted %s, approved as %s: %+v; expected %q", c.is, c.wanted, c.named, e.Instead, c.says)
		}
	}
}

func TestWhatAPersonMayNotApprove(t *testing.T) {
	throttle, isolate := evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	one := dossier(evenkeel.CaseUnderReview, proposed("d-1", isolate, "vm-1"))
	for _, r := range []refusal{
		{"F13: a suspension", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureSuspend, "vm-1")), about(docket.ActApprove, "", 0), evenkeel.KindDenied, "approve it with a lower measure: notify, throttle or isolate; or propose it"},
		{"a suspension, named", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureDeny, "vm-1")), about(docket.ActApprove, "", evenkeel.MeasureSuspend), evenkeel.KindDenied, "two persons"},
		{"more than was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "vm-1")), about(docket.ActApprove, "", isolate), evenkeel.KindInvalid, "at most throttle"},
		{"what is no rung", one, about(docket.ActApprove, "", evenkeel.MeasureChallenge), evenkeel.KindInvalid, "expected"},
		{"what is no rung, though more was wanted", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureSuspend, "vm-1")), about(docket.ActApprove, "", evenkeel.MeasureFreeze), evenkeel.KindInvalid, "expected a rung of the family's ladder: notify, throttle or isolate"},
		{"F4: a throttle of nothing", dossier(evenkeel.CaseUnderReview, proposed("d-1", throttle, "")), about(docket.ActApprove, "", 0), evenkeel.KindDenied, "names no assets, and throttle is for named ones only approve it with a lower measure: notify"},
		{"what was wanted above the ladder and has no terms", dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureLimit, "vm-1")), about(docket.ActApprove, "", 0), evenkeel.KindInvalid, "no lease under mining; expected one of notify, throttle, isolate"},
		{"a decision that is not there", one, about(docket.ActApprove, "d-9", 0), evenkeel.KindNotFound, "no decision d-9"},
		{"nothing", dossier(evenkeel.CaseOpen), about(docket.ActApprove, "", 0), evenkeel.KindNotFound, "is proposed or held evenkeel case show prints"},
		{"one of two", dossier(evenkeel.CaseOpen, proposed("d-1", isolate, "vm-1"), proposed("d-2", throttle, "vm-2")), about(docket.ActApprove, "", 0), evenkeel.KindConflict, "d-1 (proposed, wanted isolate), d-2 (proposed, wanted throttle) name one: with --decision"},
		{"what is in force", dossier(evenkeel.CaseOpen, decided("d-1", throttle, evenkeel.InForce, "vm-1")), about(docket.ActApprove, "d-1", 0), evenkeel.KindConflict, "d-1 is in_force since"},
		{"what is in shadow", dossier(evenkeel.CaseOpen, with(proposed("d-1", throttle, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow })), about(docket.ActApprove, "d-1", 0), evenkeel.KindConflict, "shadow"},
		{"without a case", docket.Dossier{Tenant: tenant, Family: "mining"}, about(docket.ActApprove, "", 0), evenkeel.KindNotFound, "no case"},
	} {
		r.check(t, shown)
	}
	shows := dossier(evenkeel.CaseOpen, with(proposed("d-1", isolate, "vm-1"), func(x *evenkeel.Decision) { x.Measure = throttle }), proposed("d-2", throttle, "vm-2"))
	refusal{"one of two, of which one would be a throttle", shows, about(docket.ActApprove, "", 0), evenkeel.KindConflict, "d-1 (throttle, proposed, wanted isolate), d-2 (proposed, wanted throttle)"}.check(t, shown)
	// Property D holds for persons as for machines; which measures are left depends on the ladder.
	nothing := about(docket.ActApprove, "", 0)
	asked := personDoes(docket.ActApprove, later, func(a *docket.Act) { a.Measure = evenkeel.MeasureThrottle })
	question := dossier(evenkeel.CaseOpen, with(decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"), func(x *evenkeel.Decision) { x.Wanted = evenkeel.MeasureIsolate }))
	paper := Means{Measures: []evenkeel.Measure{}}
	refusal{"what was wanted and nobody can carry out", question, asked, evenkeel.KindNotFound, "isolate was wanted, and throttle may not be entered: whoever would carry it out cannot throttle"}.check(t, paper) // R5: strong evidence has a way to go on
	refusal{"and what to do", question, asked, evenkeel.KindNotFound, "connect a receiver of orders"}.check(t, paper)
	refusal{"nothing waits where somebody could", question, asked, evenkeel.KindNotFound, "is proposed or held"}.check(t, shown)
	refusal{"an isolation for which nobody has shown means", one, nothing, evenkeel.KindDenied, "has declared"}.check(t, Means{})
	refusal{"and what it can be instead", one, nothing, evenkeel.KindDenied, "approve it with a lower measure: notify or throttle; or let whoever enforces"}.check(t, Means{})
	refusal{"which is a notice where nobody throttles", one, nothing, evenkeel.KindDenied, "approve it with a lower measure: notify; or"}.check(t, Means{Measures: []evenkeel.Measure{evenkeel.MeasureLimit}})
	packets := with(proposed("d-1", evenkeel.MeasureLimit, "vm-1"), func(x *evenkeel.Decision) { x.Assets = nil })
	if _, err := Hear(dossier(evenkeel.CaseOpen, packets), nothing, flood(), policy.Earned{}, shown); evenkeel.HintOf(err) != "refuse it: no lower measure may be approved either" {
		t.Errorf("%v (hint %s); expected that a limit of nothing can only be refused, where notify is no rung", err, evenkeel.HintOf(err))
	}
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
		refusal{"that is " + s.String(), again(isolated("ada", s, "vm-2 vm-3")), at(start.Add(day) - 1), evenkeel.KindDenied, "let another person do it, where there is one; else approve it with a lower measure: notify or throttle"}.check(t, shown)
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
		{"what is held is refused", dossier(evenkeel.CaseUnderReview, held), about(docket.ActRefuse, "", 0), "d-2 refused"},
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
	suspend := with(isolate, func(x *evenkeel.Decision) { x.Measure = evenkeel.MeasureSuspend })
	for _, c := range []struct {
		name  string
		to    evenkeel.Measure
		means Means
		hint  string
	}{
		{"nobody throttles", evenkeel.MeasureThrottle, Means{Measures: []evenkeel.Measure{evenkeel.MeasureLimit}}, "lower it to notify; or let whoever enforces declare and prove its means"},
		{"nobody has declared", evenkeel.MeasureIsolate, Means{}, "lower it to notify or throttle; or let whoever enforces declare and prove its means"},
	} {
		if _, err := Hear(dossier(evenkeel.CaseOpen, suspend), about(docket.ActLower, "", c.to), mining(), policy.Earned{}, c.means); evenkeel.HintOf(err) != c.hint {
			t.Errorf("%s: %v (hint %s); expected the hint %s", c.name, err, evenkeel.HintOf(err), c.hint)
		}
	}
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

// The story of an operator at three in the morning: a throttle was held, the tenant answered, and
// whoever approves what is shown by then approves a throttle.
func TestAnAnswerMakesNoMoreOfWhatWasHeld(t *testing.T) {
	x := with(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) {
		x.Wanted, x.From, x.Until = evenkeel.MeasureIsolate, later.Add(hour), later.Add(5*hour)
	})
	file := dossier(evenkeel.CaseUnderReview, x)
	c := newClerk(mining(), shown, newWitness(t))
	c.files = []*docket.Dossier{&file}
	for _, a := range []docket.Act{tenantSays(docket.ActAnswer, later), about(docket.ActApprove, "", 0)} {
		if err := c.do(&file, a, policy.Earned{}); err != nil {
			t.Fatal(err)
		}
	}
	stands := live(file.Decisions, evenkeel.InForce)
	if len(stands) != 1 || stands[0].Measure != evenkeel.MeasureThrottle || stands[0].Wanted != evenkeel.MeasureIsolate {
		t.Errorf("%+v; expected the throttle that was shown", stands)
	}
}

// A measure that nobody carries out is ordered anew by approving what else the case proposes, as
// that measure, once it is lifted.
func TestWhatWasLiftedIsOrderedAnewFromWhatElseIsProposed(t *testing.T) {
	throttle := evenkeel.MeasureThrottle
	file := dossier(evenkeel.CaseUnderReview, decided("d-1", throttle, evenkeel.InForce, "vm-1"),
		with(decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From, x.Until = later.Add(hour), later.Add(7*hour) }))
	c := newClerk(mining(), shown, newWitness(t))
	c.files = []*docket.Dossier{&file}
	for _, a := range []docket.Act{about(docket.ActLift, "", 0), about(docket.ActApprove, "", throttle)} {
		if err := c.do(&file, a, policy.Earned{}); err != nil {
			t.Fatal(err)
		}
	}
	if x := live(file.Decisions, evenkeel.InForce); len(x) != 1 || x[0].Measure != throttle || x[0].ID == "d-1" || x[0].Supersedes != "d-2" {
		t.Errorf("%+v; expected a throttle that is another decision than the one that was lifted", x)
	}
}

// N: what persons enter where the same is in force comes in its place, and does not stand beside it; on
// other machines it does.
func TestTheSameDoesNotStandTwice(t *testing.T) {
	const throttle = evenkeel.MeasureThrottle
	for _, c := range []struct{ assets, turns string }{{"vm-1", "d-1 superseded"}, {"vm-1 vm-2", ""}} {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", throttle, evenkeel.InForce, c.assets), proposed("d-2", evenkeel.MeasureIsolate, "vm-1"))
		if e := mustHear(t, d, about(docket.ActApprove, "d-2", throttle), mining()); turned(e.Turns) != c.turns || len(e.Instead) != 1 {
			t.Errorf("approved beside a throttle of %s: %+v; expected %q", c.assets, e, c.turns)
		}
		r := docket.Review{Decision: "d-2", Wanted: evenkeel.MeasureSuspend, Result: throttle, State: docket.ReviewAgreed, Verdicts: []docket.Verdict{{Person: "ada", Measure: throttle}, {Person: "ben", Measure: throttle}}}
		if e := Together(d, &r, mining(), shown, assets("vm-1"), later); turned(e.Turns) != c.turns || len(e.Instead) != 1 {
			t.Errorf("found by two beside a throttle of %s: %+v; expected %q", c.assets, e, c.turns)
		}
	}
}
