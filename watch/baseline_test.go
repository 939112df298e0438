package watch

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

const burstRule = `
rule: burst
version: 1
family: creation
mode: live
subject: principal
about: More machines than ever before.
windows:
  creates: {of: lifecycle, where: 'action == "create"', for: 10m, pane: 1m, sum: vcpus, history: true, cohort: 'tenant.standing'}
terms:
  - {name: own, family: usage, when: 'creates.count > 3 * creates.own_max', value: creates.count, threshold: 3 * creates.own_max, weight: 1, says: "{creates.count} machines; at most {creates.own_max} in {creates.own_bursts} earlier bursts."}
  - {name: cohort, family: usage, when: 'creates.count > creates.cohort_q50 * 10', value: creates.count, threshold: creates.cohort_q50 * 10, weight: 1, says: "Half of {creates.cohort_n} bursts had at most {creates.cohort_q50} machines."}
score: 1
quiet: 30m
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`

// creates appends so many creations by a principal within five minutes.
func creates(b *evenkeel.Batch, tenant evenkeel.TenantID, principal string, at evenkeel.Moment, n int) {
	for i := range n {
		when := at.Add(5 * time.Minute * time.Duration(i) / time.Duration(n))
		asset := evenkeel.AssetID(fmt.Sprintf("%s-%s-%d-%d", tenant, principal, at, i))
		b.AddLifecycle(evenkeel.Lifecycle{At: when, ID: identity(asset, when), Asset: asset, Tenant: tenant,
			Action: evenkeel.ActionCreate, VCPUs: 2, Principal: principal})
	}
}

func invoiced(tenants ...evenkeel.TenantID) *books {
	k := &books{accounts: map[evenkeel.TenantID]evenkeel.Account{}, created: []evenkeel.AssetID{"vm-of-the-burst"}}
	for _, t := range tenants {
		a := k.AccountAt(t, 0)
		a.Standing = evenkeel.KnownFact(evenkeel.StandingInvoiced, 1)
		k.accounts[t] = a
	}
	return k
}

func TestBurstIsMeasuredAgainstThePrincipalsOwnHistory(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	day := 24 * time.Hour
	for i := range 4 {
		creates(b, "acme", "ci", start.Add(time.Duration(i)*day), 5)
	}
	creates(b, "acme", "other", start.Add(4*day), 16) // more than three times as many, but another principal's first
	creates(b, "acme", "ci", start.Add(4*day+time.Hour), 15)
	creates(b, "acme", "ci", start.Add(5*day), 46)
	found, _ := run(t, rules(t, burstRule), Options{}, invoiced("acme"), b)
	if len(found) != 2 {
		t.Fatalf("%d findings; expected the burst of 46, provisional and final\n%+v", len(found), found)
	}
	for _, f := range found {
		if f.Subject.Principal != "ci" || f.Subject.Tenant != "acme" || f.At < start.Add(5*day) || f.Terms[0].Threshold.Value != 3*15 {
			t.Errorf("%+v", f)
		}
		if len(f.Assets) != 1 {
			t.Errorf("a finding about a principal names the machines: %+v", f.Assets)
		}
	}
}

func TestBurstThatIsQuestionedDoesNotBecomeUsual(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	day := 24 * time.Hour
	for i := range 3 {
		creates(b, "acme", "ci", start.Add(time.Duration(i)*day), 2)
	}
	creates(b, "acme", "ci", start.Add(4*day), 40)
	creates(b, "acme", "ci", start.Add(5*day), 40)
	found, _ := run(t, rules(t, burstRule), Options{}, invoiced("acme"), b)
	if len(found) != 4 || found[3].Terms[0].Threshold.Value != 6 {
		t.Fatalf("%d findings; expected both bursts of 40, each against a largest of 2\n%+v", len(found), found)
	}
}

func TestCohortIsLearntFromOthersAndUnknownUntilEnough(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	var tenants []evenkeel.TenantID
	for i := range 19 {
		tenants = append(tenants, evenkeel.TenantID(fmt.Sprintf("t-%d", i)))
		creates(b, tenants[i], "p", start.Add(time.Duration(i)*time.Hour), 2)
	}
	creates(b, "early", "p", start.Add(20*time.Hour), 50) // 19 bursts are too few to state a median
	creates(b, "one more", "p", start.Add(22*time.Hour), 2)
	creates(b, "late", "p", start.Add(24*time.Hour), 50)
	creates(b, "unknown", "p", start.Add(24*time.Hour), 50) // nobody told its standing: no cohort
	k := invoiced(append(tenants, "early", "one more", "late")...)
	found, _ := run(t, rules(t, burstRule), Options{}, k, b)
	if len(found) != 2 || found[0].Subject.Tenant != "late" || found[0].Terms[0].Threshold.Value != 20 {
		t.Fatalf("%+v; expected the late tenant's burst, against a median of 2", found)
	}
}

func TestStateKeptForAnUnknownAssetGoesToItsTenancy(t *testing.T) {
	// The tenancy is told after five of the eight minutes that the rule needs.
	early, late := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
	busy(early, "vm-5", start, 15*time.Second, 5*time.Minute, 1)
	busy(late, "vm-5", start.Add(5*time.Minute), 15*time.Second, 4*time.Minute, 1)
	k := (&books{}).hold("vm-5", "acme", start.Add(-48*time.Hour), 0).paid("acme", 0)
	found, e := adopted(t, pinnedRule, k, early, late)
	if len(found) == 0 || found[0].From != start || found[0].Subject.Tenant != "acme" {
		t.Errorf("%+v; expected one statement over all nine minutes", found)
	}
	if n := e.Footprint().Subjects; n != 1 {
		t.Errorf("%d subjects; expected the one that was taken over", n)
	}
}

func TestStateFromBeforeATenancyStaysOutOfIt(t *testing.T) {
	early, late := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
	busy(early, "vm-5", start, 15*time.Second, 5*time.Minute, 1)
	busy(late, "vm-5", start.Add(5*time.Minute), 15*time.Second, 4*time.Minute, 1)
	k := (&books{}).hold("vm-5", "acme", start.Add(5*time.Minute), 0).paid("acme", 0)
	if found, _ := adopted(t, pinnedRule, k, early, late); len(found) != 0 {
		t.Errorf("%+v; four minutes are the tenant's, the rest somebody else's", found)
	}
}

func TestWhatMayFireLeavesRoomForWhatFires(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	for i := range 30 {
		busy(b, evenkeel.AssetID(fmt.Sprintf("maybe-%02d", i)), start, 30*time.Second, 9*time.Minute, 1)
	}
	for i := range 4 {
		asset := evenkeel.AssetID(fmt.Sprintf("certain-%d", i))
		busy(b, asset, start, 30*time.Second, 9*time.Minute, 1)
		b.AddFlow(evenkeel.Flow{At: start.Add(9 * time.Minute), ID: uint64(i) + 1<<50, Asset: asset, App: "stratum"})
	}
	slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
	_, e := run(t, rules(t, pinnedRule), Options{Held: 20}, &books{}, b)
	if n := len(e.Held()); n != 8 {
		t.Errorf("%d findings shown as held; expected all four machines', provisional and final", n)
	}
	if n := e.Tally().Unhoused; n == 0 {
		t.Error("nothing was dropped: the bound was not tried")
	}
}
