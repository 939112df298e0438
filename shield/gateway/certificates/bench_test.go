package certificates

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
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

// BenchmarkStart is how long an edge with 20,000 issued certificates takes from its start until one is served.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	store := func() *Store {
		s, err := New(Config{Clock: func() time.Time { return start }, Authority: &Authority{Directory: "https://ca.example/directory", Storage: dir, HTTPPort: 80}})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(s.demand.close)
		return s
	}
	first, f := store(), &folder{TB: b}
	sites := make([]site.Site, 20_000)
	for i := range sites {
		name := fmt.Sprintf("app%d.example.org", i)
		sites[i] = byACME(fmt.Sprint("site-", i), name)
		chain, key := f.make(newKey(b), start.Add(year), name)
		of := first.demand.client.issuer.IssuerKey()
		for at, text := range map[string][]byte{certmagic.StorageKeys.SiteCert(of, name): chain, certmagic.StorageKeys.SitePrivateKey(of, name): key} {
			path := first.demand.client.storage.Filename(at)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
				b.Fatal(err)
			}
		}
	}
	d := directory(b, sites...)
	for b.Loop() {
		s := store()
		s.Follow(d)
		s.Refresh(start)
		if serial(s, "app19999.example.org") == 0 {
			b.Fatal("it is not served")
		}
	}
}
