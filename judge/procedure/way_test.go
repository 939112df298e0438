package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// D: whatever stands, under whatever family, open or closed: where a way is cut under it, and what takes its
// place is tried and cut too, and nobody ever looks, then after a step for each rung nothing stands that
// could cut it. G: and by a way that is cut alone, nothing ends.
func TestNoWayIsCutForLong(t *testing.T) {
	const most = 3 // deny, suspend, isolate, and what needs no proof
	for _, fam := range []*policy.Family{mining(), flood(), takeover(), edge()} {
		for x := evenkeel.MeasureLimit; x <= evenkeel.MeasureDeny; x++ {
			for _, closed := range []bool{false, true} {
				d, m, steps := stoodWith(x), x, 0
				if closed {
					d.Case.State, d.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
				}
				at := later
				for ; !leavesAll(m); steps++ {
					e, any := Cut(d, d.Decisions[0].ID, fam, "export brought nothing", at)
					if !any || len(takes(e, &d))+len(e.Turns) > 0 || len(e.Calls) != 1 || e.Calls[0].Level != docket.LevelLead {
						t.Fatalf("%s, %s, closed %t: %+v; expected that the lead is called and no more", fam.Name, m, closed, e)
					}
					d.Clocks = e.Start
					if _, again := Cut(d, d.Decisions[0].ID, fam, "export brought nothing", at); again {
						t.Fatalf("%s: it is said twice", m)
					}
					at = e.Start[0].Due
					if at != e.At.Add(ourTime(fam)) {
						t.Fatalf("%s: a person has until %s", m, at)
					}
					over, any := Due(d, at, fam)
					if !any || len(over.Turns)+len(over.Instead) != 1 {
						t.Fatalf("%s, %s, closed %t: %+v; expected one step down", fam.Name, m, closed, over)
					}
					if m = evenkeel.MeasureNone; len(over.Instead) == 1 {
						m = over.Instead[0].Measure
						if closed && over.Case != evenkeel.CaseReopened {
							t.Fatalf("%s, closed %t: %+v; expected that it is open again", m, closed, over)
						}
						d, closed = stoodWith(m), false
						d.Decisions[0].Until = at.Add(day)
					}
				}
				if _, any := Cut(d, d.Decisions[0].ID, fam, "export brought nothing", at); any && leavesAll(x) || steps > most {
					t.Errorf("%s under %s takes %d steps; expected at most %d", x, fam.Name, steps, most)
				}
			}
		}
	}
}

// D: who found out is asked again a day later where it is cut still, and then our time runs as before.
func TestWhoFoundOutIsAskedAgain(t *testing.T) {
	d := stoodWith(evenkeel.MeasureIsolate)
	d.Decisions[0].Until = later.Add(30 * day)
	k := docket.Clock{Case: caseID, Decision: d.Decisions[0].ID, Kind: docket.ClockWay, Started: later, Due: later.Add(judgedFor), Renewed: "ada"}
	d.Clocks = []docket.Clock{k}
	e, any := Due(d, k.Due, mining())
	if !any || len(e.Turns)+len(e.Instead) > 0 || len(e.Calls) != 1 || kinds(e.Start) != "way" || e.Start[0].Renewed != "" || e.Start[0].Due != k.Due.Add(hour) {
		t.Errorf("%+v; expected that the lead is called, with an hour to find out", e)
	}
	for _, was := range []evenkeel.PersonID{"ada", ""} { // nobody can try a way that a court has closed
		d.Clocks[0].Renewed, d.Elsewhere = was, []docket.Withholding{{Hold: docket.Hold{Until: k.Due.Add(day)}}}
		if e, _ := Due(d, k.Due, mining()); len(e.Turns)+len(e.Instead)+len(e.Calls) > 0 || kinds(e.Start) != "way" {
			t.Errorf("%+v; expected that nothing steps down and nobody is called under a lawful order", e)
		}
	}
}

// D: whoever took the measure does not say alone that it is not the measure, where another may; who is alone does.
func TestWhoTookItDoesNotFindOutAlone(t *testing.T) {
	for _, c := range []struct {
		name  string
		took  evenkeel.Actor
		bench []evenkeel.PersonID
		may   bool
	}{
		{"a machine took it", evenkeel.Actor{Policy: "sha256:1"}, []evenkeel.PersonID{"ada", "ben"}, true},
		{"another took it", evenkeel.Actor{Person: "ben"}, []evenkeel.PersonID{"ada", "ben"}, true},
		{"she took it herself", evenkeel.Actor{Person: "ada"}, []evenkeel.PersonID{"ada", "ben"}, false},
		{"she was the second", evenkeel.Actor{Person: "ben", Second: "ada"}, []evenkeel.PersonID{"ada", "ben", "cem"}, false},
		{"both who work here took it", evenkeel.Actor{Person: "ben", Second: "ada"}, []evenkeel.PersonID{"ada", "ben"}, true},
		{"she works alone", evenkeel.Actor{Person: "ada"}, []evenkeel.PersonID{"ada"}, true},
		{"nobody has enrolled", evenkeel.Actor{Person: "ada"}, nil, true},
	} {
		d := stoodWith(evenkeel.MeasureIsolate)
		d.Decisions[0].Actor, d.Bench = c.took, c.bench
		d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Decision: d.Decisions[0].ID, Kind: docket.ClockWay, Started: later, Due: later.Add(hour)})
		e, err := Hear(d, personDoes(docket.ActUphold, later.Add(minute), nil), mining(), policy.Earned{}, shown)
		switch {
		case c.may && (err != nil || kinds(e.Start) != "way" || e.Start[0].Renewed != "ada" || e.Decided):
			t.Errorf("%s: %+v, %v; expected that it is looked at again in a day", c.name, e, err)
		case !c.may && evenkeel.KindOf(err) != evenkeel.KindDenied:
			t.Errorf("%s: %v; expected that another person looks", c.name, err)
		}
	}
}

// D: what may cut a way to the data does not stand once more while nobody has found out; packets are limited on.
func TestWhatMayCutAWayDoesNotStandOnceMore(t *testing.T) {
	of := func(cut docket.Clock) (docket.Dossier, docket.Clock) {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureIsolate, evenkeel.InForce, "vm-1"))
		d.Clocks[0].Found = d.Clocks[0].Due.Add(-minute)
		k := d.Clocks[0]
		if cut.Kind != 0 {
			d.Clocks = append(d.Clocks, cut)
		}
		return d, k
	}
	for name, c := range map[string]struct {
		cut    docket.Clock
		stands bool
	}{
		"no way is cut":                         {docket.Clock{}, true},
		"one is, and a person has to find out":  {docket.Clock{Kind: docket.ClockWay, Decision: "d-1"}, false},
		"a person found that it is not this":    {docket.Clock{Kind: docket.ClockWay, Decision: "d-1", Renewed: "ada"}, true},
		"one was, and nobody found out in time": {docket.Clock{Kind: docket.ClockWay}, false},
	} {
		d, k := of(c.cut)
		if _, stands := Restart(d, k, proposal(mining(), evenkeel.MeasureIsolate), mining()); stands != c.stands {
			t.Errorf("%s: stands once more: %v; expected %v", name, stands, c.stands)
		}
		if e, stands := Restart(d, k, proposal(flood(), evenkeel.MeasureIsolate), flood()); !stands || !c.stands && e.Instead[0].Measure != evenkeel.MeasureLimit {
			t.Errorf("%s: a flood: %v, %+v; expected that it is limited on", name, stands, e.Instead)
		}
	}
}
