package sqlite

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/store/storetest"
)

// withoutTold takes form 30 back.
const withoutTold = "DROP TABLE site_told; "

// withoutSites takes form 28 back.
const withoutSites = withoutIncidents + "DROP TRIGGER sites_go_with_the_key; DROP TABLE site_events; DROP TABLE site_mark; DROP TABLE sites; DROP TABLE site_days; DROP TABLE site_slots; "

func TestSitesKeepTheContract(t *testing.T) {
	storetest.RunAvailability(t, func(t testing.TB) availability.Record { return openAt(t, fileOf(t), Options{}).Sites() })
}

// A file of the form before is read as one of no sites, an older program may go on writing, and whoever erases a tenant's key
// takes away what came to its sites.
func TestSitesOfTheFormBeforeAndOfATenantThatIsErased(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	var tenant string
	if _, err := db.writer.one(t.Context(), []any{&tenant}, "SELECT min(tenant) FROM keys"); err != nil || tenant == "" {
		t.Fatalf("no tenant has a key: %v", err)
	}
	keep := func(db *DB) {
		t.Helper()
		r := availability.Reading{Site: "shop", Tenant: evenkeel.TenantID(tenant), Edge: 1, Since: sitesDay, At: sitesDay + 1e9, Part: evenkeel.PartWanted, Value: 1}
		if _, err := db.Sites().Keep(t.Context(), []availability.Reading{r}, 1, sitesDay); err != nil {
			t.Fatal(err)
		}
	}
	keep(db)
	// As an older program erases: it knows nothing of sites.
	if _, err := db.writer.conn.ExecContext(t.Context(), "UPDATE keys SET key = NULL WHERE tenant = ?", tenant); err != nil {
		t.Fatal(err)
	}
	if all, err := db.Sites().Sites(t.Context(), availability.Of{Most: 9}); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v; expected that they went with the key", all, err)
	}
	if f, err := formOf(t.Context(), db.writer); err != nil || f.version != sitesSince && f.oldestWriter < briefSince || sitesSince == f.version && f.oldestWriter != briefSince {
		t.Errorf("%+v, %v; expected that programs of form %d may write", f, err, briefSince)
	}
	if _, err := db.writer.conn.ExecContext(t.Context(), withoutSites+"UPDATE schema SET version = 27, oldest_writer = 27"); err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	old, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := old.Sites().Sites(t.Context(), availability.Of{Most: 9}); err != nil || len(all) != 0 {
		t.Errorf("of the form before: %+v, %v", all, err)
	}
	closed(t, old)
	keep(openAt(t, path, Options{}))
}

const sitesDay = evenkeel.Moment(1_795_824_000_000_000_000)

// calmMinute is what an edge tells of a site in a minute in which nothing happens.
func calmMinute(site int, minute int) []availability.Reading {
	since := sitesDay.Add(time.Duration(minute)*time.Minute + 17*time.Second)
	n := uint64(40 + (site*7+minute*13)%900)
	r := make([]availability.Reading, 0, availability.Columns)
	for part := evenkeel.PartVisits; part <= evenkeel.PartAtPage; part++ {
		v := uint64(0)
		switch part {
		case evenkeel.PartVisits, evenkeel.PartPassed:
			v = n + n/20
		case evenkeel.PartWanted, evenkeel.PartServed:
			v = n
		case evenkeel.PartEdgeTime:
			v = n / 8
		case evenkeel.PartBackendTime:
			v = n * 23
		case evenkeel.PartSiteBytes:
			v = n * 24_113
		}
		r = append(r, availability.Reading{
			Site: evenkeel.AssetID(fmt.Sprintf("shop-%05d.example.org", site)), Tenant: evenkeel.TenantID(fmt.Sprintf("tenant-%05d", site)), Edge: 7, Since: since, At: since.Add(time.Minute), Part: part, Value: v,
		})
	}
	return r
}

// What 20,000 sites take for 30 days, from what a few take: the size of a site's day and of its open quarters.
func TestAMonthOfTwentyThousandSitesFitsOnADisk(t *testing.T) {
	const sites, hours = 40, 25
	path := fileOf(t)
	db := openAt(t, path, Options{})
	s := db.Sites()
	size := func() int64 {
		t.Helper()
		if err := db.checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		f, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		var free, page int64
		if _, err := db.writer.one(t.Context(), []any{&free}, "PRAGMA freelist_count"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.writer.one(t.Context(), []any{&page}, "PRAGMA page_size"); err != nil {
			t.Fatal(err)
		}
		return f.Size() - free*page
	}
	empty := size()
	for m := 0; m < hours*60; m += 60 {
		var in []availability.Reading
		for k := range 60 {
			for site := range sites {
				in = append(in, calmMinute(site, m+k)...)
			}
		}
		if _, err := s.Keep(t.Context(), in, uint64(m), sitesDay.Add(time.Duration(m)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	open := size() - empty
	if _, err := s.Fold(t.Context(), sitesDay.Add(48*time.Hour), time.UTC, nil, 1<<20); err != nil {
		t.Fatal(err)
	}
	folded := size() - empty
	slot, day := float64(open)/(sites*hours*4), float64(folded)/(sites*2)*2*24/hours
	t.Logf("a quarter of a site takes %.0f bytes, a day %.0f; 20,000 sites: 30 days %.0f MB, 7 open hours %.0f MB", slot, day, day*30*20_000/1e6, slot*28*20_000/1e6)
	if day > 1500 || slot > 700 {
		t.Errorf("a quarter takes %.0f bytes and a day %.0f; expected at most 700 and 1500", slot, day)
	}
}

func BenchmarkSitesKeep(b *testing.B) {
	db := openAt(b, fileOf(b), Options{})
	s := db.Sites()
	const sites = 3333 // a sixth of 20,000: what comes in ten seconds
	minute := 0
	b.ReportAllocs()
	for b.Loop() {
		var in []availability.Reading
		for site := range sites {
			in = append(in, calmMinute(site, minute)...)
		}
		if _, err := s.Keep(b.Context(), in, uint64(minute), sitesDay); err != nil {
			b.Fatal(err)
		}
		minute++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*sites*availability.Columns), "ns/reading")
}

// What the console and a month's statement ask of a site with 30 days behind it.
func BenchmarkSiteFigures(b *testing.B) {
	db := openAt(b, fileOf(b), Options{})
	s := db.Sites()
	p := availability.Unpromised()
	for day := range 30 {
		var in []availability.Reading
		for m := range 24 * 60 {
			in = append(in, calmMinute(1, day*24*60+m)...)
		}
		until := sitesDay.Add(time.Duration(day+1) * 24 * time.Hour)
		if _, err := s.Keep(b.Context(), in, 1, until); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Fold(b.Context(), until.Add(-7*time.Hour), time.UTC, nil, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
	now := sitesDay.Add(30 * 24 * time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		look, err := p.LookNow(b.Context(), s, now)
		if err != nil {
			b.Fatal(err)
		}
		if _, sites, err := p.TenantFigures(b.Context(), look, "tenant-00001"); err != nil || len(sites) != 1 || sites[0].Windows[1].Wanted == 0 {
			b.Fatal(sites, err)
		}
	}
}
