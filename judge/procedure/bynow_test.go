package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// A: what stands once more never exceeds the table as it is by now. Where less is allowed it is what the measure
// steps down to, which adds no new kind of harm, or it ends and says why.
func TestALeaseStandsOnceMoreOnlyAsFarAsAMachineMayGoByNow(t *testing.T) {
	for _, c := range []struct {
		name              string
		fam               *policy.Family
		was, allowed, now evenkeel.Measure
	}{
		{"as much is allowed", mining(), evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, evenkeel.MeasureIsolate},
		{"more is allowed", mining(), evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.MeasureThrottle},
		{"a throttle is another kind of harm", mining(), evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, evenkeel.MeasureNone},
		{"a machine may only ask", mining(), evenkeel.MeasureThrottle, evenkeel.MeasureNotify, evenkeel.MeasureNone},
		{"a flag covers it", mining(), evenkeel.MeasureThrottle, evenkeel.MeasureNone, evenkeel.MeasureNone},
		{"a flood stays limited", flood(), evenkeel.MeasureDropFlow, evenkeel.MeasureLimit, evenkeel.MeasureLimit},
		{"what floods is not cut off", flood(), evenkeel.MeasureIsolate, evenkeel.MeasureDropFlow, evenkeel.MeasureLimit},
		{"a flag allows the packets", flood(), evenkeel.MeasureLimit, evenkeel.MeasureNone, evenkeel.MeasureNone},
	} {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", c.was, evenkeel.InForce, "vm-1"))
		k := d.Clocks[0]
		k.Found = k.Due.Add(-minute)
		p := proposal(c.fam, c.allowed)
		p.Why = []string{"So it is by now."}
		e, any := Restart(d, k, p, c.fam)
		switch {
		case !any:
			t.Errorf("%s: nothing follows; expected %s", c.name, c.now)
		case c.now == evenkeel.MeasureNone:
			if len(e.Instead) != 0 || len(e.Turns) != 1 || e.Turns[0].To != evenkeel.Lapsed {
				t.Errorf("%s: %+v; expected that it ends", c.name, e)
				continue
			}
			says(t, c.name, []string{e.Turns[0].Why}, "its time was up", "By what is known now", "So it is by now.")
		case len(e.Instead) != 1 || e.Instead[0].Measure != c.now || e.Instead[0].Until != k.Due.Add(c.fam.Terms[c.now].Lease):
			t.Errorf("%s: %+v; expected %s for its lease", c.name, e.Instead, c.now)
		case c.now != c.was:
			says(t, c.name, []string{e.Instead[0].Why}, "By what is known now", "So it is by now.")
		}
	}
}

// N: a flag on one machine does not let go of a flood from another one.
func TestAFloodThatNoFlagCoversStandsOnceMore(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureLimit, evenkeel.InForce, "vm-1"))
	k := d.Clocks[0]
	k.Found = k.Due.Add(-minute)
	d.Flags = []evenkeel.Flag{{ID: "flag-1", Selector: evenkeel.Selector{Assets: assets("vm-2")}, From: start, Until: start.Add(9 * day)}}
	if e, any := Restart(d, k, proposal(flood(), evenkeel.MeasureLimit), flood()); !any || len(e.Instead) != 1 {
		t.Errorf("%v, %+v; expected that it stays limited", any, e)
	}
	if e, any := Restart(d, k, proposal(mining(), evenkeel.MeasureThrottle), mining()); any {
		t.Errorf("%+v; expected that of what a tenant computes no lease stands once more while a flag does", e)
	}
}

// A, O: what was held is for a person where it is more than a machine may do by the end of the hearing.
func TestWhatIsHeldIsForAPersonWhereItIsMoreThanAMachineMayDoByNow(t *testing.T) {
	y := decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")
	d := dossier(evenkeel.CaseUnderReview, y)
	p := proposal(mining(), evenkeel.MeasureThrottle)
	p.Why = []string{"Safeguards protect the tenant."}
	e, less := Beyond(d, &y, start.Add(hour), p, mining())
	if !less || len(e.Turns) != 1 || e.Turns[0].To != evenkeel.Proposed || kinds(e.Start) != "review" {
		t.Fatalf("%v, %+v; expected a question to a person, with its clock", less, e)
	}
	says(t, "the turn", []string{e.Turns[0].Why}, "may go up to throttle", "Safeguards protect the tenant.", "A person decides.")
	if e, less := Beyond(d, &y, start.Add(hour), proposal(mining(), evenkeel.MeasureIsolate), mining()); less {
		t.Errorf("%+v; expected that it takes effect", e)
	}
}
