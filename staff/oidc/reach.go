package oidc

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/evenkeel/evenkeel"
)

// How long an answer of a provider may take and how long it may be. A sign-in takes two or three of
// them: the provider's description, the keys, and the token.
const (
	ReachFor  = 10 * time.Second
	maxAnswer = 1 << 20 // bytes
)

// reach is how a provider is spoken to: over TLS or on this machine, without redirects, and no
// longer than a bound.
type reach struct{ through http.RoundTripper }

func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes, t.MaxIdleConnsPerHost = 64<<10, 2
	return &http.Client{
		Transport: reach{t}, Timeout: ReachFor,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip sends a request, if it may be.
func (r reach) RoundTrip(req *http.Request) (*http.Response, error) {
	if !Trusted(req.URL.String()) {
		return nil, evenkeel.Invalid("ask %s: expected https://, or an address on this machine", req.URL.Host)
	}
	resp, err := r.through.RoundTrip(req)
	if err == nil {
		resp.Body = &bounded{resp.Body, maxAnswer}
	}
	return resp, err
}

// bounded is a body that says where it is too long, instead of being cut.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	return n, err
}
