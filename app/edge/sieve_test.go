package edge

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// TestTheSieveCarriesConnectionsToAGatewayOfOthers visits a site that this edge knows, and one that only the gateway behind knows.
func TestTheSieveCarriesConnectionsToAGatewayOfOthers(t *testing.T) {
	a := newAuthority(t, "shop.example", "elsewhere.example")
	pair, err := tls.LoadX509KeyPair(a.chain, a.key)
	if err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "behind, ", r.TLS.ServerName) }))
	behind.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	behind.StartTLS()
	defer behind.Close()
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", "http://127.0.0.1:1", "")})
	r := run(t, dir, sites, func(s *Settings) {
		s.Clear = nil
		s.Sieve = Sieve{Listen: []string{"127.0.0.1:0"}, Upstreams: []string{behind.Listener.Addr().String()}, Header: "none", Idle: time.Minute}
	})
	strict := run(t, t.TempDir(), sites, func(s *Settings) {
		s.Clear = nil
		s.Sieve = Sieve{Listen: []string{"127.0.0.1:0"}, Upstreams: []string{behind.Listener.Addr().String()}, Header: "none", Idle: time.Minute, Unknown: unknownRefuse}
	})
	for name, ok := range map[string]bool{"shop.example": true, "elsewhere.example": false} {
		c, err := tls.Dial("tcp", strict.Ready().Sieve[0], &tls.Config{RootCAs: a.roots, ServerName: name})
		if err == nil {
			c.Close()
		}
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "unrecognized name") {
			t.Errorf("where unknown names are refused, %s gets %v", name, err)
		}
	}
	for _, name := range []string{"shop.example", "elsewhere.example"} {
		c, err := tls.Dial("tcp", r.Ready().Sieve[0], &tls.Config{RootCAs: a.roots, ServerName: name})
		if err != nil {
			t.Fatal(name, err)
		}
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", name)
		text, err := io.ReadAll(c)
		c.Close()
		if want := "behind, " + name; err != nil || len(text) < len(want) || string(text[len(text)-len(want):]) != want {
			t.Errorf("%q, %v; expected it to end with %q", text, err, want)
		}
	}
}

// TestWhoIsRefusedIsOusted has an address that asks and asks at the guard: its connections to that site end, and no other one.
func TestWhoIsRefusedIsOusted(t *testing.T) {
	behind, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	go func() {
		for {
			c, err := behind.Accept()
			if err != nil {
				return
			}
			go func() { // says what it hears
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	shop := document("shop", "http://127.0.0.1:1", "attack: {highest: proof}\n")
	dir, sites := folder(t, map[string]string{"shop.yaml": shop, "blog.yaml": document("blog", "http://127.0.0.1:1", "")})
	attacked(t, dir, shop, stage.Proof)
	r := run(t, dir, sites, func(s *Settings) {
		s.Clear, s.Guard.HTTP = nil, []string{"127.0.0.1:0"}
		s.Sieve = Sieve{Listen: []string{"127.0.0.1:0"}, Upstreams: []string{behind.Addr().String()}, Header: "none", Idle: time.Minute}
	})
	connect := func(name string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", r.Ready().Sieve[0])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		var hello bytes.Buffer
		_ = tls.Client(recorder{Conn: c, to: &hello}, &tls.Config{ServerName: name}).HandshakeContext(t.Context())
		if _, err := c.Write(hello.Bytes()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, hello.Len())); err != nil { // it is carried
			t.Fatal(err)
		}
		return c
	}
	bad, other := connect("shop.example"), connect("blog.example")
	asks := func() { r.forwards(t, "shop.example", "127.0.0.1") }
	for range 100 {
		asks()
	}
	if n, err := bad.Read(make([]byte, 1)); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("whoever is refused keeps his connection: %v", err)
	}
	again := connect("shop.example") // to be told why
	asks()
	if n, err := again.Read(make([]byte, 1)); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("whoever was told keeps his connection: %v", err)
	}
	if _, err := other.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(other, make([]byte, 1)); err != nil {
		t.Errorf("his connection to another site: %v", err)
	}
}

// recorder keeps what is written, and has nothing to read.
type recorder struct {
	net.Conn
	to io.Writer
}

func (r recorder) Write(b []byte) (int, error) { return r.to.Write(b) }
func (r recorder) Read([]byte) (int, error)    { return 0, io.EOF }

// TestWhatTheSieveSawIsKnownToTheGuard asks about a visitor whose hello is another program's than he says: only by his port it is known.
func TestWhatTheSieveSawIsKnownToTheGuard(t *testing.T) {
	behind, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	shop := document("shop", "http://127.0.0.1:1", "attack: {highest: filter}\n")
	dir, sites := folder(t, map[string]string{"shop.yaml": shop})
	attacked(t, dir, shop, stage.Filter)
	r := run(t, dir, sites, func(s *Settings) {
		s.Clear, s.Guard.HTTP = nil, []string{"127.0.0.1:0"}
		s.Sieve = Sieve{Listen: []string{"127.0.0.1:0"}, Upstreams: []string{behind.Addr().String()}, Header: "none", Idle: time.Minute}
	})
	c, err := net.Dial("tcp", r.Ready().Sieve[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = tls.Client(recorder{Conn: c, to: c}, &tls.Config{ServerName: "shop.example"}).HandshakeContext(t.Context())
	carried, err := behind.Accept() // then the sieve has seen it
	if err != nil {
		t.Fatal(err)
	}
	asks := func(from, port, agent string) int {
		t.Helper()
		return r.forwards(t, "shop.example", from, "X-Evenkeel-Port", port, "User-Agent", agent)
	}
	const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36"
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	const home = "127.0.0.1"
	for _, x := range []struct {
		from, port, agent string
		want              int
	}{{home, port, chrome, 429}, {home, port, "curl/8.5.0", 204}, {home, "", chrome, 204}, {home, "1", chrome, 204}, {"127.0.0.2", port, chrome, 204}} {
		if got := asks(x.from, x.port, x.agent); got != x.want {
			t.Errorf("from %s, port %q, as %q: %d; expected %d", x.from, x.port, x.agent, got, x.want)
		}
	}
	c.Close()
	carried.Close()
	for range 10_000 { // questions, each of which takes a while
		if asks(home, port, chrome) == 204 {
			return
		}
	}
	t.Error("a connection that ended is known still")
}

// forwards asks the guard as a gateway does about a visitor who opens the first page of a host, with more fields, and returns the status.
func (r *running) forwards(t testing.TB, host, from string, more ...string) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+r.Ready().Guard[0]+"/forward", nil)
	if err != nil {
		t.Fatal(err)
	}
	for fields := append([]string{
		"X-Forwarded-Method", "GET", "X-Forwarded-Proto", "https", "X-Forwarded-Host", host, "X-Forwarded-Uri", "/", "X-Forwarded-For", from, "Accept", "text/html", "Sec-Fetch-Dest", "document",
	}, more...); len(fields) > 1; fields = fields[2:] {
		q.Header.Set(fields[0], fields[1])
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	return a.StatusCode
}
