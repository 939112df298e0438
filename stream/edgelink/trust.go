package edgelink

import (
	"crypto/tls"
	"crypto/x509"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// serverTLS lets in whoever has a certificate of the authority.
func (o *Options) serverTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: o.Authority, Time: o.Now,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return o.Certificate() },
	}
}

// clientTLS trusts whoever has one, and lets proves know whose it is: addresses may change, names do not.
func (o *Options) clientTLS(proves func(*x509.Certificate)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Time: o.Now,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return o.Certificate() },
		InsecureSkipVerify:   true, // VerifyConnection does it all: what counts is the edge's name, and not the host's
		VerifyConnection: func(s tls.ConnectionState) error {
			between := x509.NewCertPool()
			for _, c := range s.PeerCertificates[1:] {
				between.AddCert(c)
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: o.Authority, Intermediates: between, CurrentTime: o.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
			if err != nil {
				return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "its certificate is not of the fleet's authority", Err: err}
			}
			proves(s.PeerCertificates[0])
			return nil
		},
	}
}

// isNamed says whether a certificate is of the edge of a name: its common name, or one of its DNS names.
func isNamed(c *x509.Certificate, name string) bool {
	return c != nil && (c.Subject.CommonName == name || slices.Contains(c.DNSNames, name))
}
