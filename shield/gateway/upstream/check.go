package upstream

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// mostCheck is how much of the answer to a check is read, in bytes.
const mostCheck = 64 << 10

// checkHost is the host that a check names: the site's first exact name, else one below its first wildcard.
func checkHost(s *site.Site) string {
	for _, n := range s.Names {
		if !strings.HasPrefix(n, "*.") {
			return n
		}
	}
	return "health" + s.Names[0][1:]
}

// check asks one backend how it is, within the time for a check, over a connection of its own.
func (p *Pool) check(ctx context.Context, b *backend) {
	within, cancel := context.WithTimeout(ctx, p.site.Health.Timeout)
	defer cancel()
	cause, status := p.ask(within, b)
	if ctx.Err() != nil {
		return // whoever checks ends; that says nothing of the backend
	}
	if b.saw(p.opt.Now(), cause, status) {
		p.changed()
	}
}

func (p *Pool) ask(ctx context.Context, b *backend) (Cause, int) {
	t := newTransport(p.site, b.Backend, p.opt, true)
	defer t.CloseIdleConnections()
	if b.Check == "" {
		dial := t.DialContext
		if b.Secure {
			dial = t.DialTLSContext
		}
		c, err := dial(ctx, "tcp", "")
		if err != nil {
			cause, _ := causeOf(err)
			return cause, 0
		}
		c.Close()
		return NoCause, 0
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.URL()+b.Check, nil)
	if err != nil {
		return Broke, 0 // site.Check lets no such path in
	}
	req.Host = checkHost(p.site)
	req.Header.Set("User-Agent", "evenkeel-health")
	res, err := t.RoundTrip(req)
	if err != nil {
		cause, _ := causeOf(err)
		return cause, 0
	}
	defer res.Body.Close()
	if _, err := io.CopyN(io.Discard, res.Body, mostCheck); err != nil && err != io.EOF {
		cause, _ := causeOf(err)
		return cause, 0
	}
	if res.StatusCode < p.site.Health.Low || res.StatusCode > p.site.Health.High {
		return BadAnswer, res.StatusCode
	}
	return NoCause, res.StatusCode
}
