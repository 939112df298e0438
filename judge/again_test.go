package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAnIdentityThatIsUsedForSomethingElseIsRefused: twice is once, and whoever says something else under
// the identity of an act is not told that it was done. R10: what was done is what stands in the books.
func TestAnIdentityThatIsUsedForSomethingElseIsRefused(t *testing.T) {
	grant := func(until time.Duration) func(*docket.Act) {
		return func(a *docket.Act) {
			a.Family = "mining"
			a.Grant = &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: start.Add(until)}
		}
	}
	undo := func(version int) func(*docket.Act) {
		return func(a *docket.Act) { a.Undo = &docket.Undo{Rule: "crypto-mining", Version: version} }
	}
	for name, c := range map[string]struct {
		kind               docket.ActKind
		first, same, other func(*docket.Act)
	}{
		"a switch":                {docket.ActPull, scoped(docket.SwitchRule, "flood-out"), scoped(docket.SwitchRule, "flood-out"), scoped(docket.SwitchRule, "crypto-mining")},
		"an undo":                 {docket.ActUndo, undo(3), undo(3), undo(4)},
		"a flag for 30 days":      {docket.ActFlag, grant(30 * 24 * time.Hour), grant(30*24*time.Hour + time.Minute), grant(60 * 24 * time.Hour)},
		"its reason, and no more": {docket.ActPull, scoped(docket.SwitchGlobal, ""), scoped(docket.SwitchGlobal, ""), func(a *docket.Act) { scoped(docket.SwitchGlobal, "")(a); a.Says = "Another reason." }},
		"the kind of act":         {docket.ActPull, scoped(docket.SwitchGlobal, ""), scoped(docket.SwitchGlobal, ""), func(a *docket.Act) { scoped(docket.SwitchGlobal, "")(a); a.Kind = docket.ActRelease }},
	} {
		t.Run(name, func(t *testing.T) {
			d, known := newDocket(t, newBooks()), many(2, false)
			try := func(after time.Duration, change func(*docket.Act)) (judge.Heard, error) {
				a := houseAct(c.kind, "ada", after, change)
				a.ID = "control/ada ticket-7"
				if !c.kind.OfHouse() {
					a.Tenant = "t0"
				}
				return d.Do(t.Context(), a, known)
			}
			if heard, err := try(0, c.first); err != nil || len(heard.Changes) == 0 {
				t.Fatalf("at first: %+v, %v", heard, err)
			}
			if heard, err := try(time.Minute, c.same); err != nil || len(heard.Changes) != 0 {
				t.Errorf("the same again: %+v, %v; expected that nothing changes", heard, err)
			}
			heard, err := try(2*time.Minute, c.other)
			if evenkeel.KindOf(err) != evenkeel.KindConflict || err == nil || len(heard.Changes) != 0 || !strings.Contains(err.Error(), "other words") || evenkeel.HintOf(err) == "" {
				t.Errorf("something else: %+v, %v; expected that it is refused, and why", heard, err)
			}
		})
	}
}
