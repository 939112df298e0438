package certificates

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// asks is how many challenges a second are looked for in the storage, where another edge may have put them. Those of this edge are in memory.
const asks = 20

// challenged says whether a hello is an authority's that validates a name (RFC 8737 section 3): it offers one protocol.
func challenged(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acmez.ACMETLS1Protocol
}

// challenge is the certificate that answers an authority. It is no secret and vouches for nothing else.
func (s *Store) challenge(hello *tls.ClientHelloInfo, name string) (*tls.Certificate, error) {
	if s.demand.authority.TLSPort <= 0 || !s.mayAnswer(name) {
		return nil, ErrNone
	}
	return s.demand.client.config.GetCertificate(hello)
}

// HTTP answers what an authority asks at /.well-known/acme-challenge/ (RFC 8555 section 8.3), for names that a site wants a certificate for; all
// else is 404. It is what door.Plain wants as its challenge.
func (s *Store) HTTP() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		of, kind := s.view.Load().directory.Find(host)
		if s.demand == nil || kind != site.Named || of == nil || !of.Certificates.ACME || !s.mayAnswer(normal(host)) || !s.demand.client.issuer.HandleHTTPChallenge(w, r) {
			http.NotFound(w, r)
		}
	})
}

// mayAnswer bounds how often strangers make the storage be read.
func (s *Store) mayAnswer(name string) bool {
	if _, ours := certmagic.GetACMEChallenge(name); ours {
		return true
	}
	d, now := s.demand, s.config.Clock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if now.Sub(d.second) >= time.Second || now.Before(d.second) {
		d.second, d.asked = now, 0
	}
	d.asked++
	return d.asked <= asks
}
