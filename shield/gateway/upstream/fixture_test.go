package upstream_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// patience is how long a test waits for what shall come about.
const patience = 30 * time.Second

// clock is a time that a test moves, beginning now.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.at.Store(time.Now().UnixNano())
	return c
}

func (c *clock) now() evenkeel.Moment { return evenkeel.Moment(c.at.Load()) }

func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

func real() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }

// siteOf is a site with these backends.
func siteOf(addresses ...string) site.Site {
	s := site.Default()
	s.ID, s.Tenant, s.Asset, s.Names = "shop", "t", "d", []string{"shop.example.org"}
	for _, a := range addresses {
		s.Backends = append(s.Backends, site.Backend{Address: strings.TrimPrefix(strings.TrimPrefix(a, "http://"), "https://"), Secure: strings.HasPrefix(a, "https://"), Weight: 1})
	}
	return s
}

func poolOf(t testing.TB, s site.Site, opt upstream.Options) *upstream.Pool {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if opt.Now == nil {
		opt.Now = real
	}
	return upstream.New(&s, &opt)
}

// front serves a pool, and keeps the errors.
type front struct {
	*httptest.Server
	errs chan *upstream.Error
}

func frontOf(t testing.TB, p *upstream.Pool) *front {
	f := &front{errs: make(chan *upstream.Error, 100)}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e, ok := errors.AsType[*upstream.Error](p.Serve(w, r)); ok {
			f.errs <- e
			http.Error(w, e.Reason.String(), e.Status())
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *front) failed(t *testing.T) *upstream.Error {
	t.Helper()
	select {
	case e := <-f.errs:
		return e
	case <-time.After(patience):
		t.Fatal("nothing failed")
		return nil
	}
}

// serving is a backend made of a handler.
func serving(t testing.TB, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// raw is a backend that does with each connection what a test says.
func raw(t testing.TB, serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	open := map[net.Conn]bool{}
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			wg.Go(func() {
				serve(c)
				c.Close()
				mu.Lock()
				delete(open, c)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// nobody is an address at which nothing listens.
func nobody(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until waits for what shall come about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("it did not come about that %s", what)
		case <-tick.C:
		}
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// dial opens a raw connection to a front.
func dial(t *testing.T, f *front) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", f.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// quiet is the log of servers that are sent what is wrong.
var quiet = log.New(io.Discard, "", 0)
