package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

func TestANameGetsItsCertificateWhenItIsFirstAskedFor(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example", "www.a.example"), with("elsewhere", nil, "elsewhere.example")))
	c := e.must("a.example")
	if err := c.VerifyHostname("a.example"); err != nil {
		t.Error(err)
	}
	if orders := e.orders.Load(); orders != 1 {
		t.Errorf("%d orders; expected 1", orders)
	}
	requests := e.requests.Load()
	if again := e.must("A.example"); !again.Equal(c) || e.requests.Load() != requests {
		t.Error("the second client costs a request, or gets another certificate")
	}
	for _, name := range []string{"elsewhere.example", "b.example", "deep.a.example", "example", "192.0.2.1", ""} {
		if _, err := e.shake(name); err == nil {
			t.Errorf("%q is shaken hands with", name)
		}
	}
	if n := e.requests.Load() - requests; n != 0 {
		t.Errorf("%d requests for names that nobody has; expected none", n)
	}
	for _, state := range e.store.States() { // of the site that ends TLS elsewhere there is none
		if want := state.Names[0] == "a.example"; state.Source != ACME || state.Wrong != "" || state.Until.IsZero() == want {
			t.Errorf("%+v", state)
		}
	}
}

func TestAnAuthorityMayValidateThroughTheDoorItself(t *testing.T) {
	e := atEdge(t, func(e *edge) { e.http, e.tls = false, true })
	e.store.Follow(directory(t, byACME("a", "a.example")))
	c := e.must("a.example")
	if again := e.must("a.example"); !again.Equal(c) || e.orders.Load() != 1 {
		t.Errorf("another certificate is served, after %d orders", e.orders.Load())
	}
}

func TestThoseThatAskTogetherCostOneOrder(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example")))
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			if _, err := e.shake("a.example"); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	if n := e.orders.Load(); n != 1 {
		t.Errorf("%d orders; expected 1", n)
	}
}

func TestAnEdgeThatStartsAgainAsksNothing(t *testing.T) {
	e := atEdge(t, nil)
	d := directory(t, byACME("a", "a.example", "b.example"))
	e.store.Follow(d)
	a, b := e.must("a.example"), e.must("b.example")
	e.stop()
	requests := e.requests.Load()

	e.store = e.begin("")
	e.store.Follow(d)
	if c := e.must("a.example"); !c.Equal(a) {
		t.Error("another certificate is served")
	}
	e.store.Refresh(e.now())
	if c, err := e.store.Certificate(&tls.ClientHelloInfo{ServerName: "b.example"}); err != nil || !c.Leaf.Equal(b) {
		t.Errorf("%v; expected that what is stored is in memory before a client comes", err)
	}
	if n := e.requests.Load() - requests; n != 0 {
		t.Errorf("%d requests; expected none", n)
	}
}

func TestWhatIsBrokenInTheStorageIsAskedForAnew(t *testing.T) {
	e := atEdge(t, nil)
	d := directory(t, byACME("a", "a.example", "b.example", "c.example"))
	e.store.Follow(d)
	e.together("a.example", "b.example", "c.example")
	e.stop()
	for name, ending := range map[string]string{"a.example": ".crt", "b.example": ".key", "c.example": ".json"} {
		files, err := filepath.Glob(filepath.Join(e.storage, "certificates", "*", name, name+ending))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if err := os.Truncate(files[0], 10); err != nil {
			t.Fatal(err)
		}
	}
	orders := e.orders.Load()
	e.store = e.begin("")
	e.store.Follow(d)
	e.together("a.example", "b.example", "c.example")
	if n := e.orders.Load() - orders; n != 2 {
		t.Errorf("%d orders; expected 2: what is in the third is of no use to a client", n)
	}
}

func TestAnAuthorityMayWantAnAccountThatItKnows(t *testing.T) {
	e := atEdge(t, func(e *edge) { e.eab = true })
	e.store.Follow(directory(t, byACME("a", "a.example")))
	e.must("a.example")
}

