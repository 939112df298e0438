package webhook

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
)

// Endpoint says where messages go.
type Endpoint struct {
	URL  string      // https://host/path, or http:// for hosts whose addresses are all in Allow
	Keys signed.Keys // shared with the receiver
	// Allow are networks that are spoken to although they are not public: the operator's own.
	Allow   []netip.Prefix
	Connect time.Duration  // for a connection, TLS included; 5 s
	Whole   time.Duration  // for everything; 15 s
	Type    string         // of the body; application/json
	Roots   *x509.CertPool // who may vouch for the receiver; nil: whom the system trusts

	// resolve finds the addresses of a host; tests give their own.
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Defaults of an Endpoint's times.
const (
	defaultConnect = 5 * time.Second
	defaultWhole   = 15 * time.Second
)

// filled returns the endpoint with its defaults, and its address, or what is wrong with it.
// Errors name the host only: a path may hold a token.
func (e Endpoint) filled() (Endpoint, *url.URL, error) {
	u, err := url.Parse(e.URL)
	switch {
	case err != nil:
		return e, nil, evenkeel.Invalid("the address of a webhook is none; expected https://host/path")
	case u.Scheme != "https" && u.Scheme != "http":
		return e, nil, evenkeel.Invalid("the address of a webhook begins with %q; expected https://", u.Scheme)
	case u.Hostname() == "":
		return e, nil, evenkeel.Invalid("the address of a webhook names no host; expected https://host/path")
	case u.User != nil:
		return e, nil, evenkeel.Invalid("the address of the webhook at %s holds a user; expected none, because the signature says who sends", u.Hostname())
	case u.Scheme == "http" && len(e.Allow) == 0:
		return e, nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the webhook at " + u.Hostname() + " has no TLS; expected https://",
			Hint: "name the receiver's network as allowed to use http:// inside it",
		}
	case len(e.Keys) == 0 || len(e.Keys) > signed.MaxKeys:
		return e, nil, evenkeel.Invalid("the webhook at %s has %d secrets; expected 1 to %d", u.Hostname(), len(e.Keys), signed.MaxKeys)
	}
	u.Fragment, u.RawFragment = "", ""
	if e.Connect <= 0 {
		e.Connect = defaultConnect
	}
	if e.Whole <= 0 {
		e.Whole = defaultWhole
	}
	if e.Type == "" {
		e.Type = "application/json"
	}
	if e.resolve == nil {
		e.resolve = lookUp
	}
	return e, u, nil
}

func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// name is what errors call the endpoint.
func name(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }
