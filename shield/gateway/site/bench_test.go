package site_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

const platform = 20_000

// size is platform, or less where it is only asked whether benchmarks run.
func size() int {
	if testing.Short() {
		return platform / 20
	}
	return platform
}

// BenchmarkOf looks a host up among 20,000 sites.
func BenchmarkOf(b *testing.B) {
	d := directory(b, many(size())...)
	for _, c := range []struct{ name, form string }{
		{"exact", "app%d.example.org"}, {"wildcard", "www.app%d.example.org"}, {"as browsers and tools write it", "WWW.App%d.Example.org:443"}, {"unknown", "app%d.example.com"},
	} {
		hosts := make([]string, 4096)
		for i := range hosts {
			hosts[i] = fmt.Sprintf(c.form, i*7919%size())
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Of(hosts[i%len(hosts)])
			}
		})
	}
}

// BenchmarkWith makes the next directory with one site more than 20,000.
func BenchmarkWith(b *testing.B) {
	d := directory(b, many(size())...)
	one := []site.Site{plain("one-more", "one-more.example.org", "*.one-more.example.org")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.With(one, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTwentyThousandSitesFit holds the directory to its budget of memory, sites included.
func TestTwentyThousandSitesFit(t *testing.T) {
	before := heap()
	d := directory(t, many(platform)...)
	if n := heap() - before; n > 60<<20 {
		t.Errorf("%d sites take %d MiB; expected at most 60", d.Len(), n>>20)
	}
	one := []site.Site{plain("one-more", "one-more.example.org")}
	const most = 64 // a copy of all of it would be thousands
	if n := testing.AllocsPerRun(10, func() {
		if _, err := d.With(one, nil); err != nil {
			t.Fatal(err)
		}
	}); n > most {
		t.Errorf("one more takes %v allocations; expected at most %d", n, most)
	}
	runtime.KeepAlive(d)
}

// BenchmarkMemory fills a directory with 20,000 sites of which everything is set, from their documents.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(filled(b))/(1<<20), "MiB")
	}
}

// filled is the heap that 20,000 sites take, each read from a document of its own.
func filled(t testing.TB) uint64 {
	before := heap()
	d := new(site.Directory)
	batch := make([]site.Site, 0, size())
	for i := range size() {
		sites, err := site.Parse("s", fmt.Appendf(nil, `site: site-%[1]d
tenant: t-%[1]d
asset: domain/app%[1]d
names: [app%[1]d.example.org, "*.app%[1]d.example.org", www.customer%[1]d.example]
backends: [{url: "http://10.0.0.5:8080", check: /healthz}, {url: "http://10.0.0.6:8080", check: /healthz}]
paths: {health: [/ping], feeds: [/feed.xml], api: [/api/*]}
allowed: [192.0.2.0/24]
maintenance: {en: We are back soon., ja: すぐに戻ります。}
`, i))
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, sites...)
	}
	d, err := d.With(batch, nil)
	if err != nil {
		t.Fatal(err)
	}
	batch = nil
	after := heap()
	if d.Len() != size() {
		t.Fatalf("%d sites", d.Len())
	}
	runtime.KeepAlive(d)
	return after - min(before, after)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
