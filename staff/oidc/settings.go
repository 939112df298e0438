package oidc

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Settings are what is set about a provider.
type Settings struct {
	Name     string // in addresses, such as corp
	Title    string // as people read it, such as Example SSO
	Issuer   string // as the provider says it, to the letter
	ClientID string
	Secret   string // of the client
	// Redirect is where the provider sends browsers back to, as it is registered there.
	Redirect string
	Scopes   []string // beside openid
	// ACR and AMR are what an ID token must say about how somebody signed in there: one of ACR, and
	// one of AMR, where any are given. See OpenID Connect Core 1.0, 2, and RFC 8176.
	ACR, AMR []string
	Groups   string // the claim that names somebody's groups; "": groups
}

var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// check says what is wrong with settings, or nil.
func (s *Settings) check() error {
	switch {
	case !providerName.MatchString(s.Name):
		return evenkeel.Invalid("provider %.80q; expected a name of up to 32 of a-z, 0-9 and hyphens", s.Name)
	case !Trusted(s.Issuer):
		return evenkeel.Invalid("provider %s: issuer %.200q; expected such as https://id.example.net, or http:// on this machine", s.Name, s.Issuer)
	case s.ClientID == "" || s.Secret == "":
		return evenkeel.Invalid("provider %s: no client id, or no secret; expected both, as the provider gives them to a confidential client", s.Name)
	case !Trusted(s.Redirect):
		return evenkeel.Invalid("provider %s: browsers would come back to %.200q; expected an address with https://, or on this machine", s.Name, s.Redirect)
	}
	return nil
}

// Trusted says whether an address is one over TLS, or on this machine.
func Trusted(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	host := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	return u.Scheme == "http" && (host == "localhost" || err == nil && ip.Unmap().IsLoopback())
}
