package procedure

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// mustDue is the effect of the first clock, of which it must be known that it is due.
func mustDue(t *testing.T, d docket.Dossier, until evenkeel.Moment, fam *policy.Family) Effect {
	t.Helper()
	e, ok := Due(d, until, fam)
	if !ok || len(e.Stop) != 1 {
		t.Fatalf("%v, %+v; expected one clock that ran out", ok, e)
	}
	if k := e.Stop[0]; k.Ended != k.Due || k.Because == "" || e.At != k.Due || k.Due > until {
		t.Errorf("%+v at %s; expected that it ended when it was due, and why", k, e.At)
	}
	for _, x := range e.Turns {
		if x.At != e.At || x.Why == "" {
			t.Errorf("%+v; expected that it turns when the clock was due, and why", x)
		}
	}
	return e
}

// A lease that runs out is the first thing that the automation clause promises: an end.
func TestALeaseThatRunsOutEndsTheMeasure(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))
	if e, ok := Due(d, start.Add(4*hour)-1, mining()); ok {
		t.Errorf("%+v; expected nothing a moment before it is due", e)
	}
	e := mustDue(t, d, start.Add(9*hour), mining())
	if turned(e.Turns) != "d-1 lapsed" || e.At != start.Add(4*hour) || e.Case != 0 {
		t.Errorf("%+v; expected that it lapsed when it was due, not when somebody looked", e)
	}
	d.Decisions[0].State = evenkeel.Lifted
	if e := mustDue(t, d, start.Add(9*hour), mining()); len(e.Turns) != 0 {
		t.Errorf("%+v; expected that only the clock ends, since a person lifted the measure", e)
	}
	d.Case.State = evenkeel.CaseClosed
	d.Decisions[0].State = evenkeel.InForce
	if e := mustDue(t, d, start.Add(9*hour), nil); turned(e.Turns) != "d-1 lapsed" {
		t.Errorf("%+v; expected that it lapses in a closed case and without a policy too", e)
	}
}

func TestTheClockThatIsDueFirstRunsOutFirst(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview)
	d.Clocks = []docket.Clock{
		{Kind: docket.ClockTenantAnswer, Due: start.Add(hour), Paused: "nobody is at work"},
		{Kind: docket.ClockAppeal, Due: start.Add(3 * hour)},
		{Kind: docket.ClockTenantAnswer, Due: start.Add(2 * hour)},
		{Kind: docket.ClockLease, Due: start.Add(2 * hour), Decision: "d-2"},
		{Kind: docket.ClockLease, Due: start.Add(2 * hour), Decision: "d-1"},
		{Kind: docket.ClockHearing, Due: start, Ended: start},
	}
	var got []string
	for {
		e, ok := Due(d, start.Add(day), mining())
		if !ok {
			break
		}
		k := e.Stop[0]
		got = append(got, k.Kind.String()+string(k.Decision))
		d.Clocks = slices.DeleteFunc(d.Clocks, func(c docket.Clock) bool { return c.Kind == k.Kind && c.Decision == k.Decision && c.Due == k.Due })
	}
	if want := []string{"leased-1", "leased-2", "tenant_answer", "appeal"}; !slices.Equal(got, want) {
		t.Errorf("%v; expected %v, and that what is paused or ended does not run out", got, want)
	}
	if _, ok := Due(docket.Dossier{Clocks: d.Clocks}, start.Add(day), mining()); ok {
		t.Errorf("a clock without a case ran out")
	}
}

