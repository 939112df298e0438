package inventory

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// inventoryOf is a whole inventory in batches: n assets of n/100 tenants, each with a
// tenancy event and a create, in a mixed-up order of time.
func inventoryOf(n, perBatch int) (batches []*evenkeel.Batch, records int) {
	b := evenkeel.NewBatch("bench", 0)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		asset, tenant := evenkeel.AssetID(fmt.Sprintf("vm-%07d", i)), evenkeel.TenantID(fmt.Sprint("tenant-", i%(n/100+1)))
		at := day(random.IntN(300)).Add(time.Duration(random.IntN(1e9)))
		b.AddTenancy(evenkeel.Tenancy{At: at, ID: uint64(2*i + 1), Asset: asset, Tenant: tenant, Kind: evenkeel.AssetVM, From: at})
		b.AddLifecycle(evenkeel.Lifecycle{
			At: at.Add(1), ID: uint64(2*i + 2), Asset: asset, Tenant: tenant, Action: evenkeel.ActionCreate,
			Flavour: "c4", VCPUs: 4, Image: "debian-13", Region: "fra", Principal: "robot",
		})
		if len(b.Records) >= perBatch || i == n-1 {
			batches, records = append(batches, b), records+len(b.Records)
			b = evenkeel.NewBatch("bench", 0)
		}
	}
	return batches, records
}

func load(tb testing.TB, batches []*evenkeel.Batch) *Registry {
	tb.Helper()
	r := New(Options{})
	for _, b := range batches {
		if _, err := r.Apply(b); err != nil {
			tb.Fatal(err)
		}
	}
	return r
}

// million is how many machines these benchmarks know: a million, and with -short, which asks
// only whether they run, a hundredth of it.
func million() int {
	if testing.Short() {
		return 10_000
	}
	return 1_000_000
}

func BenchmarkBulkLoad(b *testing.B) {
	batches, records := inventoryOf(million(), 4096)
	for b.Loop() {
		load(b, batches)
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkBulkLoadOneTenant is the worst order: one tenant has all, mixed up in time.
func BenchmarkBulkLoadOneTenant(b *testing.B) {
	var batches []*evenkeel.Batch
	records := 0
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		batch := evenkeel.NewBatch("bench", 0)
		for j := range 2000 {
			batch.AddLifecycle(evenkeel.Lifecycle{
				At: day(random.IntN(300)), ID: uint64(i*2000 + j + 1), Asset: evenkeel.AssetID(fmt.Sprint("vm-", i, "-", j)),
				Tenant: "giant", Action: evenkeel.ActionCreate, VCPUs: 4,
			})
			records++
		}
		batches = append(batches, batch)
	}
	for b.Loop() {
		load(b, batches)
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkSmallBatch is ten events and a snapshot with a million assets known.
func BenchmarkSmallBatch(b *testing.B) {
	batches, _ := inventoryOf(million(), 4096)
	r := load(b, batches)
	batches = nil
	runtime.GC()
	random := rand.New(rand.NewPCG(3, 4))
	batch := evenkeel.NewBatch("bench", 0)
	machines := million()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset("bench", 0)
		for range 10 {
			i++
			n := random.IntN(machines)
			batch.AddLifecycle(evenkeel.Lifecycle{
				At: day(400).Add(time.Duration(i)), ID: uint64(1<<40 + i), Asset: evenkeel.AssetID(fmt.Sprintf("vm-%07d", n)),
				Tenant: evenkeel.TenantID(fmt.Sprint("tenant-", n%(machines/100+1))), Action: evenkeel.ActionResize, VCPUs: int64(i % 64),
			})
		}
		if _, err := r.Apply(batch); err != nil {
			b.Fatal(err)
		}
		r.Snapshot()
	}
}

func BenchmarkTenancyAt(b *testing.B) {
	batches, _ := inventoryOf(million(), 4096)
	s := load(b, batches).Snapshot()
	batches = nil
	ids := make([]evenkeel.AssetID, million())
	for i := range ids {
		ids[i] = evenkeel.AssetID(fmt.Sprintf("vm-%07d", i))
	}
	random := rand.New(rand.NewPCG(5, 6))
	random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	runtime.GC()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.TenancyAt(ids[i%len(ids)], day(400)); !ok {
			b.Fatal("nobody's")
		}
		i++
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/float64(len(ids)), "heap-B/asset")
	runtime.KeepAlive(s)
}

func BenchmarkAccountAt(b *testing.B) {
	book := newBook().profile(evenkeel.Profile{
		At: day(1), Since: day(0), Standing: evenkeel.StandingPrepaid, PaidTotal: "1", Currency: "EUR", RunRateMonth: "1",
	})
	for i := range 30 {
		book.pays(day(2+i), evenkeel.PaymentPaid, "1", "EUR")
	}
	s := snapshotOf(b, book)
	b.ReportAllocs()
	for b.Loop() {
		s.AccountAt("t", day(40))
	}
}

func TestTheHotPathDoesNotAllocate(t *testing.T) {
	batches, _ := inventoryOf(2000, 512)
	s := load(t, batches).Snapshot()
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := s.TenancyAt("vm-0000777", day(400)); !ok {
			t.Error("nobody's")
		}
	}); n != 0 {
		t.Errorf("TenancyAt allocates %v times", n)
	}
	known := snapshotOf(t, newBook().profile(evenkeel.Profile{
		At: day(1), Since: day(0), Standing: evenkeel.StandingPrepaid, PaidTotal: "1", Currency: "EUR", RunRateMonth: "1",
	}))
	if n := testing.AllocsPerRun(100, func() { known.AccountAt("t", day(9)) }); n != 0 {
		t.Errorf("AccountAt allocates %v times", n)
	}
}

// TestReadersDuringApply is for the race detector: readers ask snapshots while batches
// come in, and find in each all or nothing of a batch.
func TestReadersDuringApply(t *testing.T) {
	batches, _ := inventoryOf(3000, 60)
	r := New(Options{})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for last := 0; ; {
				s := r.Snapshot()
				n := s.Assets()
				if n < last || (n%30 != 0 && n != 3000) {
					t.Errorf("%d assets after %d", n, last)
					return
				}
				last = n
				for i := range 20 {
					s.TenancyAt(evenkeel.AssetID(fmt.Sprintf("vm-%07d", i*150)), day(200))
				}
				s.AccountAt("tenant-1", day(200))
				s.CreatedBy("tenant-1", "", day(0), day(400), 50)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for _, b := range batches {
		if _, err := r.Apply(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range batches { // redelivered: changes nothing
		if again, _ := r.Apply(b); again.Used != 0 {
			t.Errorf("again: %+v", again)
		}
	}
	close(done)
	readers.Wait()
}
