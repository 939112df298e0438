package upstream_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// still is a transport that answers at once, so that only what is done around it is measured.
func still(b testing.TB) (url string) {
	return serving(b, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "a page of some bytes") }).URL
}

type pages struct{ sync.Pool }

func (p *pages) Get() []byte  { return *p.Pool.Get().(*[]byte) }
func (p *pages) Put(b []byte) { p.Pool.Put(&b) }

// bare is httputil.ReverseProxy by itself, with buffers that are used again and a transport that keeps as many connections.
func bare(b testing.TB, to string) http.Handler {
	u, err := url.Parse(to)
	if err != nil {
		b.Fatal(err)
	}
	p := &httputil.ReverseProxy{
		Rewrite:    func(pr *httputil.ProxyRequest) { pr.SetURL(u); pr.Out.Host = pr.In.Host; pr.SetXForwarded() },
		Transport:  &http.Transport{MaxIdleConnsPerHost: 256, MaxIdleConns: 256, DisableCompression: true},
		BufferPool: &pages{sync.Pool{New: func() any { p := make([]byte, 32<<10); return &p }}},
	}
	return p
}

// nowhere is a visitor who reads nothing.
type nowhere struct{ h http.Header }

func (n nowhere) Header() http.Header         { return n.h }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

func asking() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://shop.example.org/a?b=c", nil)
	for k, v := range map[string]string{"User-Agent": "Mozilla/5.0", "Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "en", "Cookie": "a=b", "Cache-Control": "no-cache"} {
		r.Header.Set(k, v)
	}
	return r
}

// BenchmarkServe compares a request through a pool of two backends with one through a bare proxy, turn and turn about, over
// real connections on this machine. It reports the ratio of the medians and the difference of the 99th percentiles.
func BenchmarkServe(b *testing.B) {
	to := still(b)
	other := still(b)
	ours, theirs := http.Handler(poolOf(b, siteOf(to, other), upstream.Options{})), bare(b, to)
	one := func(h http.Handler) time.Duration {
		r, w := asking(), nowhere{http.Header{}}
		begin := time.Now()
		h.ServeHTTP(w, r)
		return time.Since(begin)
	}
	for range 200 {
		one(ours)
		one(theirs)
	}
	var a, c []time.Duration
	for b.Loop() {
		a, c = append(a, one(ours)), append(c, one(theirs))
	}
	slices.Sort(a)
	slices.Sort(c)
	n := len(a)
	b.ReportMetric(float64(a[n/2])/float64(c[n/2]), "ratio-p50")
	b.ReportMetric(float64(a[n/2]-c[n/2])/1e3, "added-µs-p50")
	b.ReportMetric(float64(a[n*99/100]-c[n*99/100])/1e3, "added-µs-p99")
}

// BenchmarkAllocations counts what each allocates, the transport and the backend included.
func BenchmarkAllocations(b *testing.B) {
	to := still(b)
	for name, h := range map[string]http.Handler{"pool": poolOf(b, siteOf(to), upstream.Options{}), "bare": bare(b, to)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := asking()
			for b.Loop() {
				h.ServeHTTP(nowhere{http.Header{}}, r)
			}
		})
	}
}

func TestAPoolAllocatesNoMoreThanABareProxy(t *testing.T) {
	to := still(t)
	r := asking()
	count := func(h http.Handler) float64 {
		return testing.AllocsPerRun(500, func() { h.ServeHTTP(nowhere{http.Header{}}, r) })
	}
	ours, theirs := count(poolOf(t, siteOf(to), upstream.Options{})), count(bare(t, to))
	if ours > theirs+8 {
		t.Errorf("%v allocations a request, %v of a bare proxy", ours, theirs)
	}
}

// BenchmarkPoolsOfAPlatform makes the pools of 20,000 sites of two backends each, and says what they take; then one site changes.
func BenchmarkPoolsOfAPlatform(b *testing.B) {
	sites := make([]site.Site, 20_000)
	if testing.Short() {
		sites = sites[:200]
	}
	for i := range sites {
		sites[i] = siteOf("http://10.0.0.1:80", "http://10.0.0.2:80")
		sites[i].ID, sites[i].Names = site.ID(fmt.Sprint("site-", i)), []string{fmt.Sprintf("app%d.example.org", i)}
	}
	d, err := new(site.Directory).With(sites, nil)
	if err != nil {
		b.Fatal(err)
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	before := heap()
	pools := upstream.NewPools(upstream.Options{Now: real})
	begin := time.Now()
	pools.Follow(d)
	took := time.Since(begin)
	taken := heap() - before
	for b.Loop() {
		pools.Put(new(sites[7]))
	}
	b.ReportMetric(taken, "MiB")
	b.ReportMetric(float64(took.Milliseconds()), "ms-at-first")
	runtime.KeepAlive(pools)
}
