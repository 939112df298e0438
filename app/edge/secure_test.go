package edge

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs the certificate of a test, and is what its clients believe.
type authority struct {
	roots      *x509.CertPool
	chain, key string // files
}

func newAuthority(t testing.TB, names ...string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "of a test"}, DNSNames: names, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(30 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{roots: x509.NewCertPool(), chain: filepath.Join(t.TempDir(), "chain.pem"), key: filepath.Join(t.TempDir(), "key.pem")}
	a.roots.AddCert(leaf)
	write(t, a.chain, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, a.key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return a
}

// line is what a site's document says of its certificate.
func (a *authority) line() string {
	return fmt.Sprintf("certificates: {files: [{certificate: %q, key: %q}]}\n", a.chain, a.key)
}

// client visits a gateway whatever the name is that it asks for.
func (a *authority) client(r *running, http2 bool) *http.Client {
	p := new(http.Protocols)
	p.SetHTTP1(!http2)
	p.SetHTTP2(http2)
	at := r.Ready().Listen[0]
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: a.roots}, Protocols: p,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", at)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func onTLS(s *Settings) { s.Listen, s.Clear = []string{"127.0.0.1:0"}, nil }

// TestVisitorsComeByTLS holds both protocols, streams, uploads and upgrades, and who is refused before any key is exchanged.
func TestVisitorsComeByTLS(t *testing.T) {
	a := newAuthority(t, "shop.example", "blog.example")
	seen := make(chan *http.Request, 100)
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		switch r.URL.Path {
		case "/socket":
			c, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			rw.Flush()
			io.Copy(c, rw)
		case "/sum":
			h := sha256.New()
			n, err := io.Copy(h, r.Body)
			fmt.Fprintf(w, "%d %x %v", n, h.Sum(nil), err)
		case "/drip":
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "data: 1\n\n")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		default:
			fmt.Fprintf(w, "for %s by %s", r.Host, r.Header.Get("X-Forwarded-Proto"))
		}
	}))
	defer b.Close()
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, a.line()), "blog.yaml": document("blog", b.URL, a.line())})
	r := run(t, dir, sites, onTLS)
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP2 %v", http2), func(t *testing.T) {
			c := a.client(r, http2)
			defer c.CloseIdleConnections()
			x, err := c.Get("https://shop.example/a")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(x.Body)
			x.Body.Close()
			if (x.ProtoMajor == 2) != http2 || string(body) != "for shop.example by https" {
				t.Errorf("%s: %q", x.Proto, body)
			}
			large := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
			x, err = c.Post("https://shop.example/sum", "application/octet-stream", bytes.NewReader(large))
			if err != nil {
				t.Fatal(err)
			}
			body, _ = io.ReadAll(x.Body)
			x.Body.Close()
			if want := fmt.Sprintf("%d %x <nil>", len(large), sha256.Sum256(large)); string(body) != want {
				t.Errorf("an upload arrives as %s", body)
			}
			x, err = c.Get("https://shop.example/drip")
			if err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(x.Body).ReadString('\n')
			if line != "data: 1\n" {
				t.Errorf("a stream begins with %q, %v", line, err)
			}
			x.Body.Close()
		})
	}
	t.Run("a connection that was made for another site", func(t *testing.T) {
		c := a.client(r, true)
		defer c.CloseIdleConnections()
		q, _ := http.NewRequest("GET", "https://shop.example/", nil)
		q.Host = "blog.example"
		x, err := c.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		x.Body.Close()
		if x.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("it is answered %d", x.StatusCode)
		}
	})
	t.Run("an upgrade", func(t *testing.T) {
		c := dialTLS(t, r, &a, "shop.example")
		fmt.Fprint(c, "GET /socket HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
		in := bufio.NewReader(c)
		x, err := http.ReadResponse(in, nil)
		if err != nil || x.StatusCode != 101 {
			t.Fatal(x, err)
		}
		for r.edge.InFlight() > 0 { // its place is given back
		}
		for _, says := range []string{"one\n", "two\n"} {
			fmt.Fprint(c, says)
			if got, err := in.ReadString('\n'); got != says {
				t.Fatalf("it says %q back, %v", got, err)
			}
		}
	})
	t.Run("a body that comes slowly", func(t *testing.T) {
		for len(seen) > 0 {
			<-seen
		}
		c := dialTLS(t, r, &a, "shop.example")
		fmt.Fprint(c, "POST /sum HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		if code, err := a.client(r, true).Get("https://shop.example/"); err != nil || code.StatusCode != 200 { // so much later
			t.Fatal(code, err)
		}
		<-seen
		if len(seen) > 0 || r.edge.InFlight() > 0 {
			t.Errorf("before its body is whole a request has a backend (%d) or a place in flight (%d)", len(seen), r.edge.InFlight())
		}
		fmt.Fprint(c, "6\r\n world\r\n0\r\n\r\n")
		x, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(x.Body)
		if want := fmt.Sprintf("11 %x <nil>", sha256.Sum256([]byte("hello world"))); string(body) != want {
			t.Errorf("the body arrives as %s", body)
		}
		if q := <-seen; q.ContentLength != 11 {
			t.Errorf("the backend is told of %d bytes", q.ContentLength)
		}
	})
	for name, sni := range map[string]string{"a name that nobody has": "other.example", "an address": "192.0.2.1", "no name": ""} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", r.Ready().Listen[0])
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(30 * time.Second))
			err = tls.Client(c, &tls.Config{ServerName: sni, InsecureSkipVerify: true}).HandshakeContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), "unrecognized name") {
				t.Errorf("it ends with %v; expected the alert unrecognized_name", err)
			}
		})
	}
	for len(seen) > 0 {
		<-seen
	}
	for name, text := range map[string]string{
		"two lengths":                    "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"a length and chunks":            "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: shop.example\r\n\r\n",
		"chunks that are no chunks":      "POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		"a space before the colon":       "GET / HTTP/1.1\r\nHost : shop.example\r\n\r\n",
		"a line that is folded":          "GET / HTTP/1.1\r\nHost: shop.example\r\n X: y\r\n\r\n",
		"two hosts":                      "GET / HTTP/1.1\r\nHost: shop.example\r\nHost: blog.example\r\n\r\n",
		"no host":                        "GET / HTTP/1.1\r\n\r\n",
		"a NUL in a field":               "GET / HTTP/1.1\r\nHost: shop.example\r\nX: a\x00b\r\n\r\n",
		"a length that is no number":     "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: +5\r\n\r\nhello",
		"a version that is none":         "GET / HTTP/9.9\r\nHost: shop.example\r\n\r\n",
		"no request at all":              "\x00\x01\x02\x03 and nothing that was ever HTTP\r\n\r\n",
		"an absolute address of another": "GET http://other.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := dialTLS(t, r, &a, "shop.example")
			fmt.Fprint(c, text)
			x, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err == nil && x.StatusCode < 400 {
				if name != "a length and chunks" || !x.Close { // RFC 9112, section 6.1: the chunks may be taken, and the connection is closed
					t.Errorf("it is answered %d, and may go on: %v", x.StatusCode, !x.Close)
				}
			}
			for len(seen) > 0 {
				if q := <-seen; q.URL.Path == "/smuggled" || name != "a length and chunks" {
					t.Errorf("the backend was asked for %s of %s", q.URL, q.Host)
				}
			}
		})
	}
}

