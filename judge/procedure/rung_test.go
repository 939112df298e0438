package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// A rung that nobody has the means for is not stepped over.
func TestARungWithoutMeansIsNotSteppedOver(t *testing.T) {
	fam := takeover()
	fam.Ladder = []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate}
	fam.Terms[evenkeel.MeasureIsolate] = policy.Terms{Lease: hour}
	m := shown
	m.Finishes = false
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"))
	if r := Gate(d, proposal(fam, evenkeel.MeasureIsolate), found(later, "vm-1"), m); r.Verdict != Note {
		t.Errorf("%+v; expected that the notice that stands is all a machine may do: freeze comes before isolate", r)
	}
}

// Only what is lower gives way: a proposal of more waits for its person.
func TestAProposalOfMoreStays(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureNotify, evenkeel.Lapsed, "vm-1"), proposed("d-2", evenkeel.MeasureIsolate, "vm-1"))
	if r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-1"), shown); r.Verdict != Enter || len(r.Supersedes) != 0 {
		t.Errorf("%+v; expected throttle beside the proposal", r)
	}
}

func TestLapsesOfAnotherMeasureDoNotCount(t *testing.T) {
	notice := func(id string) evenkeel.Decision {
		return decided(id, evenkeel.MeasureNotify, evenkeel.Lapsed, "vm-1")
	}
	d := dossier(evenkeel.CaseUnderReview, notice("d-1"), notice("d-2"))
	if r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-1"), shown); r.Verdict != Enter || r.Measure != evenkeel.MeasureThrottle {
		t.Errorf("%+v; expected throttle: no throttle has lapsed", r)
	}
}

// F11: what the next person reads names the clearance that was last, in whatever order cases
// were opened.
func TestTheLastClearanceIsNamed(t *testing.T) {
	d := docket.Dossier{Tenant: tenant, Family: "mining", Prior: []evenkeel.Case{
		shut("c-9", "mining", evenkeel.OutcomeFalsePositive, start.Add(-hour)), shut("c-8", "mining", evenkeel.OutcomeFalsePositive, start.Add(-day)),
	}}
	says(t, "the ruling", Gate(d, proposal(mining(), evenkeel.MeasureNotify), found(start, "vm-1"), shown).Why, "Case c-9")
}
