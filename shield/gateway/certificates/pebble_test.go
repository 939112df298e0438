package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// authority is Pebble, Let's Encrypt's ACME server for tests, with its own validation. It counts what it is asked.
type authority struct {
	url      string
	trusts   *x509.CertPool // for its own HTTPS
	roots    *x509.CertPool // for what it issues
	requests atomic.Int64
	orders   atomic.Int64
	refuse   atomic.Bool // it is down
}

// pebble starts one that validates at these ports of 127.0.0.1, whatever the name is, and issues for so long. A key makes it want external accounts.
func pebble(t testing.TB, httpPort, tlsPort int, lasts time.Duration, key string) *authority {
	t.Helper()
	t.(*testing.T).Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.(*testing.T).Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	t.(*testing.T).Setenv("PEBBLE_AUTHZREUSE", "0")
	silent := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	if key != "" {
		if err := store.AddExternalAccountKeyByID("edge", key); err != nil {
			t.Fatal(err)
		}
	}
	issuer := ca.New(silent, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "of a test", ValidityPeriod: uint64(lasts / time.Second)}})
	front := wfe.New(silent, store, va.New(silent, httpPort, tlsPort, true, names(t), store), issuer, []string{"pebble.example"}, true, key != "", 0, 0)
	a := &authority{roots: x509.NewCertPool(), trusts: x509.NewCertPool()}
	handler := front.Handler()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		if a.refuse.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/order-plz") {
			a.orders.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.url = server.URL + wfe.DirectoryPath
	a.trusts.AddCert(server.Certificate())
	root, err := x509.ParseCertificate(issuer.GetRootCert(0).DER)
	if err != nil {
		t.Fatal(err)
	}
	a.roots.AddCert(root)
	return a
}

// names is a name server over TCP that knows each name as 127.0.0.1.
func names(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var length [2]byte
				for {
					if _, err := io.ReadFull(c, length[:]); err != nil {
						return
					}
					question := make([]byte, binary.BigEndian.Uint16(length[:]))
					var m dnsmessage.Message
					if _, err := io.ReadFull(c, question); err != nil || m.Unpack(question) != nil || len(m.Questions) != 1 {
						return
					}
					m.Response, m.Additionals = true, nil
					if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
						m.Answers = []dnsmessage.Resource{{
							Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
						}}
					}
					answer, err := m.Pack()
					if err != nil {
						return
					}
					c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// edge is a door with a Store behind it, and an authority that reaches both.
type edge struct {
	testing.TB
	*authority
	store           *Store
	storage         string
	secure, plain   net.Listener
	clock           atomic.Int64 // added to the time of the machine
	stop            func()
	said            *lines
	http, tls, eab  bool
	limits          Limits
	lasts           time.Duration
	httpAt, secured int
	mute            atomic.Bool // nobody answers challenges
	validates       func()      // called when the authority asks for a challenge
}

// lines are what was logged.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (e *edge) now() time.Time { return time.Now().Add(time.Duration(e.clock.Load())) }

// atEdge opens the ports and starts the authority; begin opens the Store.
func atEdge(t *testing.T, set func(*edge)) *edge {
	t.Helper()
	e := &edge{TB: t, storage: t.TempDir(), said: &lines{}, http: true, lasts: 24 * time.Hour}
	if set != nil {
		set(e)
	}
	for _, l := range [...]*net.Listener{&e.secure, &e.plain} {
		var listen net.ListenConfig
		listen.SetMultipathTCP(false)
		var err error
		if *l, err = listen.Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	e.secured, e.httpAt = portOf(e.secure), portOf(e.plain)
	key := ""
	if e.eab {
		key = base64.RawURLEncoding.EncodeToString([]byte("a key of thirty-two bytes, really"))
	}
	e.authority = pebble(t, e.httpAt, e.secured, e.lasts, key)
	e.store = e.begin(key)
	in, err := door.New(e.secure, door.Config{
		Clock:       time.Now,
		Certificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return e.store.Certificate(hello) },
		Validates:   e.tls,
		Limits:      door.Limits{HandshakeTime: 30 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	with := door.ServingOf(door.Streams)
	served := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello "+r.Host) }),
		Protocols: with.Protocols, ConnContext: in.ConnContext, ConnState: in.ConnState, ErrorLog: log.New(io.Discard, "", 0),
	}
	var asked sync.Once
	plain := &http.Server{Handler: door.Plain(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if e.validates != nil {
				asked.Do(e.validates)
			}
			if e.mute.Load() {
				http.NotFound(w, r)
				return
			}
			e.store.HTTP().ServeHTTP(w, r)
		}),
		func(host string) bool { _, ok := e.store.view.Load().directory.Of(host); return ok }, "",
	)}
	var serving sync.WaitGroup
	serving.Go(func() { served.Serve(in) })
	serving.Go(func() { plain.Serve(e.plain) })
	t.Cleanup(func() {
		served.Close()
		in.Close()
		plain.Close()
		serving.Wait()
	})
	return e
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// begin opens a Store over the storage, and runs it until the test or stop ends it.
func (e *edge) begin(key string) *Store {
	e.Helper()
	a := &Authority{Directory: e.url, Roots: e.trusts, Email: "edge@operator.example", Storage: e.storage, Host: "127.0.0.1"}
	if e.http {
		a.HTTPPort = e.httpAt
	}
	if e.tls {
		a.TLSPort = e.secured
	}
	if e.eab {
		a.EAB = EAB{"edge", key}
	}
	limits := e.limits
	if limits.Wait == 0 {
		limits.Wait = 20 * time.Second
	}
	s, err := New(Config{Clock: e.now, Log: slog.New(slog.NewTextHandler(e.said, nil)), Authority: a, Limits: limits})
	if err != nil {
		e.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	e.stop = func() {
		cancel()
		<-done
	}
	e.Cleanup(e.stop)
	return s
}

// byACME is a site that wants its certificates from the authority.
func byACME(id string, names ...string) site.Site {
	s := with(id, nil, names...)
	s.Certificates.ACME = true
	return s
}

// shake shakes hands as a client that asks for a name, and returns the certificate that it gets.
func (e *edge) shake(name string) (*x509.Certificate, error) {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 30 * time.Second}, "tcp", e.secure.Addr().String(), &tls.Config{
		ServerName: name, RootCAs: e.roots, NextProtos: []string{"h2", "http/1.1"}, Time: e.now,
	})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

func (e *edge) must(name string) *x509.Certificate {
	e.Helper()
	c, err := e.shake(name)
	if err != nil {
		e.Fatalf("%s: %v\n%s", name, err, e.said)
	}
	return c
}

// together shakes hands for several names at once.
func (e *edge) together(names ...string) {
	e.Helper()
	var clients sync.WaitGroup
	for _, name := range names {
		clients.Go(func() {
			if _, err := e.shake(name); err != nil {
				e.Errorf("%s: %v", name, err)
			}
		})
	}
	clients.Wait()
}