// F7: a hearing that nobody used ends in the measure that was announced, at the time that was
// announced, and only then does the lower one give way.
func TestWhatWasHeldTakesEffectAfterItsHearing(t *testing.T) {
	held := with(decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1 vm-2"), func(x *evenkeel.Decision) { x.From, x.Until = later, later.Add(6*hour) })
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), held, decided("d-3", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-3"))
	e := mustDue(t, d, later, mining())
	if turned(e.Turns) != "d-1 superseded, d-2 in_force" || e.Turns[0].Until != later.Add(6*hour) {
		t.Errorf("%+v; expected isolate for its lease, in the place of the throttle on one of its machines", e)
	}
	d.Decisions[1].State = evenkeel.Proposed
	if e := mustDue(t, d, later, mining()); len(e.Turns) != 0 {
		t.Errorf("%+v; expected nothing: a person decides about it by now", e)
	}
}

func TestATenantWhoDoesNotAnswerIsLookedAt(t *testing.T) {
	for _, c := range []struct {
		name  string
		state evenkeel.CaseState
		x     evenkeel.Decision
		to    evenkeel.CaseState
		start string
	}{
		{"a notice alone is no matter for a person", evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"), 0, ""},
		{"a throttle in force is", evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), evenkeel.CaseUnderReview, ""},
		{"a proposal is", evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.Proposed, "vm-1"), evenkeel.CaseUnderReview, "review"},
		{"what is held is", evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Held, "vm-1"), evenkeel.CaseUnderReview, ""},
		{"what is over is not", evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1"), 0, "quiet"},
		{"what is in shadow is not", evenkeel.CaseOpen, with(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Proposed, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow }), 0, "quiet"},
		{"a reopened case stays so", evenkeel.CaseReopened, decided("d-1", evenkeel.MeasureNotify, evenkeel.Proposed, "vm-1"), 0, "review"},
		{"a closed case stays closed", evenkeel.CaseClosed, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dossier(c.state, c.x)
			d.Clocks = []docket.Clock{{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: later}}
			e := mustDue(t, d, later, mining())
			if e.Case != c.to || len(e.Turns) != 0 || kinds(e.Start) != c.start {
				t.Errorf("%+v; expected case %s, that %q starts and nothing else", e, c.to, c.start)
			}
			says(t, "the effect", e.Says, "2019-05-29T20:00:00Z", "2019-05-29T22:00:00Z")
		})
	}
}

