package upstream_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// named answers what its name is.
func named(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, name) }
}

func TestWhatNobodyTookIsSentToAnotherWithItsBody(t *testing.T) {
	back := serving(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	s := siteOf(nobody(t), back.URL)
	s.Health.Fall = 10 // so that both are asked each time
	f := frontOf(t, poolOf(t, s, upstream.Options{}))
	for i := range 6 {
		res, err := http.Post(f.URL, "text/plain", strings.NewReader("the whole body"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || string(b) != "the whole body" {
			t.Fatalf("request %d: %d %q, %v", i, res.StatusCode, b, err)
		}
	}
}

// breaking reads a request, body and all, counts it and ends the connection.
func breaking(count *atomic.Int32) func(net.Conn) {
	return func(c net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		io.Copy(io.Discard, req.Body)
		count.Add(1)
	}
}

func TestOnlyWhatIsSafeIsSentAgain(t *testing.T) {
	for _, c := range []struct {
		method, body string
		tries        int32
	}{
		{"GET", "", 2}, {"HEAD", "", 2}, {"DELETE", "", 2}, {"OPTIONS", "", 2},
		{"POST", "", 1}, {"PATCH", "", 1}, {"PROPFIND", "", 1}, {"POST", "x", 1}, {"PUT", "x", 1},
	} {
		t.Run(c.method+" "+c.body, func(t *testing.T) {
			var count atomic.Int32
			p := poolOf(t, siteOf(raw(t, breaking(&count)), raw(t, breaking(&count))), upstream.Options{})
			f := frontOf(t, p)
			var body io.Reader
			if c.body != "" {
				body = strings.NewReader(c.body)
			}
			req, _ := http.NewRequest(c.method, f.URL, body)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if e := f.failed(t); res.StatusCode != 502 || e.Reason != upstream.Failed || e.Cause != upstream.Broke || count.Load() != c.tries {
				t.Errorf("%d, %v; the backends got %d, expected %d", res.StatusCode, e, count.Load(), c.tries)
			}
		})
	}
}

func TestWhatCanBeHadOnceMoreIsSentAgainAndWhatWasWrittenToIsNot(t *testing.T) {
	var count atomic.Int32
	back := serving(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	p := poolOf(t, siteOf(raw(t, breaking(&count)), back.URL), upstream.Options{})
	{
		req := httptest.NewRequest(http.MethodPut, "/", strings.NewReader("again"))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("again")), nil }
		w := httptest.NewRecorder()
		if err := p.Serve(w, req); err != nil || w.Body.String() != "again" {
			t.Errorf("%q, %v", w.Body, err)
		}
	}
	if count.Load() != 1 {
		t.Errorf("%d met the one that breaks; expected 1", count.Load())
	}

	count.Store(0)
	hinting := func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			count.Add(1)
			fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
		}
	}
	f := frontOf(t, poolOf(t, siteOf(raw(t, hinting), raw(t, hinting)), upstream.Options{}))
	get(t, f.URL)
	if f.failed(t); count.Load() != 1 {
		t.Errorf("after a hint was written the request was sent %d times", count.Load())
	}
}

func TestWhatIsSentAgainIsATenthAtMost(t *testing.T) {
	var count atomic.Int32
	s := siteOf(raw(t, breaking(&count)), raw(t, breaking(&count)))
	f := frontOf(t, poolOf(t, s, upstream.Options{}))
	const n = 100
	for range n {
		get(t, f.URL)
		f.failed(t)
	}
	if got := count.Load(); got > n+10+n/10 || got < n+10 {
		t.Errorf("%d requests were sent for %d; expected a tenth more, and ten", got, n)
	}
}

