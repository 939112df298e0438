package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// goesOn is a dossier after an effect, and with the time to fetch data as it goes on.
func goesOn(d docket.Dossier, e Effect) docket.Dossier {
	d = opened(d, e)
	if k, any := Fetching(d, e.At); any {
		d = opened(d, Effect{Stop: []docket.Clock{k}})
	}
	return d
}

// R6: the time to fetch data is at least 30 days, does not run while an appeal is open, and is at least
// 30 days after that.
func TestTheTimeToFetchDataStandsStillWhileAnAppealIsOpen(t *testing.T) {
	fam := mining()
	fam.Clocks.Retrieval = 3 * day
	denied := by(decided("d-1", evenkeel.MeasureDeny, evenkeel.InForce, "vm-1"))
	denied.Until = start.Add(365 * day)
	d := dossier(evenkeel.CaseUnderReview, denied)
	k := Retrieval(d, fam, start)
	if k.Due != start.Add(30*day) || k.Paused != "" {
		t.Fatalf("%+v; expected 30 days, whatever the policy says", k)
	}
	d.Clocks = append(d.Clocks, k)
	late := start.Add(20 * day)
	d = goesOn(d, mustHear(t, d, tenantSays(docket.ActAppeal, late), fam))
	if k := kindIn(d.Clocks, docket.ClockRetrieval); k.Paused != "an appeal is open" || k.PausedAt != late {
		t.Fatalf("%+v; expected that it stands still, and why", k)
	}
	e := mustHear(t, d, personDoes(docket.ActUphold, late.Add(5*day), func(a *docket.Act) { a.By = "ben" }), fam)
	d = goesOn(d, e)
	if k := kindIn(d.Clocks, docket.ClockRetrieval); k.Paused != "" || k.Due != late.Add(35*day) || k.Started != start {
		t.Errorf("%+v; expected that it runs on, for 30 days at least", k)
	}
}

// R6: the time to fetch data begins with each denial that takes effect, and not with what stays of one.
func TestTheTimeToFetchDataBeginsWithEachDenial(t *testing.T) {
	held := with(decided("d-2", evenkeel.MeasureDeny, evenkeel.Held, "vm-1"), func(x *evenkeel.Decision) { x.From = later })
	for _, c := range []struct {
		name   string
		d      docket.Dossier
		e      Effect
		begins bool
	}{
		{"a held one takes effect", dossier(evenkeel.CaseUnderReview, held), Effect{At: later, Turns: []Turn{{Decision: "d-2", To: evenkeel.InForce, At: later}}}, true},
		{"one in the place of a suspension", dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureSuspend, evenkeel.InForce, "vm-1")),
			Effect{At: later, Instead: []Instead{{Of: "d-1", Measure: evenkeel.MeasureDeny}}}, true},
		{"one that stays", dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureDeny, evenkeel.InForce, "vm-1")),
			Effect{At: later, Instead: []Instead{{Of: "d-1", Measure: evenkeel.MeasureDeny}}}, false},
		{"a held one that is refused", dossier(evenkeel.CaseUnderReview, held), Effect{At: later, Turns: []Turn{{Decision: "d-2", To: evenkeel.Refused, At: later}}}, false},
	} {
		for _, before := range []docket.Clock{{}, {Kind: docket.ClockRetrieval, Started: start, Due: later.Add(day)}} { // of an earlier one
			c.d.Clocks = []docket.Clock{before}
			e := c.e
			retrieve(&c.d, mining(), &e)
			if k := kindIn(e.Start, docket.ClockRetrieval); (k.Due == later.Add(30*day)) != c.begins || !c.begins && k.Due != 0 {
				t.Errorf("%s: %+v; expected that it begins: %t", c.name, e.Start, c.begins)
			}
		}
	}
}

// D: a further denial shortens no time that stood still under an earlier one.
func TestAFurtherDenialShortensNoTimeToFetchData(t *testing.T) {
	for name, c := range map[string]struct {
		ran docket.Clock
		due evenkeel.Moment
	}{
		"it runs for longer":      {docket.Clock{Kind: docket.ClockRetrieval, Started: start, Due: later.Add(31 * day)}, later.Add(31 * day)},
		"it stands still":         {docket.Clock{Kind: docket.ClockRetrieval, Started: start, Due: later.Add(29 * day), Paused: underOrder, PausedAt: later.Add(-2 * day)}, later.Add(31 * day)},
		"less than 30 days of it": {docket.Clock{Kind: docket.ClockRetrieval, Started: start, Due: later.Add(28 * day), Paused: underOrder, PausedAt: later.Add(-day)}, later.Add(30 * day)},
		"none runs":               {docket.Clock{}, later.Add(30 * day)},
	} {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureSuspend, evenkeel.InForce, "vm-1"))
		d.Clocks = append(d.Clocks, c.ran)
		e := Effect{At: later, Instead: []Instead{{Of: "d-1", Measure: evenkeel.MeasureDeny}}}
		retrieve(&d, mining(), &e)
		if k := kindIn(e.Start, docket.ClockRetrieval); k.Started != later || k.Due != c.due {
			t.Errorf("%s: %+v; expected until %s", name, k, c.due)
		}
	}
}

// R6: where the contract goes on nothing has to be fetched.
func TestTheTimeToFetchDataEndsWithTheLastDenial(t *testing.T) {
	for state, ends := range map[evenkeel.DecisionState]bool{evenkeel.InForce: false, evenkeel.Lifted: true, evenkeel.Superseded: true, evenkeel.Lapsed: true} {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureDeny, state, "vm-1"), decided("d-2", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))
		d.Clocks = append(d.Clocks, Retrieval(d, mining(), start))
		if k, any := Fetching(d, later); any != ends || ends && k.Ended != later {
			t.Errorf("%s: %+v, %t; expected that it ends: %t", state, k, any, ends)
		}
	}
}
