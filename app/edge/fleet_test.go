package edge

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/share"
	"pgregory.net/rapid"
)

// member is one edge of a fleet, a process of its own.
type member struct {
	name, dir, at string
	kill          func()
	log           *stageLog
}

// stageLog finds in the log of an edge when sites rose.
type stageLog struct {
	mu   sync.Mutex
	rest []byte
	rose map[string]time.Time // by site and stage
}

var stageLine = regexp.MustCompile(`^time=(\S+) .*msg=stage site=(\S+) .*to=(\w+)`)

func (l *stageLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		if m := stageLine.FindSubmatch(line); m != nil {
			at, err := time.Parse(time.RFC3339Nano, string(m[1]))
			key := string(m[2]) + " " + string(m[3])
			if _, had := l.rose[key]; err == nil && !had {
				l.rose[key] = at
			}
		}
		l.rest = rest
	}
}

func (l *stageLog) all() map[string]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.rose)
}

// troupe is a fleet of processes that share sites and seeds.
type troupe struct {
	t     *testing.T
	sites string
	seeds []byte
	all   []*member
}

// joins starts one more, which knows the address of one that lives.
func (f *troupe) joins(peer *member) *member {
	f.t.Helper()
	m := &member{name: fmt.Sprint("edge-", len(f.all)+1), dir: filepath.Join(f.t.TempDir(), "data"), log: &stageLog{rose: map[string]time.Time{}}}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		f.t.Fatal(err)
	}
	write(f.t, filepath.Join(m.dir, fileSeeds), string(f.seeds))
	fleet := m.name
	if peer != nil {
		fleet += " " + f.status(peer).Fleet.Address
	}
	m.at, m.kill = child(f.t, m.dir, f.sites, m.log, fleetEnv+"="+fleet)
	f.all = append(f.all, m)
	return m
}

func (f *troupe) status(m *member) Status {
	f.t.Helper()
	s, err := AskStatus(f.t.Context(), m.dir, true)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// settles waits until each of some has a part.
func (f *troupe) settles(part float64, of ...*member) time.Duration {
	f.t.Helper()
	return waits(f.t, fmt.Sprintf("each of %d edges has %.2f", len(of), part), func() bool {
		for _, m := range of {
			if s := f.status(m); s.Fleet.Part < part-0.01 || s.Fleet.Part > part+0.01 {
				return false
			}
		}
		return true
	})
}

func waits(t *testing.T, what string, holds func() bool) time.Duration {
	t.Helper()
	began, tick := time.Now(), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if holds() {
			break
		}
		if time.Since(began) > 30*time.Second {
			t.Fatalf("waited in vain until %s", what)
		}
	}
	return time.Since(began)
}

var plainly = &http.Transport{MaxIdleConnsPerHost: 64}

// asks asks an edge for a page; a status of 0 is no answer.
func (m *member) asks(ctx context.Context, host, target, cookie string) (status int, body []byte, header http.Header) {
	r, _ := http.NewRequestWithContext(ctx, "GET", "http://"+m.at+target, nil)
	r.Host = host
	r.Header.Set("Accept", "text/html")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	a, err := plainly.RoundTrip(r)
	if err != nil {
		return 0, nil, nil
	}
	defer a.Body.Close()
	body, _ = io.ReadAll(a.Body)
	return a.StatusCode, body, a.Header
}