func dialTLS(t *testing.T, r *running, a *authority, name string) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", r.Ready().Listen[0], &tls.Config{RootCAs: a.roots, ServerName: name, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	t.Cleanup(func() { c.Close() })
	return c
}

// TestASiteComesIntoForceWithoutDroppingAConnection keeps one connection busy while others come, change and go.
func TestASiteComesIntoForceWithoutDroppingAConnection(t *testing.T) {
	a := newAuthority(t, "shop.example", "new.example")
	b := backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, a.line())})
	r := run(t, dir, sites, onTLS)
	c := dialTLS(t, r, &a, "shop.example")
	in := bufio.NewReader(c)
	for i := range 20 {
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n")
		x, err := http.ReadResponse(in, nil)
		if err != nil || x.StatusCode != 200 {
			t.Fatalf("request %d on one connection: %v", i, err)
		}
		io.Copy(io.Discard, x.Body)
		if i%2 == 0 {
			write(t, filepath.Join(sites, "new.yaml"), document("new", b.URL, a.line()))
			write(t, filepath.Join(sites, "shop.yaml"), document("shop", b.URL, a.line()+fmt.Sprintf("weight: %d\n", i+1)))
		} else {
			os.Remove(filepath.Join(sites, "new.yaml"))
		}
		if _, err := Reload(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		y, err := a.client(r, false).Get("https://new.example/")
		if i%2 == 0 && (err != nil || y.StatusCode != 200) {
			t.Errorf("a site that came is answered %v, %v", y, err)
		}
		if i%2 == 1 && (err == nil || !strings.Contains(err.Error(), "unrecognized name")) {
			t.Errorf("a site that went is answered %v, %v", y, err)
		}
	}
}
