package certificates

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

var start = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// folder is where a test keeps its certificates, and the time that its Store has.
type folder struct {
	testing.TB
	dir    string
	now    time.Time
	serial int64
}

func open(t testing.TB) (*folder, *Store) {
	t.Helper()
	f := &folder{TB: t, dir: t.TempDir(), now: start}
	s, err := New(Config{Clock: func() time.Time { return f.now }})
	if err != nil {
		t.Fatal(err)
	}
	return f, s
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// make is a certificate that signed itself, and its key, in PEM.
func (f *folder) make(key crypto.Signer, until time.Time, names ...string) (chain, private []byte) {
	f.Helper()
	f.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(f.serial), Subject: pkix.Name{CommonName: "of a test"}, DNSNames: names,
		NotBefore: start.Add(-24 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// put writes a certificate for names that ends after so long, and says how to name it in a site.
func (f *folder) put(file string, lasts time.Duration, names ...string) site.KeyPair {
	f.Helper()
	return f.putKey(file, newKey(f), lasts, names...)
}

func (f *folder) putKey(file string, key crypto.Signer, lasts time.Duration, names ...string) site.KeyPair {
	f.Helper()
	k := f.pair(file)
	chain, private := f.make(key, start.Add(lasts), names...)
	f.write(k.Certificate, chain)
	f.write(k.Key, private)
	return k
}

func (f *folder) pair(file string) site.KeyPair {
	return site.KeyPair{Certificate: filepath.Join(f.dir, file+".pem"), Key: filepath.Join(f.dir, file+".key")}
}

// write writes a file as programs that renew certificates do: another one in its place.
func (f *folder) write(path string, b []byte) {
	f.Helper()
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		f.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		f.Fatal(err)
	}
}

// with is a site with certificates of these files.
func with(id string, files []site.KeyPair, names ...string) site.Site {
	s := site.Default()
	s.ID, s.Tenant, s.Asset, s.Names = site.ID(id), evenkeel.TenantID("t-"+id), evenkeel.AssetID("domain/"+id), names
	s.Backends = []site.Backend{{Address: "10.0.0.1:8080", Weight: 1}}
	s.Certificates.Files = files
	return s
}

func directory(t testing.TB, sites ...site.Site) *site.Directory {
	t.Helper()
	d, err := new(site.Directory).With(sites, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// serial is that of the certificate which a client gets that asks for a name, or 0.
func serial(s *Store, name string) int64 {
	c, err := s.Certificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		return 0
	}
	return c.Leaf.SerialNumber.Int64()
}

// wrong is what the states of a Store say is wrong with a site.
func wrong(s *Store, id string) string {
	var out []string
	for _, state := range s.States() {
		if state.Site == site.ID(id) && state.Wrong != "" {
			out = append(out, state.Wrong)
		}
	}
	return strings.Join(out, " | ")
}

// thousands are sites with a certificate each.
func thousands(f *folder, n int) []site.Site {
	f.Helper()
	out := make([]site.Site, n)
	for i := range out {
		name := fmt.Sprintf("app%d.example.org", i)
		out[i] = with(fmt.Sprintf("site-%d", i), []site.KeyPair{f.put(name, time.Hour, name)}, name)
	}
	return out
}
