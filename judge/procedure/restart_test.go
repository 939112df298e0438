package procedure

import (
	"strings"
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
		d.Clocks[0].Found, d.Case.Latest = due.Add(-9*minute), due.Add(-9*minute)
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
		{"another machine stands in the case too", of(func(d *docket.Dossier) { d.Case.Assets = assets("vm-1 vm-2") }), true},
		{"nothing was found for eleven minutes", of(func(d *docket.Dossier) { d.Clocks[0].Found = due.Add(-11 * minute) }), false},
		{"only another machine was found since", of(func(d *docket.Dossier) { d.Clocks[0].Found = 0 }), false},
		{"nothing was found since it began", of(func(d *docket.Dossier) { d.Decisions[0].From = d.Clocks[0].Found }), false},
		{"a person entered it", of(func(d *docket.Dossier) { d.Decisions[0].Actor.Person = "ada" }), false},
		{"a machine took down what a person had entered", of(func(d *docket.Dossier) {
			was := decided("d-0", evenkeel.MeasureSuspend, evenkeel.Superseded, "vm-1")
			was.Actor.Person, d.Decisions[0].Supersedes = "ada", was.ID
			d.Decisions = append(d.Decisions, was)
		}), false},
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
		e, stands := Restart(c.d, c.d.Clocks[0], proposal(mining(), evenkeel.MeasureThrottle), mining())
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
	if _, stands := Restart(of(nil), of(nil).Clocks[0], policy.Proposal{}, nil); stands {
		t.Error("it stands once more under a policy that says nothing about it")
	}
}

