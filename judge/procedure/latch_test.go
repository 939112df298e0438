package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// shut is a case of the tenant that was closed.
func shut(id, family string, o evenkeel.Outcome, at evenkeel.Moment) evenkeel.Case {
	return evenkeel.Case{ID: evenkeel.CaseID(id), Tenant: tenant, Family: family, Opened: start.Add(-day), State: evenkeel.CaseClosed, Since: at, Outcome: o}
}

// F10 and F11: the same behaviour locked the account again three hours after an agent had
// cleared it, and the next agent did not know of it. R4: what was cleared stays cleared.
func TestAfterAClearanceOnlyAPersonTakesAMeasure(t *testing.T) {
	cleared := start.Add(-3 * hour)
	open := evenkeel.Case{ID: caseID, Tenant: tenant, Family: "mining", Opened: start, State: evenkeel.CaseOpen, Since: start}
	reopened := shut("c-0", "mining", evenkeel.OutcomeFalsePositive, cleared)
	reopened.State = evenkeel.CaseReopened
	unknown := reopened
	unknown.Outcome = evenkeel.OutcomeNone
	appealed := reopened
	appealed.Outcome = evenkeel.OutcomeConfirmed
	undecided := reopened
	undecided.Outcome, undecided.Cleared = evenkeel.OutcomeInconclusive, cleared.Add(-hour)
	long := undecided
	long.Cleared = cleared.Add(-30 * day)
	fp, pm := evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch
	for _, c := range []struct {
		name    string
		newest  evenkeel.Case
		prior   []evenkeel.Case
		at      evenkeel.Moment
		verdict Verdict
		to      evenkeel.CaseState
		says    string
	}{
		{"the cleared case is reopened", shut("c-0", "mining", fp, cleared), nil, start, Person, evenkeel.CaseReopened, "cleared at 2019-05-29T17:00:00Z (false_positive), 3h0m before"},
		{"what is allowed here is cleared as well", shut("c-0", "mining", pm, cleared), nil, start, Person, evenkeel.CaseReopened, "policy_mismatch"},
		{"on the last moment of the latch", shut("c-0", "mining", fp, cleared), nil, cleared.Add(30*day) - 1, Person, evenkeel.CaseReopened, "until 2019-06-28T17:00:00Z"},
		{"when the latch is over a new case begins", shut("c-0", "mining", fp, cleared), nil, cleared.Add(30 * day), Enter, evenkeel.CaseOpen, ""},
		{"an earlier case was cleared: the open one goes under review", open, []evenkeel.Case{shut("c-0", "mining", fp, cleared)}, start, Person, evenkeel.CaseUnderReview, "c-0"},
		{"a case of another family was cleared: that says nothing here", open, []evenkeel.Case{shut("c-0", "flood", fp, cleared)}, start, Enter, 0, ""},
		{"confirmed is not cleared", shut("c-0", "mining", evenkeel.OutcomeConfirmed, cleared), nil, start, Enter, evenkeel.CaseOpen, ""},
		{"a finding from before the clearance that comes late", shut("c-0", "mining", fp, cleared), nil, cleared.Add(-hour), Person, evenkeel.CaseReopened, "has seen that time"},
		{"a reopened case waits for a person, however long", reopened, nil, start.Add(60 * day), Person, 0, "was cleared before (false_positive)"},
		{"a reopened case of which nobody knows the outcome is taken for cleared", unknown, nil, start, Person, 0, "was cleared before and is open again"},
		{"a case that its tenant reopened was not cleared", appealed, nil, start, Enter, 0, ""},
		{"somebody looked after the clearance and decided nothing: it was reopened once more", undecided, nil, start, Person, 0, "was cleared before and is open again"},
		{"it was reopened by its tenant when the latch was over", long, nil, start, Enter, 0, ""},
		{"of several clearances the last is named", open, []evenkeel.Case{shut("c-8", "mining", fp, cleared.Add(-day)), shut("c-9", "mining", fp, cleared)}, start, Person, evenkeel.CaseUnderReview, "Case c-9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := docket.Dossier{Tenant: tenant, Family: "mining", Case: &c.newest, Prior: c.prior}
			r := Gate(d, proposal(mining(), evenkeel.MeasureNotify), found(c.at, "vm-1"), shown)
			if r.Verdict != c.verdict || r.Case != c.to {
				t.Errorf("verdict %d, case %s (%v); expected %d, %s", r.Verdict, r.Case, r.Why, c.verdict, c.to)
			}
			if r.Case == evenkeel.CaseReopened && r.Outcome != c.newest.Outcome {
				t.Errorf("outcome %s; expected that the reopened case still says %s", r.Outcome, c.newest.Outcome)
			}
			says(t, "the ruling", r.Why, c.says)
		})
	}
	t.Run("packets at others wait for a person too", func(t *testing.T) {
		c := shut("c-0", "flood", fp, cleared)
		d := docket.Dossier{Tenant: tenant, Family: "flood", Case: &c}
		if r := Gate(d, proposal(flood(), evenkeel.MeasureLimit), found(start, "vm-1"), shown); r.Verdict != Person {
			t.Errorf("%+v; expected a person", r)
		}
	})
	t.Run("what was proposed in the reopened case is proposed once", func(t *testing.T) {
		d := dossier(evenkeel.CaseReopened, with(decided("d-1", 0, evenkeel.Proposed, "vm-1"), func(x *evenkeel.Decision) { x.Wanted = evenkeel.MeasureThrottle }))
		d.Case.Outcome = fp
		if r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-1"), shown); r.Verdict != Note {
			t.Errorf("%+v; expected a note", r)
		}
	})
}

