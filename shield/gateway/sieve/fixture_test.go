package sieve

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
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// names are those of the certificate.
var names = []string{"a.example", "b.example"}

// certificate is made once for all tests: as PEM of key and certificate, and as what clients trust.
var certificate = sync.OnceValues(func() ([]byte, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), pool
})

// free returns an address of this machine at which nothing listens.
func free(t testing.TB) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// program is a program of Debian's that a test runs.
type program struct {
	at  netip.AddrPort
	dir string
	pid int
}

// run starts a program with a configuration, and waits until it takes connections at an address. It ends with the test.
func run(t testing.TB, at netip.AddrPort, dir, config string, name string, args ...string) *program {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name
	}
	if _, err := os.Stat(path); os.IsNotExist(err) {
		t.Fatalf("there is no %s: apt-get install %s, or let .ci/run install it", path, name)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c := exec.Command(path, args...)
	c.Dir, c.Stdout, c.Stderr = dir, &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(30 * time.Second); ; {
		if conn, err := net.DialTimeout("tcp", at.String(), time.Second); err == nil {
			conn.Close()
			return &program{at: at, dir: dir, pid: c.Process.Pid}
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("%s ended: %s", name, said.String())
		case <-over:
			t.Fatalf("%s takes no connections: %s", name, said.String())
		}
	}
}

// folder has the certificate in it.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	pair, _ := certificate()
	if err := os.WriteFile(filepath.Join(dir, "pair.pem"), pair, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// nginx starts Debian's, which takes TLS behind a PROXY header, serves its folder below /file/, and asks a handler for everything else.
func nginx(t testing.TB, behind netip.AddrPort) *program {
	t.Helper()
	dir, at := folder(t), free(t)
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;"
	}
	config := fmt.Sprintf(`daemon off; %[1]s worker_processes auto; pid %[2]s/pid; error_log %[2]s/errors;
events { worker_connections 4096; }
http {
  log_format told '$proxy_protocol_addr $proxy_protocol_port $ssl_server_name "$request" $status';
  access_log %[2]s/access told;
  client_body_temp_path %[2]s/t1; proxy_temp_path %[2]s/t2; fastcgi_temp_path %[2]s/t3; uwsgi_temp_path %[2]s/t4; scgi_temp_path %[2]s/t5;
  map $http_upgrade $carried { default upgrade; '' ''; }
  server {
    listen %[3]s ssl http2 proxy_protocol backlog=4096;
    ssl_certificate %[2]s/pair.pem; ssl_certificate_key %[2]s/pair.pem; ssl_session_cache off; ssl_session_tickets off;
    keepalive_requests 1000000; client_max_body_size 0; lingering_close off;
    location /file/ { alias %[2]s/; sendfile on; }
    location /short { access_log off; return 200 "short"; }
    location / {
      proxy_pass http://%[4]s; proxy_http_version 1.1; proxy_buffering off; proxy_request_buffering off;
      proxy_set_header Host $host; proxy_set_header Visitor $proxy_protocol_addr; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $carried;
    }
  }
}
`, user, dir, at, behind)
	return run(t, at, dir, config, "nginx", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
}

// open opens a sieve before upstreams, which ends with the test.
func open(t testing.TB, set func(*Config), upstreams ...netip.AddrPort) *Sieve {
	t.Helper()
	var listen net.ListenConfig
	listen.SetMultipathTCP(false)
	listen.KeepAlive = -1
	inner, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Door: door.Config{Clock: time.Now}, Upstreams: upstreams}
	if set != nil {
		set(&config)
	}
	s, err := New(inner.(*net.TCPListener), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// dial opens a connection of TCP, from an address of this machine, with a bound on how long the test waits.
func dial(t testing.TB, to net.Addr, from string) *net.TCPConn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// client is Go's, which comes to an address from another, whatever the URL says.
func client(t testing.TB, to net.Addr, from string, set func(*http.Protocols)) *http.Client {
	_, roots := certificate()
	tr := &http.Transport{
		Protocols: new(http.Protocols), TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
			return d.DialContext(ctx, "tcp", to.String())
		},
	}
	set(tr.Protocols)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute}
}

func one(p *http.Protocols) { p.SetHTTP1(true) }
func two(p *http.Protocols) { p.SetHTTP2(true) }

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(30 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-over:
			t.Fatal(what + " did not come about")
		}
	}
}

// noneLeft fails the test where a goroutine of the sieve's is there when everything that the test began has ended.
func noneLeft(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		eventually(t, "the end of every goroutine", func() bool {
			b := make([]byte, 1<<20)
			b = b[:runtime.Stack(b, true)]
			return !strings.Contains(string(b), "sieve.(*") && !strings.Contains(string(b), "door.(*")
		})
	})
}

// recorded is a hello of Go's client, as it goes over the wire.
func recorded(config *tls.Config) []byte {
	c, s := net.Pipe()
	defer s.Close()
	go func() {
		tls.Client(c, config).Handshake()
		c.Close()
	}()
	b := make([]byte, 16<<10)
	n, err := s.Read(b)
	if err != nil {
		panic(err)
	}
	return b[:n]
}
