package certificates

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

const year = 365 * 24 * time.Hour

func TestAnExactNameIsServedBeforeAWildcard(t *testing.T) {
	f, s := open(t)
	wild, exact := f.put("wild", year, "*.a.example", "a.example"), f.put("exact", year, "www.a.example")
	s.Follow(directory(t, with("a", []site.KeyPair{wild, exact}, "a.example", "*.a.example"), with("b", nil, "b.example")))
	for name, want := range map[string]int64{
		"a.example": 1, "A.Example": 1, "a.example.": 1, "shop.a.example": 1, "www.a.example": 2, "WWW.a.example": 2,
		"deep.shop.a.example": 0, "b.example": 0, "c.example": 0, "": 0, "192.0.2.1": 0, "[2001:db8::1]": 0, "a.example:443": 0, "*.a.example": 0, ".a.example": 0, "a..example": 0,
	} {
		if got := serial(s, name); got != want {
			t.Errorf("%q gets the certificate %d; expected %d", name, got, want)
		}
	}
	if says := wrong(s, "a"); says != "" {
		t.Error(says)
	}
}

func TestAClientGetsTheCertificateOfAKeyThatItKnows(t *testing.T) {
	f, s := open(t)
	s.Follow(directory(t, with("a", []site.KeyPair{f.put("ecdsa", year, "a.example"), f.putKey("rsa", rsaKey(t), year, "a.example")}, "a.example")))
	hello := &tls.ClientHelloInfo{
		ServerName: "a.example", SupportedVersions: []uint16{tls.VersionTLS12}, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		SupportedCurves: []tls.CurveID{tls.CurveP256}, SupportedPoints: []uint8{0}, SignatureSchemes: []tls.SignatureScheme{tls.PSSWithSHA256},
	}
	c, err := s.Certificate(hello)
	if err != nil || c.Leaf.SerialNumber.Int64() != 2 {
		t.Errorf("one that knows RSA only gets %v, %v; expected the second", c, err)
	}
	if serial(s, "a.example") != 1 {
		t.Error("one that says nothing gets the second; expected the first")
	}
}

