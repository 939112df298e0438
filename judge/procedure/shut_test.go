package procedure

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// TestAPersonShutsASiteForAsLongAsItSays: what is milder at that site gives way, what is at others stays, and the tenant has its time to answer.
func TestAPersonShutsASiteForAsLongAsItSays(t *testing.T) {
	d := docket.Dossier{Tenant: tenant, Family: "edge", Case: &evenkeel.Case{ID: caseID, Tenant: tenant, Family: "edge", Opened: start, State: evenkeel.CaseOpen}}
	for id, x := range map[evenkeel.DecisionID]struct {
		asset   evenkeel.AssetID
		measure evenkeel.Measure
	}{"d-1": {"shop.example", evenkeel.MeasureChallenge}, "d-2": {"blog.example", evenkeel.MeasureChallenge}, "d-3": {"shop.example", evenkeel.MeasureShut}} {
		d.Decisions = append(d.Decisions, evenkeel.Decision{
			ID: id, Case: caseID, Tenant: tenant, Family: "edge", Measure: x.measure, Wanted: x.measure, Assets: []evenkeel.AssetID{x.asset},
			State: evenkeel.InForce, Mode: evenkeel.ModeLive, From: start, Until: start.Add(hour), At: start, Actor: evenkeel.Actor{Policy: "p"},
		})
	}
	act := func(set func(*docket.Act)) *docket.Act {
		a := &docket.Act{Kind: docket.ActShut, At: start.Add(minute), By: "ada", Says: "It books twice.", Assets: []evenkeel.AssetID{"shop.example"}, Update: "We mend it."}
		if set != nil {
			set(a)
		}
		return a
	}
	until, e, err := Shut(&d, act(nil), edge(), shown)
	if err != nil || until != start.Add(minute+4*hour) {
		t.Fatalf("until %s, %v; expected as long as the policy has it last", until, err)
	}
	gone := map[evenkeel.DecisionID]bool{}
	for _, x := range e.Turns {
		gone[x.Decision] = x.To == evenkeel.Superseded
	}
	if len(gone) != 2 || !gone["d-1"] || !gone["d-3"] {
		t.Errorf("%v give way; expected what stands at the same site", gone)
	}
	if len(e.Start) != 1 || e.Start[0].Kind != docket.ClockTenantAnswer || e.Start[0].Due != start.Add(minute+day) || !e.Decided {
		t.Errorf("%+v", e)
	}
	if until, _, err := Shut(&d, act(func(a *docket.Act) { a.Until = a.At.Add(30 * minute) }), edge(), shown); err != nil || until != start.Add(31*minute) {
		t.Errorf("until %s, %v", until, err)
	}
	unproven := shown
	unproven.Proven = false
	for name, c := range map[string]struct {
		set   func(*docket.Act)
		fam   *policy.Family
		means Means
		kind  evenkeel.Kind
		says  string
	}{
		"by nobody":         {func(a *docket.Act) { a.By = "" }, edge(), shown, evenkeel.KindInvalid, "expected the person"},
		"for no reason":     {func(a *docket.Act) { a.Says = " " }, edge(), shown, evenkeel.KindInvalid, "says why"},
		"two sites":         {func(a *docket.Act) { a.Assets = append(a.Assets, "b") }, edge(), shown, evenkeel.KindInvalid, "2 sites"},
		"for seconds":       {func(a *docket.Act) { a.Until = a.At.Add(minute - 1) }, edge(), shown, evenkeel.KindInvalid, "a minute to a day"},
		"for days":          {func(a *docket.Act) { a.Until = a.At.Add(day + 1) }, edge(), shown, evenkeel.KindInvalid, "a minute to a day"},
		"a page of text":    {func(a *docket.Act) { a.Update = strings.Repeat("x", docket.MostUpdate+1) }, edge(), shown, evenkeel.KindInvalid, "at most 500"},
		"two lines":         {func(a *docket.Act) { a.Update = "a\nb" }, edge(), shown, evenkeel.KindInvalid, "in one line"},
		"of no site":        {nil, mining(), shown, evenkeel.KindConflict, "no family of cases about sites"},
		"nobody showed":     {nil, edge(), unproven, evenkeel.KindDenied, "canary"},
		"nobody carries it": {nil, edge(), Means{Measures: []evenkeel.Measure{evenkeel.MeasureLimit}}, evenkeel.KindDenied, "cannot shut"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := Shut(&d, act(c.set), c.fam, c.means); evenkeel.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %s that says %q", err, c.kind, c.says)
			}
		})
	}
}
