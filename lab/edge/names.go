package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// papers writes a test CA and a certificate of it for some names into a folder.
func papers(dir string, names []string, at time.Time) (Setting, error) {
	s := Setting{
		Certificate: filepath.Join(dir, "sites.crt"), Key: filepath.Join(dir, "sites.key"), Pair: filepath.Join(dir, "sites.pem"), CA: filepath.Join(dir, "ca.crt"),
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Evenkeel bench CA"}, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caRaw, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return s, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(48 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return s, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return s, err
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	for name, text := range map[string][]byte{
		s.Certificate: chain, s.Key: private, s.Pair: append(append([]byte{}, chain...), private...), s.CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caRaw}),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return s, err
		}
	}
	return s, nil
}

// trust reads what is trusted.
func trust(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read %s: it holds no certificate", file)
	}
	return pool, nil
}