func TestWhatIsWrongWithASiteIsSaidAndTouchesNoOther(t *testing.T) {
	f, s := open(t)
	good := f.put("good", year, "good.example")
	half := f.put("half", year, "mismatch.example")
	f.write(half.Key, mustRead(t, good.Key))
	garbage := f.put("garbage", year, "garbage.example")
	f.write(garbage.Certificate, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	huge := f.put("huge", year, "huge.example")
	f.write(huge.Certificate, bytes.Repeat([]byte{'#'}, mostFile+1))
	pipe := f.pair("pipe")
	if err := syscall.Mkfifo(pipe.Certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Follow(directory(t,
		with("good", []site.KeyPair{good}, "good.example"),
		with("mismatch", []site.KeyPair{half}, "mismatch.example"),
		with("garbage", []site.KeyPair{garbage}, "garbage.example"),
		with("huge", []site.KeyPair{huge}, "huge.example"),
		with("pipe", []site.KeyPair{pipe}, "pipe.example"),
		with("missing", []site.KeyPair{f.pair("missing")}, "missing.example"),
		with("folder", []site.KeyPair{{Certificate: f.dir, Key: good.Key}}, "folder.example"),
		with("other", []site.KeyPair{f.put("other", year, "elsewhere.example")}, "other.example"),
		with("nameless", []site.KeyPair{f.put("nameless", year)}, "nameless.example"),
		with("ended", []site.KeyPair{f.put("ended", -time.Hour, "ended.example")}, "ended.example"),
		with("part", []site.KeyPair{f.put("part", year, "part.example")}, "part.example", "www.part.example"),
	))
	for id, says := range map[string]string{
		"mismatch": "the key is of another certificate", "garbage": "expected PEM", "huge": "expected 1048576 at most",
		"pipe": "is no file", "missing": "no such file", "folder": "is no file", "other": "it is for elsewhere.example; expected one of the site's names, such as other.example",
		"nameless": "names no host", "ended": "it ended at 2026-11-28T11:00:00Z", "part": "no file has a certificate for www.part.example",
	} {
		if got := wrong(s, id); !strings.Contains(got, says) {
			t.Errorf("of %s it is said: %s; expected: %s", id, got, says)
		}
		if got := serial(s, id+".example"); (got != 0) != (id == "ended" || id == "part") {
			t.Errorf("%s gets the certificate %d", id, got)
		}
	}
	if serial(s, "good.example") != 1 || wrong(s, "good") != "" {
		t.Errorf("the whole site is touched: %s", wrong(s, "good"))
	}
	if serial(s, "elsewhere.example") != 0 {
		t.Error("a name that no site has is served")
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAFileThatChangesIsReadAndABrokenOneChangesNothing(t *testing.T) {
	f, s := open(t)
	k := f.put("a", year, "a.example")
	s.Follow(directory(t, with("a", []site.KeyPair{k}, "a.example")))
	expect := func(when string, want int64, says string) {
		t.Helper()
		s.Refresh(f.now)
		if got := serial(s, "a.example"); got != want {
			t.Errorf("%s: the certificate %d is served; expected %d", when, got, want)
		}
		if got := wrong(s, "a"); (says == "") != (got == "") || !strings.Contains(got, says) {
			t.Errorf("%s: it is said %q; expected %q", when, got, says)
		}
	}
	expect("at first", 1, "")

	chain, private := f.make(newKey(t), start.Add(2*year), "a.example")
	f.write(k.Certificate, chain)
	expect("when the chain came and its key did not", 1, "the key is of another certificate")
	f.write(k.Key, private)
	expect("when both came", 2, "")

	f.write(k.Certificate, nil)
	expect("when it is empty", 2, "expected PEM")
	if err := os.Remove(k.Certificate); err != nil {
		t.Fatal(err)
	}
	expect("when it is gone", 2, "no such file")
	f.put("a", -time.Hour, "a.example") // 3
	expect("when it ended long ago", 2, "the one before it holds until")
	f.put("a", year, "b.example") // 4
	expect("when it is for another site", 2, "expected one of the site's names")
	f.put("a", year, "a.example") // 5
	expect("when it is whole again", 5, "")

	f.now = start.Add(year + time.Hour)
	expect("when it ended", 5, "it ended at")
	f.put("a", 2*year, "a.example")
	expect("when it was renewed too late", 6, "")
}

func TestWhatEndsGivesWayToWhatHolds(t *testing.T) {
	f, s := open(t)
	s.Follow(directory(t, with("a", []site.KeyPair{f.put("short", time.Hour, "a.example"), f.put("long", year, "a.example")}, "a.example")))
	if got := serial(s, "a.example"); got != 1 {
		t.Errorf("the certificate %d is served; expected the first of the site", got)
	}
	f.now = start.Add(2 * time.Hour)
	s.Refresh(f.now)
	if got := serial(s, "a.example"); got != 2 {
		t.Errorf("the certificate %d is served; expected the one that still holds", got)
	}
}

func TestASiteThatGoesTakesItsCertificateAlong(t *testing.T) {
	f, s := open(t)
	k := f.put("a", year, "a.example")
	d := directory(t, with("a", []site.KeyPair{k}, "a.example"), with("b", []site.KeyPair{k}, "b.example"))
	s.Follow(d)
	d, err := d.With(nil, []site.ID{"a"})
	if err != nil {
		t.Fatal(err)
	}
	s.Follow(d)
	if serial(s, "a.example") != 0 {
		t.Error("a site that is gone is served")
	}
	if d, err = d.With([]site.Site{with("c", nil, "a.example")}, []site.ID{"b"}); err != nil {
		t.Fatal(err)
	}
	s.Follow(d)
	if serial(s, "a.example") != 0 || len(s.book.sources) != 0 {
		t.Errorf("%d files are kept, and the name of another tenant is served by the one before", len(s.book.sources))
	}
}

func TestACertificateServesExactlyTheNamesThatClientsTakeItFor(t *testing.T) {
	f, s := open(t)
	label := rapid.SampledFrom([]string{"a", "b", "www"})
	host := rapid.Custom(func(t *rapid.T) string {
		name := label.Draw(t, "label")
		for range rapid.IntRange(0, 2).Draw(t, "depth") {
			name = label.Draw(t, "label") + "." + name
		}
		return name + ".example"
	})
	wildly := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "wild") {
			return "*." + host.Draw(t, "host")
		}
		return host.Draw(t, "host")
	})
	key := newKey(t)
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SliceOfNDistinct(wildly, 1, 4, rapid.ID).Draw(t, "names of the site")
		first, second := rapid.SliceOfN(wildly, 1, 3).Draw(t, "names of the first"), rapid.SliceOfN(wildly, 1, 3).Draw(t, "names of the second")
		d := directory(f, with("a", []site.KeyPair{f.putKey("first", key, year, first...), f.putKey("second", key, year, second...)}, of...))
		s.Follow(&site.Directory{})
		s.Follow(d)
		for range 10 {
			name := host.Draw(t, "asked")
			c, err := s.Certificate(&tls.ClientHelloInfo{ServerName: name})
			if err == nil && c.Leaf.VerifyHostname(name) != nil {
				t.Fatalf("%s gets a certificate for %s", name, c.Leaf.DNSNames)
			}
			if _, known := d.Of(name); !known && err == nil {
				t.Fatalf("%s is no name of the site, and is served", name)
			}
		}
	})
}

