package hostlink

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// Certificates that control makes by itself. One of its own for the server lives for 90 days and is made anew
// when a third of that is left; its key is never on the disk. What is valid begins a day before, since the
// clocks of hosts differ.
const (
	authorityFile = "authority.pem" // key and certificate, 0600
	authorityLife = 30 * 365 * 24 * time.Hour
	serverLife    = 90 * 24 * time.Hour
	clockSlack    = 24 * time.Hour
)

// authority is control's own certificate authority. It signs certificates for control and nothing else.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// openAuthority reads the authority in a folder, or makes it where there is none.
func openAuthority(dir string, now time.Time) (*authority, error) {
	path := filepath.Join(dir, authorityFile)
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeAuthority(path, now)
	case err != nil:
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "read the certificate authority of the hosts", Err: err}
	}
	a, err := parseAuthority(b)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the certificate authority in " + path, Err: err,
			Hint: "put the file back from a backup; with a new one every host has to enrol again"}
	}
	return a, nil
}

func parseAuthority(b []byte) (*authority, error) {
	keyBlock, rest := pem.Decode(b)
	if keyBlock == nil || keyBlock.Type != "EC PRIVATE KEY" {
		return nil, errors.New("it does not begin with an EC PRIVATE KEY")
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, err
	}
	certBlock, _ := pem.Decode(rest)
	if certBlock == nil || certBlock.Type != "CERTIFICATE" {
		return nil, errors.New("no CERTIFICATE follows the key")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err == nil && !key.PublicKey.Equal(cert.PublicKey) {
		err = errors.New("the key is not the certificate's")
	}
	return &authority{cert, key}, err
}

func makeAuthority(path string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Evenkeel hosts"}, NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, key, key, now)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	if err := whole.Write(path, text, 0o600); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "write the certificate authority of the hosts", Err: err}
	}
	return &authority{cert, key}, nil
}

// sign makes a certificate; parent nil is one that signs itself.
func sign(c, parent *x509.Certificate, key, by *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	c.SerialNumber, c.NotBefore = serial, now.Add(-clockSlack)
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// issue makes a certificate for control under names and addresses.
func (a *authority) issue(names []string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Evenkeel control"}, NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
	cert, err := sign(c, a.cert, key, a.key, now)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{cert.Raw, a.cert.Raw}, PrivateKey: key, Leaf: cert}, nil
}

// renewing gives the certificate for a connection, and makes a new one in time.
func (a *authority) renewing(names []string, now func() time.Time) func() (*tls.Certificate, error) {
	var mu sync.Mutex
	var current *tls.Certificate
	return func() (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		if current == nil || current.Leaf.NotAfter.Sub(now()) < serverLife/3 {
			fresh, err := a.issue(names, now())
			if err != nil {
				return nil, err
			}
			current = fresh
		}
		return current, nil
	}
}

// pinOf returns what a host has to pin for a chain: its last certificate.
func pinOf(c *tls.Certificate) (Pin, error) {
	if c == nil || len(c.Certificate) == 0 {
		return Pin{}, evenkeel.Invalid("the certificate of control is empty; expected it with its chain")
	}
	return sha256.Sum256(c.Certificate[len(c.Certificate)-1]), nil
}

// trusting returns the TLS settings of a host that trusts one pinned certificate and what it signed, for the
// name or address that it dials.
func trusting(pin Pin, name string, now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: name,
		Time:       now,
		// The roots of the operating system do not count; VerifyConnection does it all.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			// Not s.ServerName: that is empty for an address.
			return verifyPinned(s.PeerCertificates, pin, name, now())
		},
	}
}

func verifyPinned(chain []*x509.Certificate, pin Pin, name string, now time.Time) error {
	denied := func(says string, err error) error {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "control is not whom the token named: " + says, Err: err,
			Hint: "if control has a new certificate authority, enrol this host again; if not, somebody stands between"}
	}
	if name == "" {
		return denied("nothing is said of its name", nil)
	}
	for i, c := range chain {
		if Pin(sha256.Sum256(c.Raw)) != pin {
			continue
		}
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(c)
		for _, m := range chain[1:max(i, 1)] {
			between.AddCert(m)
		}
		if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between, CurrentTime: now}); err != nil {
			return denied("its certificate does not hold", err)
		}
		return nil
	}
	return denied("its certificate is of another authority", nil)
}
