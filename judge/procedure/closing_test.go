package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// busy is a case in which something is in every state, and every clock runs.
func busy() docket.Dossier {
	d := waiting(dossier(evenkeel.CaseUnderReview,
		decided("d-1", evenkeel.MeasureNotify, evenkeel.Lapsed, "vm-1"),
		decided("d-2", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"),
		with(decided("d-3", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From, x.Until = start.Add(3*hour), start.Add(9*hour) }),
		with(decided("d-4", 0, evenkeel.Proposed, "vm-2"), func(x *evenkeel.Decision) { x.Wanted = evenkeel.MeasureIsolate }),
		with(decided("d-5", evenkeel.MeasureThrottle, evenkeel.Proposed, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow }),
	), start.Add(hour))
	d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: start.Add(day)})
	return d
}

// F9: the unlock did not record that the behaviour is fine, so it was found again. The end of
// the measure, the close of the case and the flag are one effect, or none.
func TestClearingEndsWhatStandsAndLeavesAFlag(t *testing.T) {
	a := personDoes(docket.ActClear, later, func(a *docket.Act) { a.Grant = grant() })
	e := mustHear(t, busy(), a, mining())
	if e.Case != evenkeel.CaseClosed || e.Outcome != evenkeel.OutcomeFalsePositive || !e.Decided {
		t.Errorf("%+v; expected that the case is closed as a false positive", e)
	}
	if turned(e.Turns) != "d-2 lifted, d-3 refused, d-4 refused" || kinds(e.Stop) != "hearing lease our_answer tenant_answer" {
		t.Errorf("turns %q, clocks %q; expected that nothing stands and nothing runs", turned(e.Turns), kinds(e.Stop))
	}
	if len(e.Grants) != 1 || e.Grants[0].Case != caseID || e.Grants[0].By.Person != "ada" || e.Grants[0].Until != grant().Until {
		t.Errorf("%+v; expected the flag of the case", e.Grants)
	}
	once := personDoes(docket.ActClear, later, func(a *docket.Act) { a.NoFlag, a.Outcome = docket.NoFlagOnce, evenkeel.OutcomePolicyMismatch })
	if e := mustHear(t, busy(), once, mining()); len(e.Grants) != 0 || e.Outcome != evenkeel.OutcomePolicyMismatch || e.Case != evenkeel.CaseClosed {
		t.Errorf("%+v; expected that it is closed as allowed here, with a reason for no flag", e)
	}
}

// R9, R10: in an announcement nothing was found, so that nobody was wrong who allows it: no word counts it as a false positive.
func TestAnAnnouncementThatIsAllowedIsNoFalsePositive(t *testing.T) {
	for _, said := range []evenkeel.Outcome{evenkeel.OutcomeNone, evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch} {
		d := waiting(dossier(evenkeel.CaseUnderReview), start)
		d.Family = docket.Announcements
		a := personDoes(docket.ActClear, later, func(a *docket.Act) { a.NoFlag, a.Outcome = docket.NoFlagOnce, said })
		if e := mustHear(t, d, a, mining()); e.Case != evenkeel.CaseClosed || e.Outcome != evenkeel.OutcomePolicyMismatch {
			t.Errorf("cleared as %s it is closed as %s; expected policy_mismatch", said, e.Outcome)
		}
	}
}

func TestAClearanceThatIsNoneIsRefused(t *testing.T) {
	clear := func(change func(*docket.Act)) docket.Act { return personDoes(docket.ActClear, later, change) }
	closed := dossier(evenkeel.CaseClosed)
	closed.Case.Outcome = evenkeel.OutcomeConfirmed
	for _, r := range []refusal{
		{"F9: neither a flag nor a reason for none", busy(), clear(nil), evenkeel.KindInvalid, "neither a flag nor a reason for none"},
		{"both of them", busy(), clear(func(a *docket.Act) { a.Grant, a.NoFlag = grant(), docket.NoFlagGone }), evenkeel.KindInvalid, "a flag and a reason for none (gone)"},
		{"a reason that is none", busy(), clear(func(a *docket.Act) { a.NoFlag = 77 }), evenkeel.KindInvalid, "none of those that are known"},
		{"a flag that is none", busy(), clear(func(a *docket.Act) { a.Grant = grant(); a.Grant.Selector = evenkeel.Selector{} }), evenkeel.KindInvalid, "selector"},
		{"a flag on none of its machines, by a slip", busy(), clear(func(a *docket.Act) {
			a.Grant = grant()
			a.Grant.Selector = evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-77", "vm-78"}}
		}), evenkeel.KindInvalid, "covers none of the machines of the case; expected at least one of vm-1, vm-2"},
		{"a clearance as confirmed", busy(), clear(func(a *docket.Act) { a.Grant, a.Outcome = grant(), evenkeel.OutcomeConfirmed }), evenkeel.KindInvalid, "expected false_positive or policy_mismatch"},
		{"a case that is closed", closed, clear(func(a *docket.Act) { a.Grant = grant() }), evenkeel.KindConflict, "closed at 2019-05-29T20:00:00Z as confirmed"},
		{"no case", docket.Dossier{Tenant: tenant, Family: "mining"}, clear(func(a *docket.Act) { a.Grant = grant() }), evenkeel.KindNotFound, "no case"},
	} {
		r.check(t, shown)
	}
}

func TestClosingWithAnotherOutcome(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome evenkeel.Outcome
		turns   string
		stops   string
	}{
		{"abuse: what is in force runs to its end", evenkeel.OutcomeConfirmed, "d-3 refused, d-4 refused", "hearing our_answer tenant_answer"},
		{"a victim's machine: the same, and it is helped", evenkeel.OutcomeVictim, "d-3 refused, d-4 refused", "hearing our_answer tenant_answer"},
		{"inconclusive: what is in force ends", evenkeel.OutcomeInconclusive, "d-2 lifted, d-3 refused, d-4 refused", "hearing lease our_answer tenant_answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustHear(t, busy(), personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = c.outcome }), mining())
			if turned(e.Turns) != c.turns || kinds(e.Stop) != c.stops || e.Case != evenkeel.CaseClosed || e.Outcome != c.outcome || !e.Decided {
				t.Errorf("%+v; expected turns %q and that %q stop", e, c.turns, c.stops)
			}
		})
	}
	t.Run("of what is in force only the lease and the time to appeal run on", func(t *testing.T) {
		d := busy()
		d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Decision: "d-2", Kind: docket.ClockAppeal, Started: start, Due: start.Add(day)})
		e := mustHear(t, d, personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeConfirmed }), mining())
		if kinds(e.Stop) != "hearing our_answer tenant_answer" {
			t.Errorf("%q stop; expected all but the lease and the time to appeal", kinds(e.Stop))
		}
	})
	closed := dossier(evenkeel.CaseClosed)
	for _, r := range []refusal{
		{"as a false positive: that is a clearance", busy(), personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeFalsePositive }), evenkeel.KindInvalid, "clear the case"},
		{"as covered: only a flag does that", busy(), personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeCovered }), evenkeel.KindInvalid, "expected confirmed, victim or inconclusive"},
		{"as nothing", busy(), personDoes(docket.ActClose, later, nil), evenkeel.KindInvalid, "outcome none"},
		{"twice", closed, personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeVictim }), evenkeel.KindConflict, "was closed"},
		{"no case", docket.Dossier{Tenant: tenant}, personDoes(docket.ActClose, later, func(a *docket.Act) { a.Outcome = evenkeel.OutcomeVictim }), evenkeel.KindNotFound, "no case"},
	} {
		r.check(t, shown)
	}
}
