package procedure

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R24: warnings that nobody answers go to other contacts before any restriction.
func TestEveryContactIsTriedBeforeTheFirstRestriction(t *testing.T) {
	asked := decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")
	limited := decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-2")
	for _, c := range []struct {
		says  string
		d     docket.Dossier
		flood bool
		turn  time.Duration
		want  time.Duration // until it takes effect
	}{
		{"a warning is out that nobody answered", dossier(evenkeel.CaseOpen, asked), false, 20 * minute, 20 * minute},
		{"the policy gives it no time", dossier(evenkeel.CaseOpen, asked), false, 0, 0},
		{"the tenant is restricted already, and knows", dossier(evenkeel.CaseOpen, asked, limited), false, 20 * minute, 0},
		{"packets hurt others now", dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")), true, 20 * minute, 0},
	} {
		fam, m := mining(), evenkeel.MeasureThrottle
		if c.flood {
			fam, m = flood(), evenkeel.MeasureLimit
		}
		fam.Clocks.Turn = c.turn
		r := Gate(c.d, proposal(fam, m), found(later, "vm-1"), shown)
		verdict := Enter
		if c.want > 0 {
			verdict = Hold
		}
		if r.Measure != m || r.Verdict != verdict || r.From != later.Add(c.want) {
			t.Errorf("%s: verdict %d, %s from %s; expected %d, %s from %s", c.says, r.Verdict, r.Measure, r.From, verdict, m, later.Add(c.want))
		}
		if tried := strings.Contains(strings.Join(r.Why, " "), "every contact is tried"); tried != (c.want > 0) {
			t.Errorf("%s: it says %q", c.says, r.Why)
		}
	}
}
