package watch

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// wireRule fires on one flow.
var wireRule = strings.Replace(pinnedRule, "score: 4", "score: 2", 1)

func stratum(b *evenkeel.Batch, asset evenkeel.AssetID, id uint64, at evenkeel.Moment) {
	b.AddFlow(evenkeel.Flow{At: at, ID: id, Asset: asset, App: "stratum"})
}

func TestTwoTenantsOfOneAddressInOneMinuteHaveTheirOwnFindings(t *testing.T) {
	change := start.Add(30 * time.Second)
	k := (&books{}).hold("ip-1", "old", start.Add(-time.Hour), change).hold("ip-1", "new", change, 0)
	b := evenkeel.NewBatch("test", 0)
	stratum(b, "ip-1", 1, start.Add(10*time.Second))
	stratum(b, "ip-1", 2, start.Add(40*time.Second))
	found, _ := run(t, rules(t, wireRule), Options{}, k, b) // run refuses ids that are told twice
	ids := map[evenkeel.TenantID]evenkeel.FindingID{}
	for _, f := range found {
		ids[f.Subject.Tenant] = f.ID
	}
	if len(found) != 4 || len(ids) != 2 || ids["old"] == ids["new"] {
		t.Errorf("%d findings about %v; expected one of each tenant, provisional and final", len(found), ids)
	}
}

func TestTenancyOfLessThanASecondIsNobodyElses(t *testing.T) {
	from := start.Add(100 * time.Millisecond)
	until := from.Add(500 * time.Millisecond)
	k := (&books{}).hold("ip-1", "brief", from, until).hold("ip-1", "innocent", until, 0)
	b := evenkeel.NewBatch("test", 0)
	stratum(b, "ip-1", 1, from.Add(200*time.Millisecond))
	found, _ := run(t, rules(t, wireRule), Options{}, k, b)
	if len(found) != 2 {
		t.Fatalf("%d findings; expected two", len(found))
	}
	for _, f := range found {
		if f.Subject.Tenant != "brief" {
			t.Errorf("%v finding names %s; expected who held the address at the record", f.Revision, f.Subject.Tenant)
		}
	}
}

func TestWhatACounterGainedAcrossAChangeOfHandsIsNobodys(t *testing.T) {
	change := start.Add(90 * time.Second)
	k := (&books{}).hold("vm-1", "old", start.Add(-time.Hour), change).hold("vm-1", "new", change, 0)
	b := evenkeel.NewBatch("test", 0)
	for i, total := range []float64{0, 1 << 20, 1 << 40, 1<<40 + 1<<21} {
		b.AddUsage(evenkeel.Usage{At: start.Add(time.Duration(i) * time.Minute), ID: uint64(i + 1), Asset: "vm-1", Line: 9,
			Meter: evenkeel.MeterDisk, Part: evenkeel.PartRead, Form: evenkeel.FormCumulative, Value: total})
	}
	found, _ := run(t, rules(t, showRule), Options{}, k, b)
	for _, f := range found {
		if v := f.Terms[0].Value.Value; v > 1<<22 {
			t.Errorf("%s is said to have read %v bytes: the reading before it was another's", f.Subject.Tenant, v)
		}
	}
	if len(found) == 0 {
		t.Error("nothing found")
	}
}

// adopted plays readings of an asset that nobody holds yet, then the rest with the books.
func adopted(t *testing.T, doc string, k *books, before, after *evenkeel.Batch) ([]evenkeel.Finding, *Engine) {
	t.Helper()
	e, err := New(rules(t, doc), Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Observe(before, &books{})
	found := slices.Clone(e.Observe(after, k))
	return append(found, e.Flush(k)...), e
}

func TestNewMachineThatIsToldLateKeepsWhatWasSeenOfIt(t *testing.T) {
	before, after := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
	busy(before, "vm-5", start, 15*time.Second, 5*time.Minute, 1)
	busy(after, "vm-5", start.Add(5*time.Minute), 15*time.Second, 4*time.Minute, 1)
	k := (&books{}).hold("vm-5", "acme", start.Add(-time.Minute), 0).paid("acme", 0) // made a minute before
	found, _ := adopted(t, pinnedRule, k, before, after)
	if len(found) != 2 || found[1].Revision != evenkeel.Final || found[1].From != start {
		t.Errorf("%+v; expected a provisional and a final finding over all of it", found)
	}
}

func TestFinalFindingComesThoughTheAssetFallsSilentWhenItsTenancyIsTold(t *testing.T) {
	before, after := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
	busy(before, "vm-5", start, 15*time.Second, 9*time.Minute, 1)
	after.AddUsage(evenkeel.Usage{At: start.Add(9*time.Minute - time.Second), ID: 5, Asset: "vm-5", Line: 1,
		Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Value: 1}) // in the last beat that was seen
	k := (&books{}).hold("vm-5", "acme", start.Add(-time.Minute), 0).paid("acme", 0)
	found, _ := adopted(t, pinnedRule, k, before, after)
	if !slices.ContainsFunc(found, func(f evenkeel.Finding) bool { return f.Revision == evenkeel.Final }) {
		t.Errorf("%+v; expected a final finding", found)
	}
}

func TestWhatWasSeenAfterATenantLeftIsNotTheirs(t *testing.T) {
	left := start.Add(2 * time.Minute)
	before, after := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
	busy(before, "vm-5", start.Add(time.Minute), 15*time.Second, 12*time.Minute, 1)
	busy(after, "vm-5", start.Add(90*time.Second), time.Minute, time.Minute, 1) // lags, from when it was theirs
	k := (&books{}).hold("vm-5", "gone", start.Add(-time.Hour), left).paid("gone", 0)
	found, _ := adopted(t, pinnedRule, k, before, after)
	if len(found) != 0 {
		t.Errorf("%+v; expected nothing about who had left", found)
	}
}