// idle waits until nothing is due or asked for.
func (e *edge) idle() {
	d := e.store.demand
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		var busy *run
		d.mu.Lock()
		due := len(d.due)
		for _, n := range d.names {
			if n.running != nil {
				busy = n.running
			}
		}
		d.mu.Unlock()
		if busy != nil {
			<-busy.done
		} else if due == 0 {
			return
		}
	}
	e.Fatal("something is due, and nobody does it")
}

func TestACertificateIsRenewedBeforeItEnds(t *testing.T) {
	e := atEdge(t, func(e *edge) { e.lasts = time.Hour })
	e.store.Follow(directory(t, byACME("a", "a.example")))
	first := e.must("a.example")
	e.clock.Store(int64(35 * time.Minute))
	e.store.Refresh(e.now())
	e.idle()
	if c := e.must("a.example"); !c.Equal(first) {
		t.Error("it is renewed with more than a third of its life left")
	}
	e.clock.Store(int64(45 * time.Minute))
	e.store.Refresh(e.now())
	e.idle()
	second := e.must("a.example")
	if second.Equal(first) || e.orders.Load() != 2 {
		t.Errorf("it is not renewed; %d orders\n%s", e.orders.Load(), e.said)
	}

	e.authority.refuse.Store(true)
	e.clock.Store(int64(47 * time.Minute))
	e.store.Refresh(e.now())
	e.idle()
	if c := e.must("a.example"); !c.Equal(second) {
		t.Error("what is in force is gone, because the authority is")
	}
	if says := wrong(e.store, "a"); !strings.Contains(says, "it is asked for again at") {
		t.Errorf("it is said: %q", says)
	}
	requests := e.requests.Load()
	e.store.Refresh(e.now())
	e.idle()
	if e.requests.Load() != requests {
		t.Error("the authority is asked again at once")
	}
	e.authority.refuse.Store(false)
	e.clock.Store(int64(49 * time.Minute))
	e.store.Refresh(e.now())
	e.idle()
	if c := e.must("a.example"); c.Equal(second) || wrong(e.store, "a") != "" {
		t.Errorf("it is not renewed when the authority is back: %s", wrong(e.store, "a"))
	}
}

func TestRenewalsHaveABudgetOfTheirOwn(t *testing.T) {
	e := atEdge(t, func(e *edge) { e.lasts, e.limits = time.Hour, Limits{Renew: 2, All: 4} })
	e.store.Follow(directory(t, byACME("a", "a.example", "b.example", "c.example", "d.example")))
	e.together("a.example", "b.example", "c.example")
	orders := e.orders.Load()
	e.clock.Store(int64(45 * time.Minute))
	for range 5 {
		e.store.Refresh(e.now())
		e.idle()
	}
	if n := e.orders.Load() - orders; n != 2 {
		t.Errorf("%d renewals; expected 2", n)
	}
	e.must("d.example") // which renewals do not take from
	e.clock.Store(int64(76 * time.Minute))
	e.store.Refresh(e.now())
	e.idle()
	if n := e.orders.Load() - orders; n < 4 {
		t.Errorf("%d orders; expected that the third is renewed once the budget filled again", n)
	}
}

func TestAnOperatorSeesWhatIsNotRenewed(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example")))
	f := &folder{TB: t}
	for lasts, want := range map[time.Duration]string{year: "", time.Hour: "it should have been renewed, and ends at", -time.Hour: "it ended at"} {
		p, err := decode(f.make(newKey(t), start.Add(lasts), "a.example"))
		if err != nil {
			t.Fatal(err)
		}
		e.clock.Store(int64(time.Until(start)))
		e.store.demand.issued.put("a.example", p)
		if says := wrong(e.store, "a"); (says == "") != (want == "") || !strings.Contains(says, want) {
			t.Errorf("of one that ends in %s it is said: %q; expected %q", lasts, says, want)
		}
	}
}

