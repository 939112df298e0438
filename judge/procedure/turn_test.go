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

// F3, R24: a throttle that is held for every contact to be tried costs no time where a conclusive sign is found meanwhile: the
// isolation is heard beside it and takes effect after it. Where it would come first no rung is left out.
func TestTheNextRungIsHeardBesideTheOneThatIsHeld(t *testing.T) {
	fam, asked := mining(), decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")
	hearing := fam.Terms[evenkeel.MeasureIsolate].Hearing
	for _, c := range []struct {
		says    string
		begins  time.Duration // the throttle
		verdict Verdict
	}{
		{"it takes effect before", hearing - minute, Hold},
		{"it takes effect no earlier", hearing, Note},
	} {
		x := decided("d-2", evenkeel.MeasureThrottle, evenkeel.Held, "vm-1")
		x.From, x.Until = later.Add(c.begins), later.Add(c.begins+4*60*minute)
		r := Gate(dossier(evenkeel.CaseOpen, asked, x), proposal(fam, evenkeel.MeasureIsolate), found(later, "vm-1"), shown)
		if r.Verdict != c.verdict || c.verdict == Hold && (r.Measure != evenkeel.MeasureIsolate || r.From != later.Add(hearing)) {
			t.Errorf("%s: verdict %d, %s from %s: %q", c.says, r.Verdict, r.Measure, r.From, r.Why)
		}
	}
	for to, first := range map[evenkeel.DecisionState]evenkeel.DecisionState{evenkeel.Proposed: evenkeel.Held, evenkeel.InForce: evenkeel.InForce} {
		x, y := decided("d-2", evenkeel.MeasureThrottle, first, "vm-1 vm-2"), decided("d-3", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")
		d := dossier(evenkeel.CaseUnderReview, x, y)
		d.Clocks = []docket.Clock{{Case: y.Case, Decision: y.ID, Kind: docket.ClockHearing, Started: later, Due: later.Add(hearing)}}
		e, ok := Due(d, later.Add(hearing), fam)
		if !ok || len(e.Turns) == 0 || e.Turns[0].Decision != y.ID || e.Turns[0].To != to {
			t.Errorf("the throttle is %s: %+v; expected that the isolation is %s", first, e.Turns, to)
		}
	}
}
