package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
)

// certify writes a certificate of 127.0.0.1 with a number, and its key, dated at a time.
func certify(t *testing.T, cert, key string, number int64, at time.Time) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(number), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheConsoleSpeaksTLSAndTakesARenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certify(t, cert, key, 1, time.Now().Add(-time.Hour))
	s := serve(t, dataDir(t), func(p *Parts) { p.Config.Console.TLSCert, p.Config.Console.TLSKey = cert, key })
	if !strings.HasPrefix(s.at.SignIn, "https://"+s.at.Console+"/enter/") {
		t.Errorf("the link is %s; expected one of https", s.at.SignIn)
	}
	number := func() int64 {
		one := http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
		r, err := http.NewRequest(http.MethodGet, "https://"+s.at.Console+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := one.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		return got.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if n := number(); n != 1 {
		t.Errorf("certificate %d", n)
	}
	if err := os.WriteFile(cert, []byte("half of"), 0o600); err != nil { // in the middle of being renewed
		t.Fatal(err)
	}
	if n := number(); n != 1 {
		t.Errorf("certificate %d; expected that the one before goes on", n)
	}
	certify(t, cert, key, 2, time.Now())
	if n := number(); n != 2 {
		t.Errorf("certificate %d; expected the renewed one", n)
	}
}

func TestWhatOthersCouldListenInToIsRefused(t *testing.T) {
	for says, change := range map[string]func(*config.Document){
		"the console has no TLS":                        func(d *config.Document) { d.Listen = "0.0.0.0:0" },
		"console.url does not say how":                  func(d *config.Document) { d.Listen, d.Console.TLSCert, d.Console.TLSKey = "0.0.0.0:0", "a", "b" },
		"read console.tls_cert a and console.tls_key b": func(d *config.Document) { d.Console.TLSCert, d.Console.TLSKey = "a", "b" },
	} {
		parts := partsIn(dataDir(t), &lines{}, nil)
		change(&parts.Config)
		p, err := New(parts)
		if err == nil {
			err = p.Run(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), says) || evenkeel.HintOf(err) == "" {
			t.Errorf("%v; expected %q, with a hint", err, says)
		}
	}
}