// bears is a backend that answers so many in a tenth of a second, and fails beyond it; with counts those that came with a pass.
func bears(t *testing.T, most int64, with *atomic.Int64) string {
	var tenth, n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/with-pass") {
			with.Add(1)
			return
		}
		if now := time.Now().UnixMilli() / 100; tenth.Swap(now) != now {
			n.Store(0)
		}
		if n.Add(1) > most {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

var tokenAsked = regexp.MustCompile(`name="token" value="([^"]+)"><input type="hidden" name="nonce"`)
var bitsAsked = regexp.MustCompile(`data-bits="(\d+)"`)
var answeredAt = regexp.MustCompile(`action="([^"]+)"`)

// solved is the way to answer what a page asks.
func solved(t *testing.T, page []byte) string {
	t.Helper()
	token, bits, path := tokenAsked.FindSubmatch(page), bitsAsked.FindSubmatch(page), answeredAt.FindSubmatch(page)
	if token == nil || bits == nil || path == nil {
		t.Fatalf("it asks for nothing: %.500s", page)
	}
	n, _ := strconv.Atoi(string(bits[1]))
	nonce, ok := challenge.Solve(string(token[1]), uint8(n), 1, 1<<28)
	if !ok {
		t.Fatal("it cannot be solved")
	}
	return string(path[1]) + "?token=" + string(token[1]) + "&nonce=" + nonce + "&to=/"
}

// Three edges are attacked, one is killed in the middle, a fourth one joins: the stage is the same at all that live, the neighbour answers, and whoever
// attacks gets no more through.
func TestOneOfThreeEdgesIsKilledInTheMiddleOfAnAttack(t *testing.T) {
	var with, none atomic.Int64
	calm := backend(t, "calm")
	documents := map[string]string{"blog.yaml": document("blog", calm.URL, "")}
	shops := []string{"shop", "shop-2", "shop-3"}
	for _, name := range shops {
		documents[name+".yaml"] = document(name, bears(t, 2, map[bool]*atomic.Int64{true: &with, false: &none}[name == "shop"]), "attack: {highest: cookie}\n")
	}
	_, sites := folder(t, documents)
	f := &troupe{t: t, sites: sites, seeds: []byte("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")}
	one := f.joins(nil)
	two, three := f.joins(one), f.joins(one)
	t.Log("three edges had a third each after", f.settles(1.0/3, one, two, three))

	ctx, end := context.WithCancel(t.Context())
	var load sync.WaitGroup
	defer load.Wait()
	defer end()
	attack := func(m *member) {
		for _, name := range shops {
			load.Go(func() {
				pace := time.NewTicker(20 * time.Millisecond)
				defer pace.Stop()
				for n := 0; ctx.Err() == nil; n++ {
					m.asks(ctx, name+".example", "/article/"+strconv.Itoa(n%50), "")
					<-pace.C
				}
			})
		}
	}
	var neighbour, failed atomic.Int64
	for _, m := range []*member{one, two} { // these live
		load.Go(func() {
			for ctx.Err() == nil {
				if code, _, _ := m.asks(ctx, "blog.example", "/", ""); ctx.Err() == nil {
					if neighbour.Add(1); code != 200 {
						failed.Add(1)
					}
				}
				select {
				case <-ctx.Done():
				case <-time.After(25 * time.Millisecond):
				}
			}
		})
	}
	for _, m := range f.all {
		attack(m)
	}
	at := func(m *member, stage string) bool {
		for _, s := range f.status(m).Standing {
			if s.Site == "shop" {
				return s.Stage == stage
			}
		}
		return false
	}
	t.Log("all three were at cookie after", waits(t, "all are at cookie", func() bool { return at(one, "cookie") && at(two, "cookie") && at(three, "cookie") }))
	var took []time.Duration
	for key, first := range one.log.all() {
		last := first
		whole := true
		for _, m := range []*member{two, three} {
			x, ok := m.log.all()[key]
			whole = whole && ok
			first, last = earlier(first, x), later(last, x)
		}
		if whole {
			took = append(took, last.Sub(first))
		}
	}
	slices.Sort(took)
	if len(took) == 0 {
		t.Fatal("no stage was reached by all three")
	}
	t.Logf("a stage of the first was all three's after %v in the median, %v at most, of %d", took[len(took)/2], took[len(took)-1], len(took))
	if took[len(took)-1] > time.Second {
		t.Errorf("a stage took %v to be all three's; expected at most 1s", took[len(took)-1])
	}

	_, page, _ := one.asks(ctx, "shop.example", "/", "")
	way := solved(t, page)
	_, _, header := one.asks(ctx, "shop.example", way, "")
	pass, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if pass == "" {
		t.Fatal("whoever solves gets no pass")
	}
	if code, _, _ := two.asks(ctx, "shop.example", "/with-pass/first", pass); code != 200 {
		t.Errorf("the pass of edge-1 is answered with %d at edge-2", code)
	}
	<-time.After(time.Second) // in which the others hear of it
	for _, m := range []*member{two, three} {
		if _, _, h := m.asks(ctx, "shop.example", way, ""); h.Get("Set-Cookie") != "" {
			t.Errorf("a token that was used at edge-1 gives a pass at %s", m.name)
		}
	}

	// A hundred machines share that pass, at all edges.
	hammer, still := context.WithCancel(ctx)
	defer still()
	use := func(m *member) {
		for range 4 {
			load.Go(func() {
				pace := time.NewTicker(25 * time.Millisecond)
				defer pace.Stop()
				for hammer.Err() == nil {
					m.asks(hammer, "shop.example", "/with-pass", pass)
					<-pace.C
				}
			})
		}
	}
	for _, m := range f.all {
		use(m)
	}
	through := func(lasts time.Duration) float64 {
		was, began := with.Load(), time.Now()
		<-time.After(lasts)
		return float64(with.Load()-was) / time.Since(began).Seconds()
	}
	hammered, had := time.Now(), with.Load()
	before := through(2 * time.Second)
	three.kill()
	took3 := f.settles(1.0/2, one, two)
	t.Log("the part of the one that was killed was the others' after", took3)
	if took3 > 4*time.Second { // 3 s, and what a shared machine stops for
		t.Errorf("its part was the others' after %v", took3)
	}
	after := through(2 * time.Second)
	if !at(one, "cookie") || !at(two, "cookie") {
		t.Error("the stage does not hold when one dies")
	}
	began := time.Now()
	four := f.joins(two)
	ready := time.Now()
	use(four)
	code, _, _ := four.asks(ctx, "shop.example", "/", "")
	joined := time.Now()
	t.Logf("a fourth edge took connections %v after its start, and answered its first visitor %d %v later", ready.Sub(began), code, joined.Sub(ready))
	if code != http.StatusTooManyRequests {
		t.Errorf("its first visitor was answered with %d; expected to be asked", code)
	}
	if !at(four, "cookie") {
		t.Error("a fourth edge is not at the stage of the others when it serves")
	}
	f.settles(1.0/3, one, two, four)
	then := through(2 * time.Second)
	t.Logf("with one pass %.1f requests a second went through at three edges, %.1f after one was killed, %.1f with a fourth", before, after, then)
	lasted := time.Since(hammered).Seconds()
	if n, most := float64(with.Load()-had), 1.25*gateway.PassBurst+1.1*gateway.PassRate*(lasted+float64(len(f.all))); n > most {
		t.Errorf("in %.1f s %.0f went through with one pass, the burst included; expected at most %.0f", lasted, n, most)
	} else {
		t.Logf("in %.1f s %.0f went through with one pass, the burst of %d included (the new edge's, too); the bound is %.0f", lasted, n, gateway.PassBurst, most)
	}
	end()
	load.Wait()
	if failed.Load() > 0 || neighbour.Load() < 50 {
		t.Errorf("the neighbour was answered otherwise than 200 %d times of %d", failed.Load(), neighbour.Load())
	}
	t.Logf("the neighbour was answered 200 %d times of %d", neighbour.Load()-failed.Load(), neighbour.Load())
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fleetFiles writes an authority and, for each name, a certificate and a key signed by it.
func fleetFiles(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	sign := func(x, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		x.SerialNumber, x.NotBefore, x.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		if parent == nil {
			parent, by = x, key
		}
		der, err := x509.CreateCertificate(rand.Reader, x, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
		name := filepath.Join(dir, x.Subject.CommonName)
		write(t, name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
		write(t, name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
		made, _ := x509.ParseCertificate(der)
		return made, key
	}
	ca, key := sign(&x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	for _, name := range names {
		sign(&x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, ca, key)
	}
	return dir
}

// Edges with certificates share what is done by hand, and say what is wrong: with a seed that is another one, and with an edge that went.
func TestAFleetByCertificatesSharesAndSaysWhatIsWrong(t *testing.T) {
	files := fleetFiles(t, "edge-1", "edge-2")
	b := backend(t, "b")
	documents := map[string]string{"shop.yaml": document("shop", b.URL, "")}
	member := func(name string, peers ...string) *running {
		dir, sites := folder(t, documents)
		return run(t, dir, sites, func(s *Settings) {
			s.Fleet.Name, s.Fleet.Listen, s.Fleet.Peers = name, "127.0.0.1:0", peers
			s.Fleet.Certificate, s.Fleet.Key, s.Fleet.Authority = filepath.Join(files, name+".pem"), filepath.Join(files, name+".key"), filepath.Join(files, "authority.pem")
			if err := s.check(); err != nil {
				t.Fatal(err)
			}
		})
	}
	one := member("edge-1")
	two := member("edge-2", one.link.Address())
	waits(t, "each has a half", func() bool { return one.fleetStatus().Part == 0.5 && two.fleetStatus().Part == 0.5 })
	two.log.waits(t, "another seed") // each has drawn its own
	if f := one.Status(false).Faults; len(f) != 1 || !strings.Contains(f[0], "copy the file seeds") {
		t.Errorf("faults: %q", f)
	}
	for i, x := range []*running{one, two, one, two} {
		other := []*running{two, one, two, one}[i]
		until := evenkeel.Moment(0)
		if i%2 == 0 {
			until = evenkeel.MomentOf(time.Now().Add(time.Hour))
		}
		if err := Stop(t.Context(), x.dir, Wish{Site: "shop", Until: until, Why: "a test"}); err != nil {
			t.Fatal(err)
		}
		took := waits(t, "it holds at the other", func() bool {
			code, _ := other.asks(t, "shop.example", "/")
			return (code == 200) == (until == 0)
		})
		t.Log("what was done by hand at one held at the other after", took)
		if took > time.Second {
			t.Errorf("it took %v", took)
		}
	}
	two.link.Close() // as when it is killed: it can say no goodbye
	waits(t, "it is missed", func() bool {
		return strings.Contains(strings.Join(one.Status(false).Faults, "\n"), "edge-2 is not heard")
	})
	if p := one.fleetStatus().Part; p != 0.5 {
		t.Errorf("one of two that hears nobody has %v; expected what it had: the other may live", p)
	}
	_ = two.stop() // it says so, where it has noticed by now

	two = member("edge-2", one.link.Address())
	waits(t, "each has a half again", func() bool { return one.fleetStatus().Part == 0.5 && two.fleetStatus().Part == 0.5 })
	if err := two.stop(); err != nil {
		t.Error(err)
	}
	took := waits(t, "the other has all", func() bool { return one.fleetStatus().Part == 1 })
	t.Log("the part of an edge that ended on purpose was the other's", took, "after it had ended")
	if took > share.Silence {
		t.Errorf("it took %v: that is how long one takes to be missed that says no goodbye", took)
	}
	waits(t, "nobody waits for it", func() bool { return len(one.Status(false).Faults) == 0 })
	one.log.waits(t, "said goodbye")
	for _, e := range one.fleetStatus().Edges {
		if e.Up || !e.Left {
			t.Errorf("%+v", e)
		}
	}
}

func TestALineSaysWhenMessagesAreLostAndWhenThatEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l losses
		now, count, told := time.Unix(1_800_000_000, 0), uint64(0), uint64(0)
		var last, lost time.Time
		open := false
		for range rapid.IntRange(1, 400).Draw(t, "seconds") {
			now = now.Add(time.Second)
			if rapid.IntRange(0, 30).Draw(t, "loses") == 0 {
				count, lost = count+uint64(rapid.IntRange(1, 9).Draw(t, "many")), now
			}
			n, what := l.see(count, now)
			if what == lossNone {
				if !open && count > told && now.Sub(last) >= lossQuiet || open && now.Sub(lost) >= lossQuiet && now.Sub(last) >= lossQuiet {
					t.Fatalf("at %v nothing is said of %d that are lost, %d of them told", now, count, told)
				}
				continue
			}
			told += n
			if now.Sub(last) < lossQuiet || (what == lossBegins) == open || told != count || what == lossEnds && now.Sub(lost) < lossQuiet {
				t.Fatalf("%v at %v, after a line at %v: %d of %d are told", what, now, last, told, count)
			}
			last, open = now, what == lossBegins
		}
	})
}

// Of messages for which there is no room the log has a line.
func TestAnEdgeWhoseMessagesAreLostSaysSo(t *testing.T) {
	b := backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "")})
	one := run(t, dir, sites, func(s *Settings) { s.Fleet.Name, s.Fleet.Listen = "edge-1", "127.0.0.1:0" })
	for one.link.Lost() == 0 {
		one.link.Say([]byte("faster than anybody takes it"))
	}
	one.log.waits(t, "are lost")
}

func TestSettingsOfAFleetThatCannotBeAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{name: Edge 1}":                                             "fleet.name",
		"{name: edge-1, weight: 0}":                                  "fleet.weight is 0; expected 1 to 1000",
		"{name: edge-1, listen: nowhere}":                            "address of an edge",
		`{name: edge-1, listen: "192.0.2.1:7425"}`:                   "without certificates",
		`{name: edge-1, certificate: a.pem, key: /k, authority: /a}`: "fleet.certificate is \"a.pem\"; expected a path from the root",
		`{name: edge-1, listen: "0.0.0.0:7425", certificate: /a.pem, key: /k, authority: /a}`: `write the address or name of this machine that they reach, such as address: "192.0.2.1:7425"`,
		`{name: edge-1, certificate: /a.pem}`:                                                 "fleet.key is \"\"",
		`{peer: []}`:                                                                          "peers",
	} {
		if _, err := Parse("gateway.yaml", []byte("fleet: "+text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; expected %q", text, err, want)
		}
	}
}

// While somebody reads the certificate again, from a disk that hangs say, everybody else takes the one before it.
func TestNobodyWaitsForACertificateThatIsReadAgain(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	p := &Process{o: Options{Now: func() time.Time { return at }}}
	before := &tls.Certificate{}
	x := &pair{p: p}
	x.last.Store(&pairRead{before, at.Add(-2 * pairFor)})
	x.mu.Lock() // somebody reads
	defer x.mu.Unlock()
	got := make(chan *tls.Certificate, 1)
	go func() {
		c, _ := x.now()
		got <- c
	}()
	select {
	case c := <-got:
		if c != before {
			t.Errorf("%p is given; expected the one before it", c)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("whoever connects waits for somebody else's files")
	}
}