func FuzzAPairIsReadOrRefused(f *testing.F) {
	made := &folder{TB: f}
	chain, private := made.make(newKey(f), start.Add(year), "a.example", "*.B.example")
	f.Add(chain, private)
	f.Add(private, chain)
	f.Add(append(bytes.Clone(chain), private...), append(bytes.Clone(chain), private...))
	f.Add(chain[:len(chain)-40], private)
	f.Fuzz(func(t *testing.T, chain, key []byte) {
		p, err := decode(chain, key)
		if err != nil {
			return
		}
		if len(p.names) == 0 || p.certificate.Leaf == nil || p.certificate.PrivateKey == nil {
			t.Fatalf("half a pair is taken: %v", p)
		}
		for _, name := range p.names {
			if name != strings.ToLower(name) {
				t.Fatalf("the name %q has capital letters", name)
			}
		}
	})
}

func TestALookUpAllocatesNothing(t *testing.T) {
	f, s := open(t)
	s.Follow(directory(t, thousands(f, 3)...))
	hello := &tls.ClientHelloInfo{ServerName: "app1.example.org"}
	if n := testing.AllocsPerRun(1000, func() { s.Certificate(hello) }); n != 0 {
		t.Errorf("%v allocations; expected none", n)
	}
	hello.ServerName = "unknown.example.org"
	if n := testing.AllocsPerRun(1000, func() { s.Certificate(hello) }); n != 0 {
		t.Errorf("%v allocations for a name that nobody has; expected none", n)
	}
	e := issued(t, 3)
	hello.ServerName = "app1.example.org"
	if n := testing.AllocsPerRun(1000, func() { e.Certificate(hello) }); n != 0 || serial(e, "app1.example.org") == 0 {
		t.Errorf("%v allocations for what was issued; expected none", n)
	}
}

// issued is a Store with a certificate by ACME for each of so many sites.
func issued(t testing.TB, n int) *Store {
	t.Helper()
	s, err := New(Config{Clock: func() time.Time { return start }, Authority: &Authority{Directory: "https://ca.example/directory", Storage: t.TempDir(), HTTPPort: 80}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.demand.close)
	f := &folder{TB: t}
	sites := make([]site.Site, n)
	for i := range sites {
		name := fmt.Sprintf("app%d.example.org", i)
		sites[i] = byACME(fmt.Sprint("site-", i), name)
		p, err := decode(f.make(newKey(t), start.Add(year), name))
		if err != nil {
			t.Fatal(err)
		}
		s.demand.issued.put(name, p)
	}
	s.Follow(directory(t, sites...))
	return s
}
