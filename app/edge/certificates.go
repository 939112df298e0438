package edge

import (
	"crypto/x509"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/gateway/certificates"
)

// dirCertificates is where what authorities issue is kept, below the data directory.
const dirCertificates = "certificates"

// openCertificates makes the store of the sites' certificates.
func (p *Process) openCertificates() (*certificates.Store, error) {
	c := certificates.Config{Clock: p.o.Now, Log: p.o.Log, Seed: binary.LittleEndian.Uint64(p.kept.key[8:])}
	a := &p.o.Settings.ACME
	if a.Directory == "" {
		return certificates.New(c)
	}
	host, tlsPort := p.portOf(secure)
	_, httpPort := p.portOf(plain)
	c.Authority = &certificates.Authority{
		Directory: a.Directory, Email: a.Email, Profile: a.Profile, Storage: filepath.Join(p.o.Settings.Data, dirCertificates), HTTPPort: httpPort, TLSPort: tlsPort, Host: host,
	}
	var err error
	if c.Authority.Roots, err = rootsIn("acme.roots", a.Roots); err != nil {
		return nil, err
	}
	if a.EAB.KeyID != "" {
		key, err := p.kept.secretAt(a.EAB.KeyFile)
		if err != nil {
			return nil, err
		}
		c.Authority.EAB = certificates.EAB{KeyID: a.EAB.KeyID, Key: strings.TrimSpace(string(key))}
	}
	return certificates.New(c)
}

// rootsIn are the certificates in a file, nil where none is named.
func rootsIn(key, path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, kernel.FileError("read", path, err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, evenkeel.Invalid("%s: %s holds no certificate; expected some in PEM", key, path)
	}
	return roots, nil
}

// faultsOf are what is wrong with certificates, for the status.
func faultsOf(all []certificates.State) (out []string) {
	for _, s := range all {
		if s.Wrong != "" {
			out = append(out, "certificate of site "+string(s.Site)+": "+s.Wrong)
		}
	}
	return out
}