func TestAFailedValidationIsNotTriedAgainAtOnce(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example")))
	e.mute.Store(true)
	if _, err := e.shake("a.example"); err == nil {
		t.Fatal("a certificate without validation")
	}
	requests := e.requests.Load()
	for range 50 {
		if _, err := e.store.Certificate(hello("a.example", "192.0.2.1")); !errors.Is(err, ErrLater) {
			t.Fatal(err)
		}
	}
	if n := e.requests.Load() - requests; n != 0 {
		t.Errorf("%d requests within the pause; expected none", n)
	}
	if says := wrong(e.store, "a"); !strings.Contains(says, "the authority says") {
		t.Errorf("it is said: %q", says)
	}
	e.mute.Store(false)
	e.clock.Store(int64(firstRefused))
	e.must("a.example")
}

// from is a connection of which only the other end is known.
type from struct {
	net.Conn
	at net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.at }

func hello(name, client string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{ServerName: name, Conn: from{at: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(client), 40000))}}
}

func TestAFloodOfNamesBurnsAtMostItsBudget(t *testing.T) {
	e := atEdge(t, func(e *edge) { e.limits = Limits{Client: 2, Site: 2, All: 5} })
	var sites []site.Site
	for i := range 10 {
		of := make([]string, 100)
		for j := range of {
			of[j] = fmt.Sprintf("n%d.s%d.example", j, i)
		}
		sites = append(sites, byACME(fmt.Sprintf("s%d", i), of...))
	}
	f := &folder{TB: t, dir: t.TempDir()}
	sites = append(sites, with("wild", []site.KeyPair{f.put("wild", year, "*.wild.example")}, "*.wild.example"))
	e.store.Follow(directory(t, sites...))

	flood := func(clients func(i int) string, of func(i int) string) (got int) {
		for i := range 1000 {
			if _, err := e.store.Certificate(hello(of(i), clients(i))); err == nil {
				got++
			} else if !errors.Is(err, ErrLater) && !errors.Is(err, ErrNone) {
				t.Fatal(err)
			}
		}
		return got
	}
	known := func(i int) string { return fmt.Sprintf("n%d.s%d.example", i%100, i/100) }
	one := func(i int) string { return fmt.Sprintf("198.51.100.%d", i%256) }
	many := func(i int) string { return fmt.Sprintf("10.%d.%d.1", i/256, i%256) }

	if flood(many, func(i int) string { return fmt.Sprintf("x%d.wild.example", i) }) != 1000 || e.requests.Load() != 0 {
		t.Errorf("names under a wildcard from files cost %d requests; expected none", e.requests.Load())
	}
	if flood(many, func(i int) string { return fmt.Sprintf("x%d.s1.example", i) }) != 0 || e.requests.Load() != 0 {
		t.Errorf("names that no site has cost %d requests; expected none", e.requests.Load())
	}
	if got := flood(one, known); got != 2 || e.orders.Load() != 2 {
		t.Errorf("one network gets %d certificates by %d orders; expected 2", got, e.orders.Load())
	}
	if got := flood(many, func(i int) string { return fmt.Sprintf("n%d.s1.example", i%100) }); e.orders.Load() != 2+2 {
		t.Errorf("%d are answered, and a site costs %d orders; expected 2", got, e.orders.Load()-2)
	}
	flood(many, known)
	if n := e.orders.Load(); n != 5 {
		t.Errorf("%d orders in all; expected 5", n)
	}
	if n := len(e.store.demand.budgets.clients); n > 5 {
		t.Errorf("%d buckets of clients; expected one for each order at most", n)
	}
	e.clock.Store(int64(time.Hour))
	if _, err := e.store.Certificate(hello("n99.s9.example", "203.0.113.1")); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestASiteThatIssuesHasNoWildcard(t *testing.T) {
	wild := byACME("a", "*.a.example")
	if err := wild.Check(); err == nil {
		t.Error("a site with a wildcard may have certificates by ACME: each name under it would be asked for")
	}
}

func TestWhoeverWaitsForACertificateIsBoundedAndHoldsUpNobody(t *testing.T) {
	f := &folder{TB: t, dir: t.TempDir()}
	reached := make(chan struct{}, 1)
	let := make(chan struct{})
	slow := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case reached <- struct{}{}:
		default:
		}
		<-let
	}))
	defer slow.Close()
	defer close(let)
	trusts := x509.NewCertPool()
	trusts.AddCert(slow.Certificate())
	s, err := New(Config{
		Clock:     time.Now,
		Authority: &Authority{Directory: slow.URL, Roots: trusts, Storage: f.dir, Host: "127.0.0.1", HTTPPort: 1},
		Limits:    Limits{Wait: time.Hour, Waiting: 8, Orders: 2, Queue: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.demand.close()
	s.Follow(directory(t, byACME("a", "a.example"), byACME("b", "b.example"), with("c", []site.KeyPair{f.put("c", year, "c.example")}, "c.example")))
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer s.demand.cancel()
	var busy atomic.Int64
	turned := make(chan struct{}, 100)
	for range 20 {
		waiting.Go(func() {
			if _, err := s.Certificate(hello("a.example", "192.0.2.1")); errors.Is(err, ErrBusy) {
				busy.Add(1)
				turned <- struct{}{}
			}
		})
	}
	<-reached
	for range 18 { // two of a site wait
		select {
		case <-turned:
		case <-time.After(20 * time.Second):
			t.Fatal("more than two of a site wait")
		}
	}
	if c, err := s.Certificate(hello("c.example", "192.0.2.1")); err != nil || c == nil {
		t.Errorf("a name whose certificate is there has to wait: %v", err)
	}
	s.demand.mu.Lock()
	if s.demand.waiting != 2 || s.demand.waits["a"] != 2 {
		t.Errorf("%d wait, %d of them for the site; expected 2", s.demand.waiting, s.demand.waits["a"])
	}
	s.demand.limits.Wait = time.Nanosecond
	s.demand.mu.Unlock()
	if _, err := s.Certificate(hello("b.example", "192.0.2.1")); !errors.Is(err, ErrLater) {
		t.Errorf("%v; expected that a handshake ends when its time is over, and another site has its own share", err)
	}
}

func TestStorageThatCannotBeWrittenToStopsNothingButNewCertificates(t *testing.T) {
	for _, kind := range []string{"it is no folder", "it is read-only", "it is full"} {
		t.Run(kind, func(t *testing.T) {
			e := atEdge(t, nil)
			spoil, mend := spoiler(t, kind, e.storage)
			e.store.Follow(directory(t, byACME("a", "a.example", "b.example")))
			first := e.must("a.example")
			requests := e.requests.Load()

			spoil()
			e.store.Refresh(e.now())
			if c := e.must("a.example"); !c.Equal(first) {
				t.Error("what is in memory is not served")
			}
			if _, err := e.store.Certificate(hello("b.example", "192.0.2.1")); !errors.Is(err, ErrLater) || !strings.Contains(err.Error(), "cannot be written to") {
				t.Errorf("%v; expected that the storage is named", err)
			}
			e.clock.Store(int64(20 * time.Hour)) // it would be renewed
			e.store.Refresh(e.now())
			e.store.Refresh(e.now())
			if n := e.requests.Load() - requests; n != 0 {
				t.Errorf("%d requests for what could not be kept; expected none", n)
			}
			if says := wrong(e.store, ""); !strings.Contains(says, "cannot be written to") || !strings.Contains(says, "nothing new is asked for") {
				t.Errorf("an operator reads: %q", says)
			}
			if n := strings.Count(e.said.String(), "no certificates are asked for"); n != 1 {
				t.Errorf("it is logged %d times; expected once\n%s", n, e.said)
			}

			mend()
			e.store.Refresh(e.now())
			e.together("b.example")
			e.idle()
			if c := e.must("a.example"); c.Equal(first) || wrong(e.store, "") != "" {
				t.Errorf("it is not renewed once the storage is mended: %s", wrong(e.store, ""))
			}
		})
	}
}

// spoiler makes a folder one that nothing can be written to, and a folder again.
func spoiler(t *testing.T, kind, dir string) (spoil, mend func()) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if kind == "it is no folder" {
		return func() {
				must(os.Rename(dir, dir+".away"))
				must(os.WriteFile(dir, nil, 0o600))
			}, func() {
				must(os.Remove(dir))
				must(os.Rename(dir+".away", dir))
			}
	}
	if os.Getuid() != 0 {
		t.Skipf("mounting a file system needs root; the user is %d", os.Getuid())
	}
	must(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"))
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if kind == "it is read-only" {
		return func() { must(syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=256k")) },
			func() { must(syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=256k")) }
	}
	file := filepath.Join(dir, "filled")
	return func() {
		if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%v; expected that it is full", err)
		}
	}, func() { must(os.Remove(file)) }
}

func TestACertificateThatCannotBeKeptIsServedFromMemory(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example")))
	e.store.Refresh(e.now())
	broken := make(chan error, 1)
	e.validates = func() { // after the storage was tried, and before what is issued is kept
		broken <- os.WriteFile(filepath.Join(e.storage, "certificates"), nil, 0o600)
	}
	e.must("a.example")
	if err := <-broken; err != nil {
		t.Fatal(err)
	}
	if says := wrong(e.store, "a"); !strings.Contains(says, "held in memory alone") {
		t.Errorf("an operator reads: %q", says)
	}
	e.must("a.example")
	if n := e.orders.Load(); n != 1 {
		t.Errorf("%d orders; expected 1", n)
	}
}

func TestNamesThatASiteLosesAreForgotten(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example", "b.example")))
	e.must("a.example")
	e.store.Follow(directory(t, byACME("a", "b.example")))
	if _, err := e.store.Certificate(hello("a.example", "192.0.2.1")); !errors.Is(err, ErrNone) {
		t.Errorf("%v; expected none for a name that is gone", err)
	}
	e.store.Refresh(e.now())
	if e.store.demand.issued.of("a.example") != nil || len(e.store.demand.names) != 1 {
		t.Errorf("%d names are remembered; expected 1", len(e.store.demand.names))
	}
}

func TestChallengesOfOthersAreNotAnswered(t *testing.T) {
	e := atEdge(t, func(e *edge) { e.tls = true })
	e.store.Follow(directory(t, byACME("a", "a.example"), with("b", nil, "b.example")))
	for _, host := range []string{"a.example", "b.example", "c.example", "192.0.2.1", ""} {
		r := httptest.NewRequest(http.MethodGet, "http://a.example/.well-known/acme-challenge/ZZZZ", nil)
		r.Host = host
		w := httptest.NewRecorder()
		e.store.HTTP().ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%q is answered with %d: %s", host, w.Code, w.Body)
		}
		h := hello(host, "192.0.2.1")
		h.SupportedProtos = []string{"acme-tls/1"}
		if c, err := e.store.Certificate(h); err == nil {
			t.Errorf("%q gets %v for a challenge that nobody set", host, c)
		}
	}
	if n := e.requests.Load(); n != 0 {
		t.Errorf("%d requests; expected none", n)
	}
}

func TestAStoreSaysWhatItLacks(t *testing.T) {
	whole := Authority{Directory: "https://ca.example/directory", Storage: t.TempDir(), HTTPPort: 80}
	for says, change := range map[string]func(*Authority){
		"expected the URL of an ACME directory": func(a *Authority) { a.Directory = "http://ca.example" },
		"expected a folder":                     func(a *Authority) { a.Storage = "" },
		"expected one of both at least":         func(a *Authority) { a.HTTPPort = 0 },
		"half an external account":              func(a *Authority) { a.EAB.Key = "x" },
	} {
		a := whole
		change(&a)
		if _, err := New(Config{Clock: time.Now, Authority: &a}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; expected: %s", err, says)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a store without a clock is opened")
	}
}
