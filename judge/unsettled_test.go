package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R10: what a tenant is owed does not wait for ever. A proposed credit has a clock, which runs though the
// case is closed; when it is over the lead is called, again and again, until somebody says so or no.
func TestACreditThatWaitsCallsTheLead(t *testing.T) {
	const propose = "credits: {mode: propose, currency: EUR, other: 1, %WITHIN%}\n"
	settle := func(kind docket.ActKind, after time.Duration) docket.Act {
		a := act(kind, "trial", after)
		a.By = "lin"
		return a
	}
	again := finding("trial-2", "trial", 40*minute, evenkeel.Provisional, usage)
	for _, c := range []struct {
		name, within string
		then         []any
		leads        []time.Duration // when the lead is called
		runs         bool
	}{
		{"nobody says anything for twenty days", "", []any{20 * day}, []time.Duration{7*day + 30*minute, 14*day + 30*minute}, true},
		{"as the policy says", "within: 2d", []any{5 * day}, []time.Duration{2*day + 30*minute, 4*day + 30*minute}, true},
		{"somebody grants it in time", "", []any{settle(docket.ActCredit, 6*day), 20 * day}, nil, false},
		{"somebody refuses it after the lead was called", "", []any{settle(docket.ActNoCredit, 8*day), 20 * day}, []time.Duration{7*day + 30*minute}, false},
		{"a case that goes on, and is quiet again, takes nothing of it back", "", []any{again, 20 * day}, []time.Duration{7*day + 30*minute, 14*day + 30*minute}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := auditing(t, b, since(30, "ada"), "audit: {share: 0}\n"+strings.ReplaceAll(strings.ReplaceAll(propose, ", %WITHIN%", ", "+c.within), ", }", "}"))
			heard := play(t, d, append(append(caught(), cleared(30*minute)), c.then...)...)
			var leads []time.Duration
			for _, ch := range heard.Changes {
				for _, p := range ch.Pages {
					if strings.HasPrefix(p.Why, "A credit waits") && p.Level == docket.LevelLead {
						leads = append(leads, p.At.Sub(start))
					}
				}
			}
			if !slices.Equal(leads, c.leads) {
				t.Errorf("the lead is called after %v; expected %v", leads, c.leads)
			}
			runs := false
			for _, f := range folders(t, b) {
				for _, k := range f.Clocks {
					runs = runs || k.Kind == docket.ClockCredit && k.Ended == 0
				}
			}
			if runs != c.runs {
				t.Errorf("the clock of the credit runs: %t", runs)
			}
		})
	}
}