// N: a flood that is still measured stays limited while the tenant waits, and no more than that.
func TestAFloodStaysLimitedWhileTheTenantWaits(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureDropFlow, evenkeel.InForce, "vm-1"))
	k := d.Clocks[0]
	k.Found, d.Case.Waiting = k.Due.Add(-minute), start.Add(minute)
	e, stands := Restart(d, k, proposal(flood(), evenkeel.MeasureIsolate), flood())
	if !stands || e.Instead[0].Measure != evenkeel.MeasureLimit {
		t.Errorf("%v, %+v; expected a limit", stands, e.Instead)
	}
	without := *flood()
	without.Ladder = []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureDropFlow}
	if _, stands := Restart(d, k, proposal(&without, evenkeel.MeasureDropFlow), &without); stands {
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

// N: a flood that is still measured stays limited and escalates: lease after lease, each with
// whoever leads called; and what did more than limit stands once more, and then limits.
func TestAFloodThatGoesOnStaysLimitedAndCallsWhoeverLeads(t *testing.T) {
	goesOn := func(m evenkeel.Measure, change func(*docket.Dossier)) (Effect, bool) {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", m, evenkeel.InForce, "vm-1"))
		before := with(d.Decisions[0], func(x *evenkeel.Decision) { x.ID, x.State, x.Until = "d-0", evenkeel.Superseded, d.Decisions[0].From })
		d.Decisions = append([]evenkeel.Decision{before}, d.Decisions...)
		d.Decisions[1].Supersedes = "d-0"
		d.Clocks[0].Found = d.Clocks[0].Due.Add(-4 * minute)
		if change != nil {
			change(&d)
		}
		return Restart(d, d.Clocks[0], proposal(flood(), evenkeel.MeasureIsolate), flood())
	}
	for name, m := range map[string]evenkeel.Measure{"a limit": evenkeel.MeasureLimit, "a flow that was dropped": evenkeel.MeasureDropFlow, "an isolation": evenkeel.MeasureIsolate} {
		e, stands := goesOn(m, nil)
		if !stands || len(e.Instead) != 1 || e.Instead[0].Measure != evenkeel.MeasureLimit || e.Instead[0].Until != e.At.Add(6*hour) {
			t.Errorf("%s: %v, %+v; expected a limit for one lease more", name, stands, e.Instead)
		}
		if len(e.Calls) != 1 || e.Calls[0].Level != docket.LevelLead {
			t.Errorf("%s: calls %+v; expected whoever leads", name, e.Calls)
		}
	}
	for name, change := range map[string]func(*docket.Dossier){
		"nothing is measured any more": func(d *docket.Dossier) { d.Clocks[0].Found = d.Clocks[0].Due.Add(-11 * minute) },
		"the case is closed":           func(d *docket.Dossier) { d.Case.State = evenkeel.CaseClosed },
		"a person entered it":          func(d *docket.Dossier) { d.Decisions[1].Actor = evenkeel.Actor{Person: "ada"} },
	} {
		if e, stands := goesOn(evenkeel.MeasureLimit, change); stands {
			t.Errorf("%s: %+v; expected that it ends", name, e.Instead)
		}
	}
}

// N: a flood that pauses and comes again is limited again, however often; what does more is not.
func TestAFloodIsLimitedAThirdTime(t *testing.T) {
	lapsed := func(id evenkeel.DecisionID, m evenkeel.Measure) evenkeel.Decision {
		return with(decided("d-1", m, evenkeel.Lapsed, "vm-1"), func(x *evenkeel.Decision) { x.ID = id })
	}
	for _, c := range []struct {
		name    string
		allowed evenkeel.Measure
		before  []evenkeel.Decision
		measure evenkeel.Measure
	}{
		{"a limit that lapsed twice", evenkeel.MeasureLimit, []evenkeel.Decision{lapsed("d-1", evenkeel.MeasureLimit), lapsed("d-2", evenkeel.MeasureLimit)}, evenkeel.MeasureLimit},
		{"a flow that was dropped twice", evenkeel.MeasureDropFlow, []evenkeel.Decision{lapsed("d-1", evenkeel.MeasureDropFlow), lapsed("d-2", evenkeel.MeasureDropFlow)}, evenkeel.MeasureLimit},
	} {
		r := Gate(dossier(evenkeel.CaseUnderReview, c.before...), proposal(flood(), c.allowed), found(later, "vm-1"), shown)
		if r.Verdict != Enter || r.Measure != c.measure {
			t.Errorf("%s: %+v; expected %s", c.name, r, c.measure)
		}
	}
	d := dossier(evenkeel.CaseUnderReview, lapsed("d-1", evenkeel.MeasureLimit), lapsed("d-2", evenkeel.MeasureLimit))
	if r := Gate(d, proposal(flood(), evenkeel.MeasureLimit), found(later, "vm-1"), shown); len(r.Calls) != 1 || r.Calls[0].Level != docket.LevelLead || r.Case != evenkeel.CaseUnderReview {
		t.Errorf("%+v; expected that whoever leads is called, and that a person has to look", r)
	}
	d.Decisions = append(d.Decisions, with(lapsed("d-3", evenkeel.MeasureLimit), func(x *evenkeel.Decision) { x.State, x.Actor = evenkeel.Lifted, evenkeel.Actor{Person: "ada"} }))
	if r := Gate(d, proposal(flood(), evenkeel.MeasureLimit), found(later, "vm-1"), shown); r.Verdict != Person {
		t.Errorf("%+v; expected that what a person ended is a person's", r)
	}
}

// A: who is let go by the end of a lease, and who is not.
func TestWhoIsLetGoByTheEndOfALease(t *testing.T) {
	lapsed := decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")
	of := func(s evenkeel.CaseState, more ...evenkeel.Decision) docket.Dossier {
		return dossier(s, append([]evenkeel.Decision{lapsed}, more...)...)
	}
	open := evenkeel.CaseUnderReview
	for _, c := range []struct {
		name string
		d    docket.Dossier
		free bool
	}{
		{"its throttle lapsed", of(open), true},
		{"a notice stands beside", of(open, decided("d-2", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")), true},
		{"another stands in its place", of(open, decided("d-2", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")), false},
		{"one is held", of(open, decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")), false},
		{"a person is asked", of(open, decided("d-2", evenkeel.MeasureNone, evenkeel.Proposed, "vm-1")), false},
		{"a person ended one since", of(open, decided("d-2", evenkeel.MeasureThrottle, evenkeel.Lifted, "vm-1")), false},
		{"a person said no to one since", of(open, decided("d-2", evenkeel.MeasureNone, evenkeel.Refused, "vm-1")), false},
		{"a person had entered it", dossier(open, with(lapsed, func(x *evenkeel.Decision) { x.Actor = evenkeel.Actor{Person: "ada"} })), false},
		{"the case is closed", of(evenkeel.CaseClosed), false},
		{"nothing was ever enforced", dossier(open, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")), false},
	} {
		if free := LetGo(&c.d, []evenkeel.AssetID{"vm-1"}, later); free != c.free {
			t.Errorf("%s: %v; expected %v", c.name, free, c.free)
		}
	}
	d := of(open)
	if LetGo(&d, []evenkeel.AssetID{"vm-2"}, later) {
		t.Error("another machine is let go that nothing was about")
	}
	for name, c := range map[string]struct {
		seen evenkeel.Moment
		free bool
	}{
		"what was seen before the lease ended":      {lapsed.At.Add(-minute), false},
		"what was seen as the lease ended":          {lapsed.At, false},
		"what was seen a moment after it had ended": {lapsed.At + 1, true},
	} {
		if free := LetGo(&d, assets("vm-1"), c.seen); free != c.free {
			t.Errorf("%s shows that whoever bore it goes on freely: %v; expected %v", name, free, c.free)
		}
	}
}

// A, O: which leases a finding shows to be needed still.
func TestWhichLeasesAreFoundToBeNeeded(t *testing.T) {
	throttle := decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")
	other := decided("d-2", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-2")
	change := func(f func(*evenkeel.Decision)) docket.Dossier {
		return dossier(evenkeel.CaseUnderReview, with(throttle, f))
	}
	noted := func(at evenkeel.Moment) docket.Dossier {
		d := dossier(evenkeel.CaseUnderReview, throttle)
		d.Clocks[0].Found = at
		return d
	}
	for _, c := range []struct {
		name  string
		d     docket.Dossier
		of    string
		until evenkeel.Moment
		found string
	}{
		{"its own, found since it began", dossier(evenkeel.CaseUnderReview, throttle), "vm-1", later, "d-1"},
		{"only that of the machine that does it", dossier(evenkeel.CaseUnderReview, throttle, other), "vm-2", later, "d-2"},
		{"those of both machines that do it", dossier(evenkeel.CaseUnderReview, throttle, other), "vm-1 vm-2", later, "d-1 d-2"},
		{"another machine does it", dossier(evenkeel.CaseUnderReview, throttle), "vm-2", later, ""},
		{"it was seen as the measure began", dossier(evenkeel.CaseUnderReview, throttle), "vm-1", throttle.From, ""},
		{"it was seen a moment after that", dossier(evenkeel.CaseUnderReview, throttle), "vm-1", throttle.From + 1, "d-1"},
		{"the same was noted less than a minute before", noted(later.Add(1 - minute)), "vm-1", later, ""},
		{"the same was noted a minute before", noted(later.Add(-minute)), "vm-1", later, "d-1"},
		{"a person entered it", change(func(x *evenkeel.Decision) { x.Actor = evenkeel.Actor{Person: "ada"} }), "vm-1", later, ""},
		{"it is only a notice", change(func(x *evenkeel.Decision) { x.Measure = evenkeel.MeasureNotify }), "vm-1", later, ""},
		{"it is held, and has a time to be heard", change(func(x *evenkeel.Decision) { x.State = evenkeel.Held }), "vm-1", later, ""},
	} {
		var found []string
		f := evenkeel.Finding{At: c.until, Until: c.until, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: tenant}, Assets: assets(c.of)}
		for _, k := range Found(&c.d, &f, minute) {
			if found = append(found, string(k.Decision)); k.Found != c.until || k.Kind != docket.ClockLease {
				t.Errorf("%s: %+v; expected the lease, found at %s", c.name, k, c.until)
			}
		}
		if strings.Join(found, " ") != c.found {
			t.Errorf("%s: the leases of %q; expected those of %q", c.name, found, c.found)
		}
	}
}