// R4: suppressed hits stay visible, and nobody is told of what is allowed.
func TestWhatAFlagCoversIsOnlyRecorded(t *testing.T) {
	covered := wanting(mining(), evenkeel.MeasureThrottle, 0)
	covered.Flag = "flag-1"
	by := func(flag evenkeel.FlagID, finding evenkeel.FindingID, wanted evenkeel.Measure) evenkeel.Decision {
		return with(decided("d-1", 0, evenkeel.Suppressed, "vm-1"), func(x *evenkeel.Decision) {
			x.SuppressedBy, x.Wanted, x.Grounds.Basis = flag, wanted, []evenkeel.Basis{{Finding: finding}}
		})
	}
	fresh := docket.Dossier{Tenant: tenant, Family: "mining"}
	closed := dossier(evenkeel.CaseClosed)
	closed.Case.Outcome = evenkeel.OutcomeFalsePositive
	for _, c := range []struct {
		name    string
		d       docket.Dossier
		verdict Verdict
		to      evenkeel.CaseState
	}{
		{"a case that opens for it is closed at once", fresh, Suppress, evenkeel.CaseClosed},
		{"a closed case stays closed, its clearance too", closed, Suppress, 0},
		{"an open case stays open", dossier(evenkeel.CaseUnderReview), Suppress, 0},
		{"the same finding is recorded once", dossier(evenkeel.CaseClosed, by("flag-1", "f-1", evenkeel.MeasureThrottle)), Note, 0},
		{"another finding is recorded too", dossier(evenkeel.CaseClosed, by("flag-1", "f-2", evenkeel.MeasureThrottle)), Suppress, 0},
		{"the same finding under another flag is recorded", dossier(evenkeel.CaseClosed, by("flag-2", "f-1", evenkeel.MeasureThrottle)), Suppress, 0},
		{"the same finding, of which more is wanted now, is recorded", dossier(evenkeel.CaseClosed, by("flag-1", "f-1", evenkeel.MeasureNotify)), Suppress, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(c.d, covered, found(later, "vm-1"), shown)
			if r.Verdict != c.verdict || r.Case != c.to || r.Measure != evenkeel.MeasureNone || len(r.Start) != 0 || len(r.Assets) != 1 {
				t.Errorf("%+v; expected verdict %d, case %s, and no measure", r, c.verdict, c.to)
			}
			if c.to == evenkeel.CaseClosed && r.Outcome != evenkeel.OutcomeCovered {
				t.Errorf("outcome %s; expected covered", r.Outcome)
			}
			says(t, "the ruling", r.Why, "flag-1")
		})
	}
	t.Run("where a flag only bounds packets, they are limited as usual", func(t *testing.T) {
		p := wanting(flood(), evenkeel.MeasureDropFlow, evenkeel.MeasureLimit)
		p.Flag, p.Params = "flag-1", map[string]string{"rate": "1000"}
		if r := Gate(fresh, p, found(later, "vm-1"), shown); r.Verdict != Enter || r.Measure != evenkeel.MeasureLimit {
			t.Errorf("%+v; expected a limit", r)
		}
	})
}

// An isolation that waits for its hearing in one case is not entered when the tenant was
// cleared in another meanwhile.
func TestAClearanceStopsWhatIsHeldInAnotherCase(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, with(decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From, x.Until = later, later.Add(6*hour) }))
	d.Prior = []evenkeel.Case{shut("c-0", "mining", evenkeel.OutcomeFalsePositive, start.Add(hour))}
	e, ok := Due(d, later, mining())
	if !ok || turned(e.Turns) != "d-1 proposed" {
		t.Errorf("%+v; expected that a person is asked", e)
	}
	d.Prior[0].Since = later + 1
	if e, _ := Due(d, later.Add(day), mining()); turned(e.Turns) != "d-1 in_force" {
		t.Errorf("%+v; expected that a later clearance does not matter, since it was not there when the clock was due", e)
	}
	for name, fam := range map[string]*policy.Family{"the family is gone from the policy": nil, "the measure is": unleased(evenkeel.MeasureIsolate)} {
		d.Prior = nil
		if e, _ := Due(d, later, fam); turned(e.Turns) != "d-1 proposed" {
			t.Errorf("%s: %+v; expected that a person is asked", name, e)
		}
	}
}
