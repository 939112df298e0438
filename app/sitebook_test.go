package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

const slaText = `sla: cloud
timezone: Asia/Shanghai
currency: CNY
mode: bill
plans:
  - plan: basic
    target: "99.9"
    price: "200"
    credits: [{below: "99.9", credit: 10}, {below: "99", credit: 25}]
default: basic
tenants:
  leaver: {left: 2026-11-10, since: 2026-10-01}
  asked: {left: 2026-11-10}
`

func slaOf(t *testing.T) *availability.Promises {
	t.Helper()
	p, err := availability.Parse("sla.yaml", []byte(slaText))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// edgeTold is what an edge tells of a site in minutes that begin at a moment.
func edgeTold(edge, site string, from evenkeel.Moment, minutes int, c visits.Counts) (all []*evenkeel.Batch) {
	m := visits.New(siphash.Key{}, edge)
	for i := range minutes {
		since := from.Add(time.Duration(i) * time.Minute)
		b := evenkeel.NewBatch(edge, since.Add(time.Minute+time.Second))
		m.Count(b, evenkeel.AssetID(site), since, since.Add(time.Minute), &c)
		all = append(all, b)
	}
	return all
}

// siteHeld is an inventory in which one tenant held a site until a moment, and another from then on.
func siteHeld(t *testing.T, site string, from, handed evenkeel.Moment) *inventory.Registry {
	t.Helper()
	r := inventory.New(inventory.Options{})
	b := evenkeel.NewBatch("books", from)
	b.AddTenancy(evenkeel.Tenancy{At: from, ID: 1, Asset: evenkeel.AssetID(site), Tenant: "acme", From: from, Until: handed})
	b.AddTenancy(evenkeel.Tenancy{At: handed, ID: 2, Asset: evenkeel.AssetID(site), Tenant: "later", From: handed})
	if applied, err := r.Apply(b); err != nil || applied.Used != 2 {
		t.Fatalf("%+v, %v", applied, err)
	}
	return r
}

// bookOfSites is one in memory.
func bookOfSites(t *testing.T, record availability.Record, r *inventory.Registry, now func() evenkeel.Moment) *sitebook {
	t.Helper()
	return &sitebook{
		record: record, promises: slaOf(t), log: slog.New(slog.DiscardHandler), now: now, holders: r.Snapshot, soon: make(chan struct{}, 1), room: make(chan struct{}, 1),
		readings: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "x"}, []string{"fate"}), came: newCame(),
	}
}

