package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// A: an automatic measure is a lease with an end. One that ends while the same is found stands
// once more, and people are called; what nobody finds any more ends, and so does what a tenant
// waits about, or what stood once more already.
func TestALeaseStandsOnceMoreWhereTheSameIsFoundStill(t *testing.T) {
	due := start.Add(4 * hour)
	of := func(change func(*docket.Dossier)) docket.Dossier {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))
		d.Case.Latest = due.Add(-9 * minute)
		if change != nil {
			change(&d)
		}
		return d
	}
	again := func(d *docket.Dossier) {
		before := with(d.Decisions[0], func(x *evenkeel.Decision) { x.ID, x.State, x.Until = "d-0", evenkeel.Superseded, d.Decisions[0].From })
		d.Decisions = append([]evenkeel.Decision{before}, d.Decisions...)
		d.Decisions[1].Supersedes = "d-0"
	}
	for _, c := range []struct {
		name   string
		d      docket.Dossier
		stands bool
	}{
		{"it is found still", of(nil), true},
		{"nothing was found for eleven minutes", of(func(d *docket.Dossier) { d.Case.Latest = due.Add(-11 * minute) }), false},
		{"nothing was found since it began", of(func(d *docket.Dossier) { d.Decisions[0].From = d.Case.Latest }), false},
		{"a person entered it", of(func(d *docket.Dossier) { d.Decisions[0].Actor.Person = "ada" }), false},
		{"it is only a notice", of(func(d *docket.Dossier) { d.Decisions[0].Measure = evenkeel.MeasureNotify }), false},
		{"a person lifted it", of(func(d *docket.Dossier) { d.Decisions[0].State = evenkeel.Lifted }), false},
		{"the case is closed", of(func(d *docket.Dossier) { d.Case.State = evenkeel.CaseClosed }), false},
		{"the tenant waits", of(func(d *docket.Dossier) { d.Case.Waiting = due.Add(-hour) }), false},
		{"an appeal is open", of(func(d *docket.Dossier) {
			d.Clocks = append(d.Clocks, docket.Clock{Kind: docket.ClockAppealAnswer, Decision: "d-1", Due: due.Add(day)})
		}), false},
		{"it stood once more already", of(again), false},
		{"it lapsed before", of(func(d *docket.Dossier) {
			d.Decisions = append(d.Decisions, decided("d-0", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1"))
		}), false},
		{"the tenant was cleared before", of(func(d *docket.Dossier) {
			d.Prior = []evenkeel.Case{{ID: "c-0", Family: d.Family, State: evenkeel.CaseClosed, Since: start, Outcome: evenkeel.OutcomeFalsePositive}}
		}), false},
	} {
		e, stands := Restart(c.d, c.d.Clocks[0], mining())
		switch {
		case stands != c.stands:
			t.Errorf("%s: it stands once more: %v; expected %v", c.name, stands, c.stands)
		case !stands:
		case len(e.Instead) != 1 || e.Instead[0].Measure != evenkeel.MeasureThrottle || e.Instead[0].At != due || e.Instead[0].Until != due.Add(4*hour):
			t.Errorf("%s: %+v; expected the throttle for one lease more", c.name, e.Instead)
		case len(e.Calls) != 1 || e.Calls[0].Level != docket.LevelOnCall || kinds(e.Stop) != "lease":
			t.Errorf("%s: %+v stops %s; expected that whoever is on call is called, and one lease ends", c.name, e.Calls, kinds(e.Stop))
		}
	}
	if _, stands := Restart(of(nil), of(nil).Clocks[0], nil); stands {
		t.Error("it stands once more under a policy that says nothing about it")
	}
}

// N: a flood that is still measured stays limited while the tenant waits, and no more than that.
func TestAFloodStaysLimitedWhileTheTenantWaits(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureDropFlow, evenkeel.InForce, "vm-1"))
	k := d.Clocks[0]
	d.Case.Latest, d.Case.Waiting = k.Due.Add(-minute), start.Add(minute)
	e, stands := Restart(d, k, flood())
	if !stands || e.Instead[0].Measure != evenkeel.MeasureLimit {
		t.Errorf("%v, %+v; expected a limit", stands, e.Instead)
	}
	without := *flood()
	without.Ladder = []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureDropFlow}
	if _, stands := Restart(d, k, &without); stands {
		t.Error("it stands where the ladder has no limit")
	}
	if fam := flood(); fam.Harm != policy.HarmPackets {
		t.Errorf("the harm is %v; expected packets", fam.Harm)
	}
}

// What stood once more and lapsed is for a person when it is found again.
func TestNoMachineEntersAThirdTime(t *testing.T) {
	x := decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")
	d := dossier(evenkeel.CaseUnderReview, with(x, func(y *evenkeel.Decision) { y.ID, y.State, y.Until = "d-0", evenkeel.Superseded, x.From }), with(x, func(y *evenkeel.Decision) { y.Supersedes = "d-0" }))
	r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(start.Add(5*hour), "vm-1"), Means{})
	if r.Verdict != Person {
		t.Errorf("%+v; expected a person", r)
	}
	says(t, "the ruling", r.Why, "stood once more", "no machine enters it a third time")
	d.Decisions = d.Decisions[1:]
	if r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(start.Add(5*hour), "vm-1"), Means{}); r.Verdict != Enter {
		t.Errorf("%+v; expected that it is entered once more where it only lapsed", r)
	}
}
