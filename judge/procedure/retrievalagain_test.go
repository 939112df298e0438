package procedure

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R6: an appeal that opens when the time to fetch data has run out, while the denial is in force, starts it
// anew, standing still: what is left is kept while it is open, and 30 days after.
func TestALateAppealKeepsTheData(t *testing.T) {
	denied := by(decided("d-1", evenkeel.MeasureDeny, evenkeel.InForce, "vm-1"))
	denied.Until = start.Add(365 * day)
	d := dossier(evenkeel.CaseUnderReview, denied)
	late := start.Add(31 * day)
	d = goesOn(d, mustHear(t, d, tenantSays(docket.ActAppeal, late), mining()))
	if k := kindIn(d.Clocks, docket.ClockRetrieval); k.Paused != underAppeal || k.PausedAt != late || k.Started != late {
		t.Fatalf("%+v; expected that it starts anew and stands still", k)
	}
	d = goesOn(d, mustHear(t, d, personDoes(docket.ActUphold, late.Add(90*day), func(a *docket.Act) { a.By = "ben" }), mining()))
	if k := kindIn(d.Clocks, docket.ClockRetrieval); k.Paused != "" || k.Due < late.Add(120*day) {
		t.Errorf("%+v; expected 30 days after the appeal", k)
	}
	throttled := dossier(evenkeel.CaseUnderReview, by(decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")))
	if e := mustHear(t, throttled, tenantSays(docket.ActAppeal, late), mining()); kindIn(e.Start, docket.ClockRetrieval).Due != 0 {
		t.Errorf("%+v; expected none where no contract ended", e.Start)
	}
}

// R6: an appeal in another case of the tenant lets the time stand still too, as a lawful order does.
func TestAnAppealInAnotherCaseLetsTheTimeStandStill(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureDeny, evenkeel.InForce, "vm-1"))
	d.Clocks = append(d.Clocks, Retrieval(d, mining(), start))
	d.Appealing = []evenkeel.CaseID{"c-other"}
	if k, any := Fetching(d, later); !any || k.Paused != underAppeal {
		t.Errorf("%+v, %t; expected that it stands still", k, any)
	}
	if k := Retrieval(d, mining(), start); k.Paused != underAppeal {
		t.Errorf("%+v; expected that it begins standing still", k)
	}
}
