package judge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// apart are facts of tenants whose machines are in the region that their tenant is named in.
type apart struct {
	facts
	in map[evenkeel.TenantID]string
}

func (a apart) TenancyAt(x evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	h, ok := a.facts.TenancyAt(x, at)
	if ok {
		h.Region = a.in[h.Tenant]
	}
	return h, ok
}

// B: what machines do in a region has a budget of its own, and what another region spent takes nothing of it.
func TestEachRegionHasABudgetOfItsOwn(t *testing.T) {
	b := newBooks()
	d := governed(t, b, "  region: {at_once: 2, one_more_every: 24h}\n  damping: {for: 0s}\n")
	known := apart{many(7, false), map[evenkeel.TenantID]string{"t0": "fra", "t1": "fra", "t2": "fra", "t3": "hel", "t4": "hel", "t5": "hel"}}
	for i := range 7 { // where the last one is nobody knows
		considered(t, d, known, flooding(i, time.Duration(i)*minute))
	}
	for _, f := range folders(t, b) {
		why := ""
		for i := range f.Decisions {
			why += strings.Join(f.Decisions[i].Why, " ")
		}
		spent := ""
		if f.Case.Tenant == "t2" || f.Case.Tenant == "t5" {
			spent = fmt.Sprintf("of region %s is spent: 0 left of 2, and 1 is needed", known.in[f.Case.Tenant])
		}
		if limited := strings.Join(standing(f), ", ") == "limit of "+string(f.Case.Tenant)+"-1"; limited != (spent == "") || !strings.Contains(why, spent) {
			t.Errorf("%s: %v stands, since %q; expected a limit, or %q", f.Case.Tenant, standing(f), why, spent)
		}
	}
}

// B, 5.5 of the study: a policy that has just come into force has a part of the budgets, whatever the one before had.
func TestTheFirstHourOfAPolicyIsDamped(t *testing.T) {
	const limits = "  rule: {at_once: 30, one_more_every: 1m}\n"
	b := newBooks()
	known := many(60, false)
	fill := func(limits string, from, until int, after time.Duration) (n int) {
		d := governed(t, b, limits)
		before, _ := enforced(t, b)
		for i := from; i < until; i++ {
			considered(t, d, known, flooding(i, after+time.Duration(i)*time.Second))
		}
		all, _ := enforced(t, b)
		return all - before
	}
	if n := fill(limits, 0, 9, 0); n != 3 {
		t.Fatalf("%d are enforced at first; expected a tenth of 30", n)
	}
	if n := fill(limits, 10, 15, 2*time.Hour); n != 5 {
		t.Fatalf("%d are enforced by what is known; expected all 5", n)
	}
	if n := fill("  rule: {at_once: 31, one_more_every: 1m}\n", 20, 30, 200*24*time.Hour); n != 4 {
		t.Errorf("%d are enforced by a new policy; expected a tenth of 31, rounded up", n)
	}
}

// F16, 5.5 of the study: what cuts somebody off the network goes before what slows its machines.
func TestWhatIsOnTheNetworkIsLetGoFirst(t *testing.T) {
	b := newBooks()
	d, known := newDocket(t, b), many(2, false)
	considered(t, d, known, finding("t0-1", "t0", 0, evenkeel.Provisional, usage, wire), finding("t0-1", "t0", 2*minute, evenkeel.Final, usage, wire), flooding(1, 3*minute))
	var stands []string
	for _, f := range folders(t, b) {
		stands = append(stands, standing(f)...)
	}
	if got := strings.Join(stands, ", "); got != "throttle of t0-1, limit of t1-1" {
		t.Fatalf("%s; expected a throttle and a limit, or this shows nothing", got)
	}
	pull := houseAct(docket.ActPull, "ada", 10*minute, scoped(docket.SwitchGlobal, ""))
	pull.Lift = true
	var order []evenkeel.TenantID
	for _, c := range do(t, d, known, pull).Changes {
		if c.Tenant != docket.House {
			order = append(order, c.Tenant)
		}
	}
	if fmt.Sprint(order) != "[t1 t0]" {
		t.Errorf("let go in the order %v; expected the limit before the throttle, which is the higher measure", order)
	}
}
