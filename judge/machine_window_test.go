package judge_test

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// holdsWindow is R5: for half a year from what was decided of a measure last its clock says that it can be
// appealed against; nothing ends that but its end, or a clearance.
func (m *machine) holdsWindow(x *evenkeel.Decision) {
	if !x.Measure.Enforced() || !m.entered[x.ID] {
		return
	}
	k, runs := m.clocks[clockKey{x.Case, docket.ClockAppeal, x.ID}]
	c := m.cases[x.Case]
	cleared := c.State == evenkeel.CaseClosed && c.Outcome.Cleared()
	switch {
	case runs && cleared:
		m.t.Fatalf("R5: case %s was cleared, and %s of it can be appealed against until %s", c.ID, x.Measure, k.Due)
	case runs && (k.Due < x.At.Add(halfYear) || c.State == evenkeel.CaseClosed && k.Due < c.Since.Add(halfYear) || k.Started > x.From):
		m.t.Fatalf("R5: %s, %s since %s in a case that is %s since %s, can be appealed against by %+v", x.Measure, x.State, x.At, c.State, c.Since, k)
	case !runs && x.State == evenkeel.InForce && x.At.Add(halfYear) > m.now:
		m.t.Fatalf("R5: %s is in force, and nothing says until when it can be appealed against", x.Measure)
	}
}

// takeWindow: it ends at its end, or because nothing is left to appeal against.
func (m *machine) takeWindow(old, k *docket.Clock, ran bool) {
	switch {
	case k.Kind != docket.ClockAppeal:
	case ran && k.Due < old.Due:
		m.t.Fatalf("R5: the time to appeal was shortened from %s to %s", old.Due, k.Due)
	case k.Ended != 0 && k.Ended != k.Due && k.Because != "the case was cleared":
		m.t.Fatalf("R5: the time to appeal ended at %s, before %s: %s", k.Ended, k.Due, k.Because)
	}
}
