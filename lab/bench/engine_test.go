package bench

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// A fleet of machines that report their CPU: each has a tenant, was created, and has been
// paid for.
type fleet struct {
	snapshot *inventory.Snapshot
	machines int
}

const (
	machinesPerTenant = 50
	batchRecords      = 2048
)

var epoch = evenkeel.MomentOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))

func machine(i int) evenkeel.AssetID { return evenkeel.AssetID(fmt.Sprintf("vm-%08d", i)) }

func newFleet(b testing.TB, machines int) *fleet {
	b.Helper()
	books := inventory.New(inventory.Options{})
	batch := evenkeel.NewBatch("inventory", 0)
	from := epoch.Add(-400 * 24 * time.Hour)
	for i := range machines {
		tenant := evenkeel.TenantID(fmt.Sprintf("tenant-%06d", i/machinesPerTenant))
		if i%machinesPerTenant == 0 {
			profile := evenkeel.Profile{
				At: epoch.Add(-time.Hour), ID: uint64(i)<<1 | 1, Tenant: tenant, Since: from,
				Standing: evenkeel.StandingInvoiced, PaidTotal: "1200.00", Currency: "EUR",
			}
			if err := batch.AddProfile(profile); err != nil {
				b.Fatal(err)
			}
		}
		batch.AddTenancy(evenkeel.Tenancy{
			At: from, ID: uint64(i) << 1, Asset: machine(i), Tenant: tenant, Kind: evenkeel.AssetVM, From: from,
		})
		if len(batch.Records) >= 10_000 || i == machines-1 {
			if _, err := books.Apply(batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset("inventory", 0)
		}
	}
	return &fleet{snapshot: books.Snapshot(), machines: machines}
}

// load makes batches of readings. Time goes on as if every machine reported every 15 s; who
// reports is drawn by pick.
type load struct {
	fleet *fleet
	at    evenkeel.Moment
	id    uint64
	rnd   *rand.Rand
	pick  func() int
	share func() float64
}

func (l *load) batch(n int) *evenkeel.Batch {
	b := evenkeel.NewBatch("bench", 0)
	step := 15 * time.Second / time.Duration(l.fleet.machines)
	for range n {
		m := l.pick()
		l.at = l.at.Add(step)
		l.id += 0x9e3779b97f4a7c15
		b.AddUsage(evenkeel.Usage{
			At: l.at, ID: l.id, Asset: machine(m), Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge,
			Line: uint64(m), Value: l.share(),
		})
	}
	return b
}

// alive makes an engine with the built-in rules in which every machine has reported.
func alive(b testing.TB, f *fleet) (*watch.Engine, *load) {
	b.Helper()
	rules, err := builtin.Rules()
	if err != nil {
		b.Fatal(err)
	}
	e, err := watch.New(rules, watch.Options{})
	if err != nil {
		b.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	next := 0
	l := &load{fleet: f, at: epoch, rnd: rnd, share: func() float64 { return rnd.Float64() }}
	l.pick = func() int { next++; return (next - 1) % f.machines }
	for done := 0; done < f.machines; done += batchRecords {
		e.Observe(l.batch(batchRecords), f.snapshot)
	}
	return e, l
}

// million is how many machines the benchmarks watch: a million, and with -short, which asks
// only whether they run, a hundredth of it.
func million() int {
	if testing.Short() {
		return 10_000
	}
	return 1_000_000
}

func BenchmarkEngine(b *testing.B) {
	machines := million()
	f := newFleet(b, machines)
	e, l := alive(b, f)
	if n := e.Footprint().Subjects; n < machines {
		b.Fatalf("%d live keys; expected %d", n, machines)
	}
	zipf := rand.NewZipf(l.rnd, 1.1, 1, uint64(machines-1))
	l.pick = func() int { return int(zipf.Uint64()) }
	b.Run(fmt.Sprintf("zipf1.1/%d keys/both rules", machines), func(b *testing.B) { observe(b, e, l) })
	l.pick = func() int { return l.rnd.IntN(machines) }
	b.Run(fmt.Sprintf("uniform/%d keys/both rules", machines), func(b *testing.B) { observe(b, e, l) })
	b.Run("state", func(b *testing.B) {
		p := e.Footprint()
		for b.Loop() {
		}
		b.ReportMetric(float64(p.State)/float64(p.Subjects), "B/key")
		b.ReportMetric(float64(p.Names)/float64(p.Subjects), "nameB/key")
		b.ReportMetric(float64(p.SeenBytes)/float64(max(p.Identities, 1)), "B/identity")
	})
}

// observe times Observe alone: batches are made outside of the clock.
func observe(b *testing.B, e *watch.Engine, l *load) {
	b.ReportAllocs()
	records := 0
	for b.Loop() {
		b.StopTimer()
		batch := l.batch(batchRecords)
		b.StartTimer()
		e.Observe(batch, l.fleet.snapshot)
		records += batchRecords
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(records), "ns/record")
}

func TestStateOfASubjectStaysWithinItsBudget(t *testing.T) {
	const machines, budget = 100_000, 233 // each rule adds 18 of its own
	e, _ := alive(t, newFleet(t, machines))
	p := e.Footprint()
	perKey := float64(p.State) / float64(p.Subjects)
	t.Logf("%d subjects: %.0f B of state each, names %.0f B each", p.Subjects, perKey, float64(p.Names)/float64(p.Subjects))
	if perKey > budget {
		t.Errorf("a subject takes %.0f B with the built-in rules; expected at most %d", perKey, budget)
	}
}

func TestObservingAllocatesNothingWhereNoRuleMayFire(t *testing.T) {
	e, l := alive(t, newFleet(t, 2_000))
	var batches []*evenkeel.Batch
	for range 40 {
		batches = append(batches, l.batch(batchRecords))
	}
	for _, b := range batches[:20] { // grows the tables that hold identities
		e.Observe(b, l.fleet.snapshot)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, b := range batches[20:] {
		e.Observe(b, l.fleet.snapshot)
	}
	runtime.ReadMemStats(&after)
	perRecord := float64(after.Mallocs-before.Mallocs) / (20 * batchRecords)
	t.Logf("%.5f allocations per record", perRecord)
	if perRecord > 0.001 {
		t.Errorf("%.5f allocations per record; expected none but the growth of tables", perRecord)
	}
}
