package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// live returns the decisions in one of some states (any, where none is given), in the order
// of their making. What is in shadow has no part in procedure, and what a court ordered about data is no
// measure: no act, clock or finding changes it.
func live(all []evenkeel.Decision, states ...evenkeel.DecisionState) []evenkeel.Decision {
	is := func(x *evenkeel.Decision) bool {
		return x.Mode == evenkeel.ModeLive && !docket.Withholds(x) && (len(states) == 0 || slices.Contains(states, x.State))
	}
	n := 0
	for i := range all {
		if is(&all[i]) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]evenkeel.Decision, 0, n)
	for i := range all {
		if is(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// openCase returns the dossier's case where it is not closed, else nil.
func openCase(d *docket.Dossier) *evenkeel.Case {
	if d.Case == nil || d.Case.State == evenkeel.CaseClosed {
		return nil
	}
	return d.Case
}

// foundBefore says whether a case was closed over what a person found to be so, and is open
// again because the tenant spoke after that.
func foundBefore(c *evenkeel.Case) bool {
	return c.State == evenkeel.CaseReopened && (c.Outcome == evenkeel.OutcomeConfirmed || c.Outcome == evenkeel.OutcomeVictim)
}

// review is the state of a case that a person has to look at. A reopened one stays reopened:
// it says so already, and says more.
func review(c *evenkeel.Case) evenkeel.CaseState {
	if c != nil && c.State == evenkeel.CaseReopened {
		return 0
	}
	return evenkeel.CaseUnderReview
}

// runs says whether a clock of the kind runs for the case.
func runs(d *docket.Dossier, kind docket.ClockKind) bool {
	return slices.ContainsFunc(d.Clocks, func(c docket.Clock) bool { return c.Kind == kind && c.Ended == 0 })
}

// overdue says whether the tenant waits and we missed our clock: none runs, or only one that
// began again after it was missed.
func overdue(d *docket.Dossier) bool {
	c := openCase(d)
	return c != nil && c.Waiting != 0 && !slices.ContainsFunc(d.Clocks, func(k docket.Clock) bool {
		return k.Kind == docket.ClockOurAnswer && k.Ended == 0 && k.Started <= c.Waiting
	})
}