// F8: twelve hours until a person looked. When we miss our own clock the measure steps down;
// it never adds a new kind of harm, and a flood that is still measured stays limited. Our clock
// begins again for as long as somebody waits, though nothing is left to step down.
func TestWhenWeMissOurClockMeasuresStepDown(t *testing.T) {
	control := takeover()
	for _, c := range []struct {
		name    string
		fam     *policy.Family
		x       evenkeel.Decision
		ago     int // minutes since the newest finding
		turns   string
		instead evenkeel.Measure
	}{
		{"throttle ends", mining(), decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), 0, "d-1 lapsed", 0},
		{"isolate ends where limit is no rung: it does not become a throttle", mining(), decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1"), 0, "d-1 lapsed", 0},
		{"isolate becomes a limit where that is a rung", flood(), decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1"), 0, "", evenkeel.MeasureLimit},
		{"drop-flow becomes a limit", flood(), decided("d-1", evenkeel.MeasureDropFlow, evenkeel.InForce, "vm-1"), 60, "", evenkeel.MeasureLimit},
		{"a limit on a flood that was measured ten minutes ago stays", flood(), decided("d-1", evenkeel.MeasureLimit, evenkeel.InForce, "vm-1"), 10, "", 0},
		{"a limit on a flood that is over ends", flood(), decided("d-1", evenkeel.MeasureLimit, evenkeel.InForce, "vm-1"), 11, "d-1 lapsed", 0},
		{"a limit where no flood is measured ends", takeover(), decided("d-1", evenkeel.MeasureLimit, evenkeel.InForce, "vm-1"), 0, "d-1 lapsed", 0},
		{"a denial by two becomes an isolation for as long as a machine isolates (A)", mining(), decided("d-1", evenkeel.MeasureDeny, evenkeel.InForce, "vm-1"), 0, "", evenkeel.MeasureIsolate},
		{"freeze becomes a notice, and nothing enforced is left", control, decided("d-1", evenkeel.MeasureFreeze, evenkeel.InForce, "vm-1"), 0, "", evenkeel.MeasureNotify},
		{"a notice stays", mining(), decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"), 0, "", 0},
		{"what is held is not entered without a person", flood(), decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"), 0, "d-1 proposed", 0},
		{"without a policy it ends", nil, decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1"), 0, "d-1 lapsed", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := waiting(dossier(evenkeel.CaseOpen, with(c.x, func(x *evenkeel.Decision) { x.From = start.Add(day); x.Until = start.Add(2 * day) })), start)
			d.Clocks = d.Clocks[:0]
			d.Clocks = append(d.Clocks, ourClock(&d, c.fam, start))
			due := start.Add(hour)
			d.Case.Latest = due.Add(-time.Duration(c.ago) * minute)
			e := mustDue(t, d, start.Add(3*hour), c.fam)
			if turned(e.Turns) != c.turns || e.Case != evenkeel.CaseUnderReview {
				t.Errorf("turns %q, case %s; expected %q under review", turned(e.Turns), e.Case, c.turns)
			}
			var instead evenkeel.Measure
			for _, i := range e.Instead {
				instead = i.Measure
				if i.At != due || i.Until != min(start.Add(2*day), due.Add(c.fam.Terms[i.Measure].Lease)) || i.Of != "d-1" || i.Why == "" || i.Says != "" {
					t.Errorf("%+v; expected the end that the tenant was told, or that of its own lease from when the clock was due", i)
				}
			}
			if instead != c.instead {
				t.Errorf("steps down to %s; expected %s", instead, c.instead)
			}
			if kinds(e.Start) != "our_answer" || e.Start[0].Started != due || e.Start[0].Due != due.Add(2*hour) || e.Start[0].Ended != 0 {
				t.Errorf("clocks %+v; expected that ours begins again, for two hours", e.Start)
			}
			says(t, "the effect", e.Says, "Nobody decided by 2019-05-29T21:00:00Z", "the tenant waits since 2019-05-29T20:00:00Z, that is for 1h")
		})
	}
	t.Run("the highest steps down first, the others stay until the next time", func(t *testing.T) {
		d := waiting(dossier(evenkeel.CaseUnderReview,
			decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), decided("d-2", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-2"),
			decided("d-3", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-3")), start)
		e := mustDue(t, d, start.Add(hour), mining())
		if turned(e.Turns) != "d-2 lapsed, d-3 lapsed" || kinds(e.Start) != "our_answer" {
			t.Errorf("%+v; expected that both isolations end and our clock begins again", e)
		}
	})
	t.Run("each time it runs twice as long, up to a day", func(t *testing.T) {
		d := waiting(dossier(evenkeel.CaseUnderReview), start)
		var lengths []time.Duration
		for range 8 {
			e := mustDue(t, d, start.Add(90*day), mining())
			d.Clocks = e.Start
			lengths = append(lengths, e.Start[0].Due.Sub(e.Start[0].Started))
		}
		if want := []time.Duration{2 * hour, 4 * hour, 8 * hour, 16 * hour, day, day, day, day}; !slices.Equal(lengths, want) {
			t.Errorf("%v; expected %v", lengths, want)
		}
	})
	t.Run("nobody waits any more: it ends", func(t *testing.T) {
		d := waiting(dossier(evenkeel.CaseUnderReview), start)
		d.Case.Waiting = 0
		if e := mustDue(t, d, start.Add(hour), mining()); len(e.Start) != 0 {
			t.Errorf("%+v; expected that it does not begin again", e.Start)
		}
	})
	t.Run("a closed case is past", func(t *testing.T) {
		d := waiting(dossier(evenkeel.CaseClosed, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), start)
		if e := mustDue(t, d, start.Add(hour), mining()); len(e.Turns)+len(e.Instead)+len(e.Start) != 0 || e.Case != 0 {
			t.Errorf("%+v; expected that only the clock ends", e)
		}
	})
	t.Run("a reopened case stays so", func(t *testing.T) {
		if e := mustDue(t, waiting(dossier(evenkeel.CaseReopened), start), start.Add(hour), mining()); e.Case != 0 {
			t.Errorf("case %s; expected that it stays", e.Case)
		}
	})
}

// F7: what was held before the tenant spoke, by an older program perhaps, is a person's when the time to be
// heard is over; packets at others do not wait, nor what a person found before to be so.
func TestWhatIsHeldOfWhoeverWaitsIsForAPerson(t *testing.T) {
	confirmed := func(d docket.Dossier) docket.Dossier {
		d.Case.State, d.Case.Outcome = evenkeel.CaseReopened, evenkeel.OutcomeConfirmed
		return d
	}
	as := func(d docket.Dossier) docket.Dossier { return d }
	for _, c := range []struct {
		name string
		fam  *policy.Family
		m    evenkeel.Measure
		with func(docket.Dossier) docket.Dossier
		to   string
	}{
		{"the tenant waits", mining(), evenkeel.MeasureThrottle, as, "d-1 proposed"},
		{"packets hurt others", flood(), evenkeel.MeasureDropFlow, as, "d-1 in_force"},
		{"a person found it to be so before", mining(), evenkeel.MeasureThrottle, confirmed, "d-1 in_force"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.with(waiting(dossier(evenkeel.CaseUnderReview, decided("d-1", c.m, evenkeel.Held, "vm-1")), start))
			d.Clocks = append(d.Clocks[:0], docket.Clock{Case: caseID, Kind: docket.ClockHearing, Decision: "d-1", Started: start, Due: start.Add(minute)})
			if e := mustDue(t, d, start.Add(hour), c.fam); turned(e.Turns) != c.to {
				t.Errorf("turns %q; expected %q", turned(e.Turns), c.to)
			}
		})
	}
}

// R24: a reminder says that nobody has answered, which is not so of whoever waits for our answer.
func TestWhoeverWaitsIsNotReminded(t *testing.T) {
	for _, spoke := range []bool{false, true} {
		d := dossier(evenkeel.CaseUnderReview, with(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From, x.Until = start.Add(2*hour), start.Add(3*hour) }))
		if spoke {
			d.Case.Spoke, d.Case.Waiting = start.Add(-minute), start.Add(-minute)
		}
		d.Clocks = []docket.Clock{
			{Case: caseID, Kind: docket.ClockHearing, Decision: "d-1", Started: start, Due: start.Add(2 * hour)},
			{Case: caseID, Kind: docket.ClockReminder, Decision: "d-1", Started: start, Due: start.Add(hour)},
		}
		if e := mustDue(t, d, start.Add(hour), mining()); len(e.Remind) != map[bool]int{false: 1, true: 0}[spoke] {
			t.Errorf("the tenant has spoken: %v; reminds of %v", spoke, e.Remind)
		}
	}
}

// N: what joined a notice and is announced or done by itself meanwhile was told: no question comes after that, which
// would say that nothing is limited.
func TestWhatJoinedAndIsAnnouncedIsNotAskedAboutOnceMore(t *testing.T) {
	notice := with(decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"), func(x *evenkeel.Decision) { x.Until = start.Add(7 * day) })
	first, second := decided("d-2", evenkeel.MeasureThrottle, evenkeel.Held, "vm-1"), decided("d-3", evenkeel.MeasureThrottle, evenkeel.Held, "vm-2")
	for _, c := range []struct {
		name      string
		decisions []evenkeel.Decision
		asked     int
	}{
		{"nothing is announced", []evenkeel.Decision{notice}, 1},
		{"the first is announced", []evenkeel.Decision{notice, first}, 1},
		{"what joined is announced", []evenkeel.Decision{notice, first, second}, 0},
		{"what joined was announced, and waits for a person", []evenkeel.Decision{notice, with(second, func(x *evenkeel.Decision) { x.State = evenkeel.Proposed })}, 0},
		{"what joined waits for a person, and was not announced", []evenkeel.Decision{notice, with(second, func(x *evenkeel.Decision) { x.State, x.Measure = evenkeel.Proposed, 0 })}, 1},
		{"what joined is limited", []evenkeel.Decision{notice, with(second, func(x *evenkeel.Decision) { x.State = evenkeel.InForce })}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dossier(evenkeel.CaseUnderReview, c.decisions...)
			d.Case.Assets = assets("vm-1 vm-2")
			d.Clocks = []docket.Clock{{Case: caseID, Kind: docket.ClockJoined, Decision: "d-1", Started: start, Due: start.Add(10 * minute)}}
			if e := mustDue(t, d, start.Add(hour), mining()); len(e.Instead) != c.asked {
				t.Errorf("%+v; expected that the tenant is asked %d times", e.Instead, c.asked)
			}
		})
	}
}