func windowOf(t *testing.T, record availability.Record, tenant evenkeel.TenantID, from, until evenkeel.Moment) (w availability.Window) {
	t.Helper()
	err := EachTenant(t.Context(), record, slaOf(t), tenant, from, until, func(of evenkeel.TenantID, x availability.Window, _ []availability.SiteMonth) error {
		if of == tenant {
			w = x
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Row R13: what came counts for whoever held the site at the time of the record, however often and in whatever order it
// comes, and what comes too late is told and not counted.
func TestWhatComesToASiteCountsForWhoeverHeldItThen(t *testing.T) {
	noon := evenkeel.Moment(1_795_867_200_000_000_000)
	handed := noon.Add(5 * time.Minute)
	r := siteHeld(t, "shop", noon.Add(-time.Hour), handed)
	record := memory.NewSites()
	s := bookOfSites(t, record, r, func() evenkeel.Moment { return noon.Add(time.Hour) })
	var all []*evenkeel.Batch
	for _, edge := range []string{"edge-1", "edge-2"} {
		all = append(all, edgeTold(edge, "shop", noon, 10, visits.Counts{Visits: 60, Wanted: 50, Served: 40, Failed: 10})...)
	}
	for round := range 2 {
		for i := range all {
			b := all[len(all)-1-i]
			if round == 1 {
				b = all[i]
			}
			s.take(t.Context(), stream.Position(1+i+20*round), b, r.Snapshot())
		}
		if err := s.write(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// A record that ends at the moment of the handing over is of the one who takes it: four minutes of two edges, and six.
	if w := windowOf(t, record, "acme", noon, noon.Add(10*time.Minute)); w.Wanted != 400 || w.Served != 320 || w.Missing[availability.WhyBackend] != 80 {
		t.Errorf("%+v; expected 320 of 400, 80 missed for the backends", w)
	}
	if w := windowOf(t, record, "later", noon, noon.Add(10*time.Minute)); w.Wanted != 600 || w.Served != 480 {
		t.Errorf("%+v; expected 480 of 600", w)
	}
	// Nobody is expected at whoever held it before the edges fell silent.
	if w := windowOf(t, record, "acme", noon, noon.Add(time.Hour)); w.Wanted != 400 || w.Estimated != 0 {
		t.Errorf("%+v; expected no estimate", w)
	}
	late := edgeTold("edge-1", "shop", noon.Add(-8*time.Hour), 1, visits.Counts{Wanted: 7})[0]
	late.Arrived = noon
	s.take(t.Context(), 99, late, r.Snapshot())
	if err := s.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told, err := record.ToldHours(t.Context(), noon.Add(-9*time.Hour), noon); err != nil || len(told) != 1 || told[0].Minutes != 1 {
		t.Errorf("%+v, %v; expected that what comes late says that an edge was there", told, err)
	}
	if w := windowOf(t, record, "acme", noon.Add(-9*time.Hour), noon); w.Visited {
		t.Errorf("%+v; expected that what comes eight hours late is not counted", w)
	}
}

// Each silence is said once, and one that a person ruled out is not.
func TestThatNoEdgeWasThereIsSaidOnce(t *testing.T) {
	noon := evenkeel.Moment(1_795_867_200_000_000_000)
	r := siteHeld(t, "shop", noon.Add(-time.Hour), noon.Add(time.Hour))
	s := bookOfSites(t, memory.NewSites(), r, func() evenkeel.Moment { return noon.Add(time.Hour) })
	s.promises.Late = 10 * time.Hour // nothing is folded
	var said strings.Builder
	s.log = slog.New(slog.NewTextHandler(&said, nil))
	var all []*evenkeel.Batch
	for _, x := range [][2]int{{0, 10}, {14, 3}, {20, 40}} {
		all = append(all, edgeTold("edge-1", "shop", noon.Add(time.Duration(x[0])*time.Minute), x[1], visits.Counts{Visits: 60, Wanted: 60, Served: 60})...)
	}
	for i, b := range all {
		s.take(t.Context(), stream.Position(1+i), b, r.Snapshot())
		if err := s.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(said.String(), "no edge told anything"); n != 2 {
		t.Errorf("it is said %d times; expected once of each of two silences:\n%s", n, said.String())
	}
	if w := windowOf(t, s.record, "acme", noon, noon.Add(time.Hour)); w.Estimated == 0 || w.Missed != w.Estimated {
		t.Errorf("%+v; expected estimates", w)
	}
}

// Rows R13 and Story B: a month is told to whoever bills, once, under its id; late readings that change it are told as a
// correction; who leaves gets the unused balance; and what is not known is asked and never told as zero.
func TestAMonthIsToldOnceAndCorrected(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	ended := evenkeel.MomentOf(time.Date(2026, 12, 1, 0, 0, 0, 0, zone))
	clock := ended.Add(2 * time.Hour)
	now := func() evenkeel.Moment { return clock }
	l := &till{bodies: map[string]string{}, status: func(string) int { return 0 }}
	srv := httptest.NewServer(l)
	defer srv.Close()
	w := config.Teller{URL: srv.URL, SecretFile: good(t, t.TempDir()), Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}}
	to, err := billing(&w, func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	r := siteHeld(t, "shop", ended.Add(-240*time.Hour), ended.Add(240*time.Hour))
	b := evenkeel.NewBatch("books", clock)
	b.AddPayment(evenkeel.Payment{At: ended.Add(-900 * time.Hour), ID: 1, Tenant: "leaver", Kind: evenkeel.PaymentPaid, Amount: "600", Currency: "CNY"})
	if err := b.AddProfile(evenkeel.Profile{At: ended.Add(-1000 * time.Hour), ID: 2, Tenant: "leaver", Standing: evenkeel.StandingPrepaid, PaidTotal: "0", Currency: "CNY"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(b); err != nil {
		t.Fatal(err)
	}
	record := memory.NewSites()
	s := bookOfSites(t, record, r, now)
	logged := &lines{}
	open := func() *reckoner {
		return &reckoner{
			record: record, promises: slaOf(t), known: r.Snapshot, settled: func(context.Context) error { return nil }, write: s.write, to: to, now: now,
			slog: slog.New(slog.NewTextHandler(logged, nil)), again: map[string]putOff{}, asked: map[string]bool{},
		}
	}
	k := open()
	at := stream.Position(0)
	tell := func(all []*evenkeel.Batch) {
		for _, b := range all {
			at++
			s.take(t.Context(), at, b, r.Snapshot())
		}
	}
	round := func() {
		t.Helper()
		clock = clock.Add(monthEvery)
		if err := k.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// 2,000 requests in the last 20 minutes, of which 10 are missed: 99.5 %, so 10 % of 200.
	tell(edgeTold("edge-1", "shop", ended.Add(-20*time.Minute), 10, visits.Counts{Wanted: 100, Served: 100}))
	tell(edgeTold("edge-1", "shop", ended.Add(-10*time.Minute), 10, visits.Counts{Wanted: 100, Served: 99}))
	for range 3 {
		round()
	}
	k = open() // a restart tells nothing twice
	round()
	read := func(i int) (e PromiseEvent, s availability.Statement, f availability.Refund) {
		t.Helper()
		if i >= len(l.took) {
			t.Fatalf("told were %v; expected more", l.took)
		}
		err := json.Unmarshal([]byte(l.bodies[l.took[i]]), &e)
		if err == nil && e.Type == availability.KindMonth {
			err = json.Unmarshal(e.Data.Is, &s)
		} else if err == nil {
			err = json.Unmarshal(e.Data.Is, &f)
		}
		if err != nil {
			t.Fatal(err)
		}
		return e, s, f
	}
	if len(l.took) != 2 {
		t.Fatalf("told were %v; expected a month and a refund, once each", l.took)
	}
	month, refund := 0, 1
	if e, _, _ := read(0); e.Type != availability.KindMonth {
		month, refund = 1, 0
	}
	first, st, _ := read(month)
	if first.Subject != "acme" || st.Amount != "20" || st.Share != "99.5" || first.Data.Revision != 1 || first.ID != l.took[month] || first.Data.About != "2026-11" {
		t.Errorf("%+v %+v; expected a first of 20 for 99.5 %% in 2026-11", first, st)
	}
	// By hand: 600 − (200 + 200 × 10/30) = 333.333…, up to 333.34.
	if e, _, f := read(refund); e.Subject != "leaver" || f.Amount != "333.34" || e.Type != availability.KindRefund {
		t.Errorf("%+v %+v; expected 333.34", e, f)
	}
	if !strings.Contains(logged.String(), "tenant=asked") {
		t.Errorf("nobody was asked about who left and of whom nothing is known:\n%s", logged)
	}
	// Another edge that was cut off tells late of 2,000 more, of which 40 are missed: 50 of 4,000, 98.75 %, so 25 %.
	late := edgeTold("edge-2", "shop", ended.Add(-20*time.Minute), 20, visits.Counts{Wanted: 100, Served: 98})
	for _, b := range late {
		b.Arrived = clock
	}
	tell(late)
	round()
	second, st, _ := read(2)
	if st.Amount != "50" || st.Share != "98.75" || second.Data.Revision != 2 || second.Data.Corrects != first.ID {
		t.Errorf("%+v %+v; expected a second of 50 for 98.75 %%, in the place of %s", second, st, first.ID)
	}
	clock = clock.Add(48 * time.Hour) // it is not looked at any more
	round()
	round()
	if len(l.took) != 3 {
		t.Errorf("told were %v; expected three", l.took)
	}
}

// A process that is killed while it counts, again and again, has counted each request once in the end.
func TestKillingItChangesNothingThatCameToSites(t *testing.T) {
	dir := dataDir(t)
	began := evenkeel.MomentOf(time.Now().Add(-time.Hour).Truncate(time.Minute))
	in, err := stream.Open(t.Context(), stream.Options{Dir: filepath.Join(dir, "intake"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	const sites, minutes = 4, 30
	for twice := range 2 { // the sender sends all of it again
		for i := range sites {
			for _, b := range edgeTold("edge-1", fmt.Sprintf("shop-%d", i), began, minutes, visits.Counts{Visits: 12, Wanted: 10, Served: 9, BackendTime: 500}) {
				b.Arrived = evenkeel.MomentOf(time.Now())
				if err := in.Publish(t.Context(), b); err != nil {
					t.Fatal(twice, err)
				}
			}
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	sum := func() (w availability.Counts) {
		db, err := sqlite.OpenReadOnly(filepath.Join(dir, fileBooks))
		if err != nil {
			return w
		}
		defer db.Close()
		held, err := db.Sites().Sites(t.Context(), availability.Of{Most: 100})
		if err != nil {
			return availability.Counts{}
		}
		for _, h := range held {
			history, err := db.Sites().History(t.Context(), h.Tenant, h.Site, began, began.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			c := history.Cost(began, began.Add(time.Hour))
			w.Add(&c)
		}
		return w
	}
	for range 3 {
		k := startProcess(t, dir)
		k.kill()
	}
	const want = sites * minutes * 10
	s := serve(t, dir)
	eventually(t, "all is counted", func() bool { c := sum(); return c.Wanted() >= want })
	metric := s.metric(t, `evenkeel_site_readings_total{fate="unusable"}`)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if c := sum(); c.Wanted() != want || c.Served() != want*9/10 || c.Of(evenkeel.PartBackendTime) != sites*minutes*500 || metric != "" && metric != "0" {
		t.Errorf("%d wanted, %d served, %q unusable; expected %d and %d", c.Wanted(), c.Served(), metric, want, want*9/10)
	}
}

// What is in a checkpoint is not read again, so what came to sites up to it has to be written down before.
func TestACheckpointIsNeverAheadOfWhatIsCountedOfSites(t *testing.T) {
	noon := evenkeel.Moment(1_795_867_200_000_000_000)
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := siteHeld(t, "shop", noon.Add(-time.Hour), noon.Add(time.Hour))
	h := &house{books: db, sites: bookOfSites(t, db.Sites(), r, func() evenkeel.Moment { return noon })}
	h.sites.take(t.Context(), 7, edgeTold("edge-1", "shop", noon, 1, visits.Counts{Wanted: 5})[0], r.Snapshot())
	if err := h.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, err := db.Sites().Mark(t.Context()); m.Position != 7 || err != nil {
		t.Errorf("the mark is %+v, %v; expected position 7", m, err)
	}
	if w := windowOf(t, db.Sites(), "acme", noon, noon.Add(time.Minute)); w.Wanted != 5 {
		t.Errorf("%+v; expected 5 wanted", w)
	}
}

// What the watcher waits for a message of an edge: 100 sites in a minute.
func BenchmarkSitebookTake(b *testing.B) {
	noon := evenkeel.Moment(1_795_867_200_000_000_000)
	r := inventory.New(inventory.Options{})
	s := &sitebook{
		promises: availability.Unpromised(), soon: make(chan struct{}, 1), room: make(chan struct{}, 1),
		readings: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "x"}, []string{"fate"}), came: newCame(),
	}
	batch := evenkeel.NewBatch("edge-1", noon.Add(time.Minute))
	m := visits.New(siphash.Key{}, "edge-1")
	for i := range 100 {
		m.Count(batch, evenkeel.AssetID(fmt.Sprintf("shop-%d.example", i)), noon, noon.Add(time.Minute), &visits.Counts{Visits: 12, Wanted: 10, Served: 9})
	}
	known := r.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		s.take(b.Context(), 1, batch, known)
		if len(s.waiting) > sitesSoon {
			s.waiting = s.waiting[:0]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch.Records)), "ns/record")
}
