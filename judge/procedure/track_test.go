package procedure

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// ticking adds a clock of the case that runs.
func ticking(d docket.Dossier, kind docket.ClockKind, from, due evenkeel.Moment) docket.Dossier {
	d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: kind, Started: from, Due: due})
	return d
}

// F8 is not only the tenant's who writes: what a machine left to a person is not left to
// nobody.
func TestWhatIsProposedHasAClock(t *testing.T) {
	spoke := waiting(dossier(evenkeel.CaseUnderReview), start)
	p := proposal(mining(), evenkeel.MeasureThrottle)
	t.Run("it begins with the proposal", func(t *testing.T) {
		r := Gate(spoke, p, found(later, "vm-1"), shown)
		if r.Verdict != Person || kinds(r.Start) != "review" || r.Start[0].Started != later || r.Start[0].Due != later.Add(hour) || r.Start[0].Decision != "" {
			t.Errorf("%+v; expected an hour for its review, for the case", r)
		}
	})
	t.Run("a second proposal leaves it alone", func(t *testing.T) {
		d := ticking(spoke, docket.ClockReview, start, later.Add(1))
		if r := Gate(d, p, found(later, "vm-1"), shown); r.Verdict != Person || len(r.Start) != 0 {
			t.Errorf("%+v; expected a proposal and no clock", r)
		}
	})
	t.Run("what is proposed already starts none", func(t *testing.T) {
		d := waiting(dossier(evenkeel.CaseUnderReview, proposed("d-1", evenkeel.MeasureThrottle, "vm-1")), start)
		if r := Gate(d, p, found(later, "vm-1"), shown); r.Verdict != Note || len(r.Start) != 0 {
			t.Errorf("%+v; expected a note", r)
		}
	})
	t.Run("what is held and left to a person by a flag has one", func(t *testing.T) {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"))
		if e := mustHear(t, d, personDoes(docket.ActFlag, later, func(a *docket.Act) { a.Grant = grant() }), mining()); kinds(e.Start) != "review" {
			t.Errorf("%+v; expected that the review begins", e)
		}
	})
	t.Run("what is held and left to a person by its clock has one", func(t *testing.T) {
		d := dossier(evenkeel.CaseUnderReview, with(decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From = later }))
		if e := mustDue(t, d, later, nil); turned(e.Turns) != "d-1 proposed" || kinds(e.Start) != "review" {
			t.Errorf("%+v; expected that the review begins", e)
		}
	})
	t.Run("what waits with a tenant who waits has our clock", func(t *testing.T) {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"))
		if e := mustHear(t, d, tenantSays(docket.ActAnswer, later), mining()); kinds(e.Start) != "our_answer" {
			t.Errorf("%+v; expected our clock alone", e)
		}
	})
}

func TestWhatNobodyLooksAtIsSaidAgainAndDoesNothing(t *testing.T) {
	d := ticking(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), proposed("d-2", evenkeel.MeasureIsolate, "vm-1")),
		docket.ClockReview, start, start.Add(3*hour))
	e := mustDue(t, d, start.Add(3*hour), mining())
	if len(e.Turns)+len(e.Instead) != 0 || e.Case != 0 || kinds(e.Start) != "review" || e.Start[0].Started != start.Add(3*hour) || e.Start[0].Due != start.Add(9*hour) {
		t.Errorf("%+v; expected only that it begins again, for six hours", e)
	}
	says(t, "the effect", e.Says, "Nobody has looked at what was proposed at 2019-05-29T20:00:00Z, 3h")
	d = ticking(dossier(evenkeel.CaseUnderReview, proposed("d-2", evenkeel.MeasureIsolate, "vm-1")), docket.ClockReview, start, start.Add(20*hour))
	if e := mustDue(t, d, start.Add(day), mining()); e.Start[0].Due != start.Add(44*hour) {
		t.Errorf("%+v; expected a day, and no more", e.Start)
	}
	for name, d := range map[string]docket.Dossier{
		"nothing is proposed any more":    dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Superseded, "vm-1")),
		"what is proposed is in shadow":   dossier(evenkeel.CaseUnderReview, with(proposed("d-1", evenkeel.MeasureThrottle, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow })),
		"the case is closed":              dossier(evenkeel.CaseClosed),
		"a case is open again, by no lot": dossier(evenkeel.CaseReopened, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Superseded, "vm-1")),
	} {
		if e := mustDue(t, ticking(d, docket.ClockReview, start, later), later, mining()); len(e.Start)+len(e.Says)+len(e.Calls) != 0 {
			t.Errorf("%s: %+v; expected that it ends, and that nobody is called", name, e)
		}
	}
}