func TestChecksTakeABackendAwayAndBringItBack(t *testing.T) {
	var status atomic.Int32
	status.Store(200)
	back := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "shop.example.org" || r.URL.Path != "/healthz" {
			t.Errorf("asked for %s %s", r.Host, r.URL)
		}
		w.WriteHeader(int(status.Load()))
	})
	s := siteOf(back.URL)
	s.Backends[0].Check = "/healthz"
	c := newClock()
	var told []upstream.State
	p := poolOf(t, s, upstream.Options{Now: c.now, Changed: func(s upstream.State) { told = append(told, s) }})
	for i, step := range []struct {
		status int32
		is     upstream.Health
	}{
		{200, upstream.Up}, {500, upstream.Up}, {500, upstream.Up}, {200, upstream.Up}, // two bad ones are no three in a row
		{500, upstream.Up}, {404, upstream.Up}, {503, upstream.Down}, {500, upstream.Down},
		{200, upstream.Down}, {503, upstream.Down}, {399, upstream.Down}, {204, upstream.Up},
	} {
		c.pass(10 * time.Second)
		status.Store(step.status)
		p.CheckAll(t.Context())
		if got := p.State().Backends[0]; got.Health != step.is {
			t.Fatalf("after check %d (%d) it is %s, expected %s", i, step.status, got.Health, step.is)
		}
	}
	if len(told) != 2 || !told[0].Dead || told[0].Backends[0].Why() != "it answered its health check with 503" || told[1].Dead || told[1].Backends[0].Why() != "" {
		t.Errorf("told %+v", told)
	}
}

func TestOneThatWasNeverWellIsDownAfterOneCheck(t *testing.T) {
	c := newClock()
	p := poolOf(t, siteOf(nobody(t)), upstream.Options{Now: c.now})
	p.CheckAll(t.Context())
	if s := p.State(); !s.Dead || s.Since != c.now() || s.Backends[0].Why() != "it took no connection" ||
		s.Words() != "0 of 1 servers answer; server 1 is down since "+c.now().Time().Format("2006-01-02 15:04:05 UTC")+": it took no connection." {
		t.Errorf("%+v: %s", s, s.Words())
	}
}

func TestWhenAllAreDeadTheGatewayIsToldBeforeAnythingIsWritten(t *testing.T) {
	p := poolOf(t, siteOf(nobody(t), nobody(t)), upstream.Options{})
	p.CheckAll(t.Context())
	f := frontOf(t, p)
	status, body := get(t, f.URL)
	if e := f.failed(t); e.Reason != upstream.Dead || e.Tried != 0 || status != 503 || body != "no backend is well\n" {
		t.Errorf("%d %q, %v", status, body, e)
	}
}

func TestOneWhoseRequestsFailRestsAndIsTriedWhenNoOtherIsLeft(t *testing.T) {
	good := serving(t, named("good"))
	bad := nobody(t)
	c := newClock()
	s := siteOf(bad, good.URL)
	p := poolOf(t, s, upstream.Options{Now: c.now})
	f := frontOf(t, p)
	for range 10 {
		if status, body := get(t, f.URL); status != 200 || body != "good" {
			t.Fatalf("%d %s", status, body)
		}
	}
	st := p.State()
	if b := st.Backends[0]; b.Health != upstream.Resting || b.Why() != "it took no connection" || st.Dead {
		t.Fatalf("it is %+v", st)
	}
	// Its rest ends, it is tried and rests longer.
	first := c.now()
	c.pass(s.Health.Interval)
	for range 10 {
		get(t, f.URL)
	}
	if b := p.State().Backends[0]; b.Health != upstream.Resting || b.Since != first {
		t.Errorf("after its rest it is %+v", b)
	}
	// The other goes too: the one that rests is tried all the same, and says so itself.
	good.Close()
	for range 4 {
		get(t, f.URL)
		if e := f.failed(t); e.Reason != upstream.Failed || e.Tried == 0 {
			t.Errorf("says %v", e)
		}
	}
	if p.State().Dead {
		t.Error("requests alone made it dead")
	}
}

