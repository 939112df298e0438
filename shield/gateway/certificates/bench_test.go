package certificates

import (
	"crypto/tls"
	"fmt"
	"runtime"
	"testing"
)

// BenchmarkCertificate is a look-up among 20,000 sites with a certificate each.
func BenchmarkCertificate(b *testing.B) {
	hellos := make([]*tls.ClientHelloInfo, 1<<14)
	for i := range hellos {
		hellos[i] = &tls.ClientHelloInfo{ServerName: fmt.Sprintf("app%d.example.org", i)}
	}
	f, s := open(b)
	s.Follow(directory(b, thousands(f, 20_000)...))
	for from, s := range map[Source]*Store{Files: s, ACME: issued(b, 20_000)} {
		b.Run(string(from), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := s.Certificate(hellos[i&(1<<14-1)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkFollow is one more site among 20,000, with its certificate. It reports also the memory of them all.
func BenchmarkFollow(b *testing.B) {
	f, s := open(b)
	sites := thousands(f, 20_001)
	was := directory(b, sites[:20_000]...)
	next, err := was.With(sites[20_000:], nil)
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s.Follow(was)
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		s.Follow(next)
		b.StopTimer()
		s.Follow(was)
		b.StartTimer()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/20_000, "B/site")
}

// BenchmarkRefresh is the look of each minute at the files of 20,000 sites, of which none changed.
func BenchmarkRefresh(b *testing.B) {
	f, s := open(b)
	s.Follow(directory(b, thousands(f, 20_000)...))
	for b.Loop() {
		s.Refresh(f.now)
	}
}
