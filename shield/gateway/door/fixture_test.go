package door

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// site is a door with an http.Server behind it, as app sets one up.
type site struct {
	door   *Listener
	server *http.Server
	roots  *x509.CertPool
	asked  atomic.Int64 // how often a certificate was wanted, which is before anything is signed
	at     string

	mu    sync.Mutex
	ended []Outcome
	more  chan struct{}
}

// certificate is made once for all tests.
var certificate = sync.OnceValues(func() (*tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a.example"}, DNSNames: []string{"a.example", "b.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

// open opens a site. TLS is spoken unless the test says otherwise in set.
func open(t testing.TB, handler http.Handler, set func(*Config)) *site {
	t.Helper()
	var listen net.ListenConfig
	listen.SetMultipathTCP(false)
	listen.KeepAlive = -1 // the door turns it on for those that come in
	inner, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{at: inner.Addr().String(), more: make(chan struct{}, 1)}
	cert, roots := certificate()
	s.roots = roots
	config := Config{
		Clock: time.Now,
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			s.asked.Add(1)
			return cert, nil
		},
	}
	if set != nil {
		set(&config)
	}
	note := config.Note
	config.Note = func(v *Visitor, o Outcome) {
		if note != nil {
			note(v, o)
		}
		s.mu.Lock()
		s.ended = append(s.ended, o)
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
	if s.door, err = New(inner, config); err != nil {
		t.Fatal(err)
	}
	s.server = serve(t, s.door, s.door, handler, Streams)
	return s
}

// serve serves a listener of a door.
func serve(t testing.TB, door *Listener, on net.Listener, handler http.Handler, streams int) *http.Server {
	with := ServingOf(streams)
	server := &http.Server{
		Handler: handler, Protocols: with.Protocols, HTTP2: with.HTTP2, MaxHeaderBytes: with.MaxHeaderBytes, ReadHeaderTimeout: with.ReadHeaderTimeout,
		IdleTimeout: with.IdleTimeout, ConnContext: door.ConnContext, ConnState: door.ConnState, ErrorLog: log.New(io.Discard, "", 0),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(on)
	}()
	t.Cleanup(func() {
		server.Close()
		door.Close()
		<-done
	})
	return server
}

// outcome waits until a connection ended at the door, and takes how off the list.
func (s *site) outcome(t testing.TB) Outcome {
	t.Helper()
	over := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		if len(s.ended) > 0 {
			o := s.ended[0]
			s.ended = s.ended[1:]
			s.mu.Unlock()
			return o
		}
		s.mu.Unlock()
		select {
		case <-s.more:
		case <-over:
			t.Fatal("no connection ended at the door")
		}
	}
}

// dial opens a connection of TCP with a bound on how long the test waits.
func (s *site) dial(t testing.TB) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.at)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// client is Go's, which comes to the site whatever the address says.
func (s *site) client(t testing.TB, protocols func(*http.Protocols)) *http.Client {
	tr := &http.Transport{
		Protocols:       new(http.Protocols),
		TLSClientConfig: &tls.Config{RootCAs: s.roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.at)
		},
	}
	protocols(tr.Protocols)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func one(p *http.Protocols) { p.SetHTTP1(true) }
func two(p *http.Protocols) { p.SetHTTP2(true) }

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(30 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-over:
			t.Fatal(what + " did not come about")
		}
	}
}

// recorded returns a hello of Go's client for a name, as it goes over the wire.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b := helloOf(name)
	if len(b) == 0 {
		t.Fatal("Go's client says no hello")
	}
	return b
}

func helloOf(name string) []byte {
	c, s := net.Pipe()
	defer s.Close()
	go func() {
		tls.Client(c, &tls.Config{ServerName: name, NextProtos: []string{"h2", "http/1.1"}}).Handshake()
		c.Close()
	}()
	b := make([]byte, 16<<10)
	n, _ := s.Read(b)
	return b[:n]
}
