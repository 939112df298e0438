package judge_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Property O: what was cleared stays cleared. However many cases of the tenant came after the
// clearance, no machine takes a measure within its thirty days, and the safeguard knows of it.
func TestAClearanceBehindManyOtherCasesStillHolds(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	clear := act(docket.ActClear, "trial", 5*minute)
	clear.Outcome, clear.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), clear)
	var later []evenkeel.Case
	for n := range 2 * docket.MaxPrior {
		at := start.Add(time.Duration(10+n) * time.Minute)
		family := fmt.Sprintf("family-%d", n%40)
		if n%2 == 0 {
			family = "mining" // of the same one too, in which nobody was cleared
		}
		later = append(later, evenkeel.Case{
			ID: evenkeel.NewCaseID("trial", family, at), Tenant: "trial", Family: family,
			Opened: at, State: evenkeel.CaseClosed, Since: at, Latest: at, Outcome: evenkeel.OutcomeInconclusive,
		})
	}
	if err := b.Transact(context.Background(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Tenant: "trial", Cases: later}) }); err != nil {
		t.Fatal(err)
	}
	heard := play(t, d, finding("trial-2", "trial", 7*24*time.Hour, evenkeel.Provisional, usage, stratum))
	x := heard.Changes[0].Decisions[0]
	if x.State != evenkeel.Proposed || x.Measure != evenkeel.MeasureNone {
		t.Errorf("%s, %s; expected that a person decides: it was cleared a week before", x.Measure, x.State)
	}
	for _, s := range x.Safeguards {
		if s.Name == "prior-clearance" && s.Says != evenkeel.Protect {
			t.Errorf("the safeguard says %s: %s", s.Says, s.Why)
		}
	}
}