// R21: escalation until a person answers: whoever is on call, the second level, then whoever leads, who is called
// each day in the end. However long our time is, the lead is called the third time.
func TestWhatNobodyLooksAtReachesTheSecondLevelAndTheLead(t *testing.T) {
	for our, want := range map[time.Duration][]time.Duration{ // since it was proposed, of the first calls
		hour:        {hour, 3 * hour, 7 * hour, 15 * hour, 31 * hour, 55 * hour, 79 * hour},
		6 * hour:    {6 * hour, 18 * hour, 42 * hour, 66 * hour},
		13 * hour:   {13 * hour, 37 * hour, 61 * hour, 85 * hour},
		day:         {day, 2 * day, 3 * day, 4 * day},
		90 * day:    {90 * day, 91 * day, 92 * day, 93 * day},
		time.Second: {time.Second, 3 * time.Second, 7 * time.Second},
	} {
		fam := mining()
		fam.Clocks.OurAnswer = our
		d := ticking(dossier(evenkeel.CaseUnderReview, proposed("d-2", evenkeel.MeasureIsolate, "vm-1")), docket.ClockReview, start, start.Add(our))
		d.Decisions[0].At = start
		for i, at := range want {
			e := mustDue(t, d, start.Add(at), fam)
			if len(e.Calls) != 1 || e.Calls[0].Level != min(i+1, docket.LevelLead) || e.At != start.Add(at) {
				t.Errorf("our time is %s, call %d at %s: %+v at %s; expected level %d", our, i+1, at, e.Calls, e.At, min(i+1, docket.LevelLead))
			}
			d.Clocks = e.Start
		}
	}
}

// F16: what a lot opened again has a clock of its own. What is proposed in it is looked at as in any other case, and
// whoever refuses that has said nothing of what was found by lot.
func TestWhatALotOpenedHasAClockOfItsOwn(t *testing.T) {
	byLot := func(all ...evenkeel.Decision) docket.Dossier {
		d := dossier(evenkeel.CaseReopened, all...)
		d.Case.Outcome = evenkeel.OutcomeInconclusive
		d.Clocks = append(d.Clocks, LotClock(&d, start))
		return d
	}
	wants := proposed("d-1", evenkeel.MeasureThrottle, "vm-1")
	p := proposal(mining(), evenkeel.MeasureSuspend)
	if r := Gate(byLot(), p, found(later, "vm-1"), shown); r.Verdict != Person || kinds(r.Start) != "review" || r.Start[0].Due != later.Add(hour) {
		t.Errorf("%+v; expected a proposal, with an hour for a look at it", r)
	}
	d := ticking(byLot(wants), docket.ClockReview, later, later.Add(hour))
	if e := mustHear(t, d, about(docket.ActRefuse, "d-1", 0), mining()); kinds(e.Stop) != "review" {
		t.Errorf("who refuses a proposal stops %s; expected its review alone", kinds(e.Stop))
	}
	for _, a := range []docket.Act{
		personDoes(docket.ActClear, later, func(a *docket.Act) { a.NoFlag = docket.NoFlagGone }),
		personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }),
	} {
		if e := mustHear(t, d, a, mining()); kinds(e.Stop) != "lot review" {
			t.Errorf("%s stops %s; expected what the lot opened too", a.Kind, kinds(e.Stop))
		}
	}
	d = byLot(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1"))
	d.Case.Outcome = evenkeel.OutcomeConfirmed
	d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockAppealAnswer, Decision: "d-1", Started: start, Due: later})
	if e := mustHear(t, d, personDoes(docket.ActUphold, later, nil), mining()); e.Case != 0 {
		t.Errorf("%+v; expected that whoever upholds it on appeal leaves open what the lot opened", e)
	}
	d = byLot(decided("d-1", evenkeel.MeasureThrottle, evenkeel.Refused, "vm-1"))
	for _, old := range []bool{false, true} {
		if old { // as a program of before wrote it
			d.Clocks[0].Kind = docket.ClockReview
		}
		e := mustDue(t, d, start.Add(LotLook), mining())
		if len(e.Turns) != 0 || e.Case != 0 || len(e.Calls) != 1 || e.Calls[0].Level != docket.LevelLead || kinds(e.Start) != "lot" || e.Start[0].Due != start.Add(2*LotLook) {
			t.Errorf("old %t: %+v; expected that the lead is called, and again in a week", old, e)
		}
	}
	if e := mustDue(t, ticking(byLot(), docket.ClockQuiet, start, later), later, mining()); e.Case != 0 {
		t.Errorf("%+v; expected that silence does not close what a person found", e)
	}
}

// A person who decides on what the tenant spoke about answers it, and looks at what that decision is about; the
// rest that is proposed still waits.
func TestTheReviewEndsWithTheLastProposal(t *testing.T) {
	throttle := evenkeel.MeasureThrottle
	inForce := decided("d-0", throttle, evenkeel.InForce, "vm-9")
	one, two := proposed("d-1", throttle, "vm-1"), proposed("d-2", throttle, "vm-2")
	running := func(all ...evenkeel.Decision) docket.Dossier {
		return ticking(waiting(dossier(evenkeel.CaseUnderReview, all...), start), docket.ClockReview, start, start.Add(3*hour))
	}
	for _, c := range []struct {
		name         string
		d            docket.Dossier
		a            docket.Act
		stops, start string
	}{
		{"the last is refused", running(one), about(docket.ActRefuse, "d-1", 0), "our_answer review", "quiet"},
		{"the last is approved", running(one), about(docket.ActApprove, "d-1", 0), "our_answer review", ""},
		{"one of two is refused", running(one, two), about(docket.ActRefuse, "d-1", 0), "our_answer", ""},
		{"one of two is approved", running(one, two), about(docket.ActApprove, "d-1", 0), "our_answer", ""},
		{"the last is refused, and the tenant waits about what is in force", running(inForce, one), about(docket.ActRefuse, "d-1", 0), "review", ""},
		{"one of two is refused, and the tenant waits about what is in force", running(inForce, one, two), about(docket.ActRefuse, "d-1", 0), "", ""},
		{"something else is lifted", running(inForce, one), about(docket.ActLift, "d-0", 0), "our_answer", ""},
		{"something else is lowered", running(inForce, one), about(docket.ActLower, "d-0", evenkeel.MeasureNotify), "our_answer", ""},
		{"a tenant's word stops nothing", running(inForce, one), tenantSays(docket.ActMessage, later), "", ""},
		{"something is lifted, and what is proposed had our clock only", waiting(dossier(evenkeel.CaseUnderReview, inForce, one), start), about(docket.ActLift, "d-0", 0), "our_answer", "review"},
		{"the case is cleared", running(one, two), personDoes(docket.ActClear, later, func(a *docket.Act) { a.NoFlag = docket.NoFlagGone }), "our_answer review", ""},
		{"the case is closed", running(one, two), personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }), "our_answer review", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if e := mustHear(t, c.d, c.a, mining()); kinds(e.Stop) != c.stops || kinds(e.Start) != c.start {
				t.Errorf("stops %q, starts %q; expected %q and %q", kinds(e.Stop), kinds(e.Start), c.stops, c.start)
			}
		})
	}
}

// A case that nobody has to decide about any more does not stay open for ever, with a tenant
// who reads that it is looked at.
func TestACaseIsQuietWhenNothingStands(t *testing.T) {
	throttle := evenkeel.MeasureThrottle
	inForce := decided("d-1", throttle, evenkeel.InForce, "vm-1")
	due := start.Add(4 * hour)
	question := func(d docket.Dossier) docket.Dossier {
		return ticking(d, docket.ClockTenantAnswer, start, due)
	}
	longer := with(decided("d-2", throttle, evenkeel.InForce, "vm-2"), func(x *evenkeel.Decision) { x.Until = start.Add(day) })
	held := with(decided("d-2", throttle, evenkeel.Held, "vm-2"), func(x *evenkeel.Decision) { x.From, x.Until = start.Add(5*hour), start.Add(day) })
	patient := waiting(dossier(evenkeel.CaseUnderReview, inForce), start)
	patient.Clocks[0].Due = start.Add(day)
	for _, c := range []struct {
		name   string
		d      docket.Dossier
		starts string
	}{
		{"the last lease lapses", dossier(evenkeel.CaseUnderReview, inForce), "quiet"},
		{"the tenant does not answer, and nothing stands", question(dossier(evenkeel.CaseOpen)), "quiet"},
		{"something else is in force", dossier(evenkeel.CaseUnderReview, inForce, longer), ""},
		{"something is held", dossier(evenkeel.CaseUnderReview, inForce, held), ""},
		{"something is proposed", ticking(dossier(evenkeel.CaseUnderReview, inForce, proposed("d-2", throttle, "vm-2")), docket.ClockReview, start, start.Add(day)), ""},
		{"the tenant waits", patient, ""},
		{"the case is closed", dossier(evenkeel.CaseClosed, inForce), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustDue(t, c.d, due, mining())
			if kinds(e.Start) != c.starts {
				t.Errorf("%+v; expected that %q starts", e.Start, c.starts)
			}
			if c.starts != "" && (e.Start[0].Started != due || e.Start[0].Due != due.Add(30*day)) {
				t.Errorf("%+v; expected thirty days", e.Start)
			}
		})
	}
	t.Run("a person ends the last of it", func(t *testing.T) {
		if e := mustHear(t, dossier(evenkeel.CaseUnderReview, inForce), about(docket.ActLift, "", 0), mining()); kinds(e.Start) != "quiet" || e.Start[0].Due != later.Add(30*day) {
			t.Errorf("%+v; expected thirty days from then", e.Start)
		}
	})
}

func TestAQuietCaseClosesByItself(t *testing.T) {
	end := start.Add(30 * day)
	quiet := func(d docket.Dossier) docket.Dossier { return ticking(d, docket.ClockQuiet, start, end) }
	appealed := dossier(evenkeel.CaseReopened)
	appealed.Case.Outcome = evenkeel.OutcomeConfirmed
	cleared := dossier(evenkeel.CaseReopened)
	cleared.Case.Outcome = evenkeel.OutcomeFalsePositive
	for _, c := range []struct {
		name string
		d    docket.Dossier
		to   evenkeel.CaseState
		o    evenkeel.Outcome
	}{
		{"nothing more was found", dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")), evenkeel.CaseClosed, evenkeel.OutcomeInconclusive},
		{"silence does not clear anybody once more", cleared, evenkeel.CaseClosed, evenkeel.OutcomeInconclusive},
		{"silence does not take back what a person found", appealed, evenkeel.CaseClosed, evenkeel.OutcomeConfirmed},
		{"a notice is in force", dossier(evenkeel.CaseOpen, with(decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"), func(x *evenkeel.Decision) { x.Until = end.Add(1) })), 0, 0},
		{"something is proposed", ticking(dossier(evenkeel.CaseOpen, proposed("d-1", evenkeel.MeasureThrottle, "vm-1")), docket.ClockReview, start, end.Add(1)), 0, 0},
		{"the case is closed already", dossier(evenkeel.CaseClosed), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustDue(t, quiet(c.d), end, mining())
			if e.Case != c.to || e.Outcome != c.o || len(e.Turns)+len(e.Start) != 0 || e.Decided {
				t.Errorf("%+v; expected case %s, %s", e, c.to, c.o)
			}
			if c.to != 0 {
				says(t, "the effect", e.Says, "Nothing more was found for 30 days")
			}
		})
	}
	t.Run("the tenant waits", func(t *testing.T) {
		d := quiet(waiting(dossier(evenkeel.CaseOpen), end.Add(-minute)))
		if e := mustDue(t, d, end, mining()); e.Case != 0 || len(e.Start) != 0 {
			t.Errorf("%+v; expected that only the clock ends", e)
		}
	})
	t.Run("something was found meanwhile: it is quiet since then", func(t *testing.T) {
		d := quiet(dossier(evenkeel.CaseOpen))
		d.Case.Latest = start.Add(9 * day)
		if e := mustDue(t, d, end, mining()); e.Case != 0 || kinds(e.Start) != "quiet" || e.Start[0].Due != start.Add(39*day) {
			t.Errorf("%+v; expected thirty days from what was found", e)
		}
	})
	t.Run("no clock outlives it", func(t *testing.T) {
		d := ticking(quiet(dossier(evenkeel.CaseOpen)), docket.ClockTenantAnswer, start, end.Add(day))
		if e, _ := Due(d, end, mining()); kinds(e.Stop) != "quiet tenant_answer" || e.Stop[0].Kind != docket.ClockQuiet || e.Stop[1].Ended != end {
			t.Errorf("%+v; expected that both end", e.Stop)
		}
	})
	t.Run("what is found later opens a new case", func(t *testing.T) {
		c := newClerk(mining(), shown, newWitness(t))
		c.consider(again(start, 0), proposal(c.fam, evenkeel.MeasureNotify))
		c.sweep(start.Add(7*day + 30*day))
		c.seen.looks(c)
		if s := c.newest().Case; s.State != evenkeel.CaseClosed || s.Outcome != evenkeel.OutcomeInconclusive || s.Since != start.Add(37*day) {
			t.Fatalf("%+v; expected that it is closed thirty days after its notice lapsed", *s)
		}
		c.consider(again(start.Add(38*day), 1), policy.Proposal{Family: c.fam, Policy: "sha256:1", Mode: evenkeel.ModeLive, Wanted: evenkeel.MeasureNotify, Allowed: evenkeel.MeasureNotify})
		if len(c.files) != 2 || c.newest().Case.State != evenkeel.CaseOpen {
			t.Errorf("%d cases; expected a second, open", len(c.files))
		}
	})
}