func TestOneThatComesBackIsUpWithItsFirstAnswer(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	back := raw(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil && !broken.Load() {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	c := newClock()
	s := siteOf(back)
	s.Retries = 0
	p := poolOf(t, s, upstream.Options{Now: c.now})
	f := frontOf(t, p)
	for range 3 {
		get(t, f.URL)
	}
	if b := p.State().Backends[0]; b.Health != upstream.Resting {
		t.Fatalf("it is %+v", b)
	}
	c.pass(-time.Hour) // a clock that goes back does not make it rest longer
	broken.Store(false)
	if status, _ := get(t, f.URL); status != 200 || p.State().Backends[0].Health != upstream.Up {
		t.Errorf("%d, %+v", status, p.State())
	}
}

func TestVisitorsWhoLeaveNeverSpeakAgainstABackend(t *testing.T) {
	back := serving(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	p := poolOf(t, siteOf(back.URL), upstream.Options{})
	f := frontOf(t, p)
	for range 6 {
		c, _ := dial(t, f)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: shop.example.org\r\nContent-Length: 100\r\n\r\nhalf")
		c.Close()
		if e := f.failed(t); e.Reason != upstream.Gone {
			t.Fatalf("says %v", e)
		}
	}
	for range 6 { // a chunk that is none
		c, _ := dial(t, f)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: shop.example.org\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
		if e := f.failed(t); e.Reason != upstream.Gone {
			t.Fatalf("says %v", e)
		}
	}
	if b := p.State().Backends[0]; b.Health != upstream.Up {
		t.Errorf("it is %+v", b)
	}
}

func TestRequestsGoWhereLeastIsInFlightByWeight(t *testing.T) {
	var counts [2]atomic.Int32
	hold := make(chan bool)
	backs := [2]string{}
	for i := range backs {
		backs[i] = serving(t, func(w http.ResponseWriter, r *http.Request) { counts[i].Add(1); <-hold }).URL
	}
	s := siteOf(backs[:]...)
	s.Backends[0].Weight = 2
	s.Connections = 9
	p := poolOf(t, s, upstream.Options{})
	f := frontOf(t, p)
	done := make(chan int, 9)
	for i := range 9 {
		go func() {
			res, err := http.Get(f.URL)
			if err != nil {
				done <- 0
				return
			}
			res.Body.Close()
			done <- res.StatusCode
		}()
		until(t, "the request is there", func() bool { return int(counts[0].Load()+counts[1].Load()) == i+1 })
	}
	if a, b := counts[0].Load(), counts[1].Load(); a != 6 || b != 3 {
		t.Errorf("%d and %d; expected 6 and 3", a, b)
	}
	if status, _ := get(t, f.URL); status != 503 {
		t.Errorf("one more than may be in flight: %d", status)
	}
	if e := f.failed(t); e.Reason != upstream.Full {
		t.Errorf("says %v", e)
	}
	close(hold)
	for range 9 {
		if status := <-done; status != 200 {
			t.Errorf("%d", status)
		}
	}
	for range 30 { // one after another, by weight too
		get(t, f.URL)
	}
	if a, b := counts[0].Load(), counts[1].Load(); a != 26 || b != 13 {
		t.Errorf("%d and %d; expected 26 and 13", a, b)
	}
}

func TestPoolsAreCheckedUntilTheEndAndKeepWhatTheyKnow(t *testing.T) {
	var status atomic.Int32
	status.Store(500)
	back := serving(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(int(status.Load())) })
	s := siteOf(back.URL)
	s.Backends[0].Check, s.Health.Interval, s.Health.Timeout, s.Health.Rise = "/", time.Second, time.Second, 1
	told := make(chan upstream.State, 10)
	pools := upstream.NewPools(upstream.Options{Now: real, Changed: func(s upstream.State) { told <- s }})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- pools.Run(ctx) }()
	d, err := new(site.Directory).With([]site.Site{s}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pools.Follow(d)
	next := func() upstream.State {
		select {
		case s := <-told:
			return s
		case <-time.After(patience):
			t.Fatal("nothing changed")
		}
		return upstream.State{}
	}
	if s := next(); !s.Dead || s.Site != "shop" {
		t.Errorf("told %+v", s)
	}
	// The site changes in something else: its backends are as they were.
	s.Retries, s.Backends[0].Weight = 3, 7
	if d, err = d.With([]site.Site{s}, nil); err != nil {
		t.Fatal(err)
	}
	old, _ := d.Site("shop")
	pools.Follow(d)
	if p := pools.Of(old); p == nil || !p.State().Dead {
		t.Error("a change of the site made its backends well")
	}
	if n := testing.AllocsPerRun(100, func() { pools.Of(old) }); n != 0 {
		t.Errorf("finding a pool takes %v allocations", n)
	}
	if len(pools.States()) != 1 {
		t.Errorf("%v are not well", pools.States())
	}
	status.Store(200)
	if s := next(); s.Dead || len(pools.States()) != 0 {
		t.Errorf("told %+v", s)
	}
	if d, err = d.With(nil, []site.ID{"shop"}); err != nil {
		t.Fatal(err)
	}
	pools.Follow(d)
	if pools.Of(old) != nil {
		t.Error("a site that went has a pool")
	}
	if err := pools.Run(ctx); err == nil {
		t.Error("two check at once")
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it goes on")
	}
}

func TestBackendsAreReachedOverTLSAndHTTP2AndOnlyWhereTheyMay(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	over := httptest.NewUnstartedServer(echo)
	over.Config.ErrorLog = log.New(io.Discard, "", 0)
	over.EnableHTTP2 = true
	over.StartTLS()
	t.Cleanup(over.Close)
	clear := httptest.NewUnstartedServer(echo)
	clear.Config.Protocols = new(http.Protocols)
	clear.Config.Protocols.SetUnencryptedHTTP2(true)
	clear.Start()
	t.Cleanup(clear.Close)
	plain := serving(t, echo)
	roots := x509.NewCertPool()
	roots.AddCert(over.Certificate())
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for name, c := range map[string]struct {
		url   string
		http2 bool
		opt   upstream.Options
		body  string
		cause upstream.Cause
	}{
		"TLS":                    {over.URL, false, upstream.Options{RootCAs: roots}, "HTTP/1.1", 0},
		"HTTP/2":                 {over.URL, true, upstream.Options{RootCAs: roots}, "HTTP/2.0", 0},
		"h2c":                    {clear.URL, true, upstream.Options{}, "HTTP/2.0", 0},
		"a stranger's":           {over.URL, false, upstream.Options{RootCAs: x509.NewCertPool()}, "", upstream.Untrusted},
		"no TLS":                 {strings.Replace(plain.URL, "http:", "https:", 1), false, upstream.Options{RootCAs: roots}, "", upstream.Untrusted},
		"the operator's":         {clear.URL, true, upstream.Options{Forbidden: loopback}, "", upstream.Forbidden},
		"the operator's by name": {strings.Replace(clear.URL, "127.0.0.1", "localhost", 1), true, upstream.Options{Forbidden: loopback}, "", upstream.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			s := siteOf(c.url)
			s.Backends[0].HTTP2 = c.http2
			p := poolOf(t, s, c.opt)
			f := frontOf(t, p)
			_, body := get(t, f.URL)
			if c.cause == 0 {
				if body != c.body {
					t.Errorf("answered %q, expected %q", body, c.body)
				}
			} else if e := f.failed(t); e.Cause != c.cause {
				t.Errorf("says %v, expected %v", e, c.cause)
			}
			for _, path := range []string{"", "/healthz"} {
				s.Backends[0].Check = path
				p := poolOf(t, s, c.opt)
				p.CheckAll(t.Context())
				if got := p.State().Backends[0]; got.Cause != c.cause {
					t.Errorf("a check of %q says %v, expected %v", path, got.Cause, c.cause)
				}
			}
		})
	}
}
