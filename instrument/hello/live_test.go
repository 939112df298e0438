package hello_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// dripping writes byte by byte.
type dripping struct{ *net.TCPConn }

func (d dripping) Write(b []byte) (int, error) {
	for i := range b {
		if n, err := d.TCPConn.Write(b[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(b), nil
}

// peeked gives back what was read from a connection before it was handed on.
type peeked struct {
	net.Conn
	before io.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.before.Read(b) }

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a.example"}, DNSNames: []string{"a.example", "public.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// connect has Go's client shake hands with a server that reads the hello first, in pieces of at most
// step bytes, and returns what was read and what the server's own parser says.
func connect(t *testing.T, client, server *tls.Config, drip bool, step int) (*hello.Hello, *tls.ClientHelloInfo) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		raw, err := net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
		if err != nil {
			done <- err
			return
		}
		defer raw.Close()
		conn := net.Conn(raw)
		if drip {
			conn = dripping{raw}
		}
		c := tls.Client(conn, client)
		if err = c.Handshake(); err == nil {
			_, err = io.ReadAll(c) // tickets come behind the handshake
		}
		done <- err
	}()
	conn, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var r hello.Reader
	var wire []byte
	buf := make([]byte, step)
	for err = hello.ErrMore; err == hello.ErrMore; {
		n, failed := conn.Read(buf)
		if failed != nil {
			t.Fatalf("after %d bytes: %v", len(wire), failed)
		}
		wire = append(wire, buf[:n]...)
		_, err = r.Add(buf[:n])
	}
	if err != nil {
		t.Fatal(err)
	}
	var info *tls.ClientHelloInfo
	server = server.Clone()
	server.GetConfigForClient = func(i *tls.ClientHelloInfo) (*tls.Config, error) {
		if info == nil {
			info = i
		}
		return nil, nil
	}
	s := tls.Server(peeked{conn, io.MultiReader(bytes.NewReader(wire), conn)}, server)
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	whole, err := hello.Read(wire)
	if err != nil {
		t.Fatal(err)
	}
	live := r.Hello()
	if !bytes.Equal(live.Message, whole.Message) || live.JA4() != whole.JA4() || live.Stable() != whole.Stable() || live.Flags != whole.Flags {
		t.Errorf("live %s, whole %s", live.JA4(), whole.JA4())
	}
	return live, info
}

func TestALiveHelloOfGoIsReadAsItsOwnParserReadsIt(t *testing.T) {
	cert, pool := certificate(t)
	server := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	client := &tls.Config{RootCAs: pool, ServerName: "a.example", NextProtos: []string{"h2", "http/1.1"}}
	var first string
	for _, c := range []struct {
		drip bool
		step int
	}{{false, 16 << 10}, {false, 7}, {true, 16 << 10}, {true, 1}} {
		h, info := connect(t, client, server, c.drip, c.step)
		var extensions []uint16
		for kind := range h.Extensions.All() {
			extensions = append(extensions, kind)
		}
		var protocols []string
		for p := range h.Protocols.All() {
			protocols = append(protocols, string(p))
		}
		curves, schemes := []tls.CurveID(nil), []tls.SignatureScheme(nil)
		for g := range h.Groups.All() {
			curves = append(curves, tls.CurveID(g))
		}
		for s := range h.Signatures.All() {
			schemes = append(schemes, tls.SignatureScheme(s))
		}
		if string(h.ServerName) != info.ServerName || !slices.Equal(slices.Collect(h.Ciphers.All()), info.CipherSuites) || !slices.Equal(extensions, info.Extensions) ||
			!slices.Equal(protocols, info.SupportedProtos) || !slices.Equal(curves, info.SupportedCurves) || !slices.Equal(schemes, info.SignatureSchemes) ||
			!slices.Equal(slices.Collect(h.Versions.All()), info.SupportedVersions) {
			t.Errorf("%+v; Go reads %+v", h, info)
		}
		if first == "" {
			first = h.JA4()
		}
		if h.JA4() != first || h.Family() != hello.Go {
			t.Errorf("%s, like %s; before %s", h.JA4(), h.Family(), first)
		}
		if a, why := hello.Contradicts(h, chrome131); a != hello.Yes || why != hello.WhyOther {
			t.Errorf("Go's hello under Chrome's name: %s, %q", a, why)
		}
	}
}

const chrome131 = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

func TestResumptionChangesJA4AndNotTheStableKey(t *testing.T) {
	cert, pool := certificate(t)
	for name, most := range map[string]uint16{"pre-shared keys of TLS 1.3": tls.VersionTLS13, "tickets of TLS 1.2": tls.VersionTLS12} {
		server := &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: most}
		client := &tls.Config{RootCAs: pool, ServerName: "a.example", MaxVersion: most, ClientSessionCache: tls.NewLRUClientSessionCache(2)}
		fresh, _ := connect(t, client, server, false, 16<<10)
		again, _ := connect(t, client, server, false, 16<<10)
		bare := client.Clone()
		bare.ClientSessionCache = nil
		without, _ := connect(t, bare, server, false, 16<<10)
		if again.Flags&(hello.Resumes|hello.Ticket) == 0 || fresh.Flags&(hello.Resumes|hello.Ticket) != 0 {
			t.Errorf("%s: flags %b, then %b; expected the second to resume", name, fresh.Flags, again.Flags)
		}
		if most == tls.VersionTLS13 && fresh.JA4() == again.JA4() || without.JA4() == fresh.JA4() {
			t.Errorf("%s: JA4 is %s, %s and %s; expected it to change", name, without.JA4(), fresh.JA4(), again.JA4())
		}
		if fresh.Stable() != again.Stable() || fresh.Stable() != without.Stable() {
			t.Errorf("%s: the stable key changes", name)
		}
	}
}

// The config of an encrypted hello: RFC 9849, section 4.
func TestAnEncryptedHelloChangesJA4AndNotTheStableKey(t *testing.T) {
	cert, pool := certificate(t)
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	config := slices.Concat(u16(0xfe0d), vec(2, []byte{7}, u16(0x20), vec(2, key.PublicKey().Bytes()), vec(2, u16(1), u16(1)), []byte{32}, vec(1, []byte("public.example")), u16(0)))
	server := &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13,
		EncryptedClientHelloKeys: []tls.EncryptedClientHelloKey{{Config: config, PrivateKey: key.Bytes(), SendAsRetry: true}},
	}
	client := &tls.Config{RootCAs: pool, ServerName: "a.example", MinVersion: tls.VersionTLS13}
	open, _ := connect(t, client, server, false, 16<<10)
	client.EncryptedClientHelloConfigList = vec(2, config)
	sealed, _ := connect(t, client, server, false, 16<<10)
	if !sealed.Flags.Has(hello.Encrypted) || open.Flags.Has(hello.Encrypted) || string(sealed.ServerName) != "public.example" {
		t.Errorf("flags %b and %b, name %q", open.Flags, sealed.Flags, sealed.ServerName)
	}
	// Go leaves three extensions of TLS 1.2 out besides, which browsers keep: so the same hello without the one is compared.
	var kept [][]byte
	for kind, body := range sealed.Extensions.All() {
		if kind != 0xfe0d {
			kept = append(kept, ext(int(kind), body))
		}
	}
	without, err := hello.Parse(message(slices.Collect(sealed.Ciphers.All()), kept...), hello.TCP)
	if err != nil || without.JA4() == sealed.JA4() || without.Stable() != sealed.Stable() {
		t.Errorf("JA4 %s, without %s; stable %s, without %s; %v", sealed.JA4(), without.JA4(), sealed.Stable(), without.Stable(), err)
	}
}
