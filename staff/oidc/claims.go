package oidc

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/evenkeel/evenkeel"
)

// Skew is how far the clocks of the provider and of this machine may differ.
const Skew = time.Minute

// algorithms are those by which an ID token may be signed. "none" and those of a shared secret are
// not among them: whoever has the secret could be anybody.
var algorithms = []string{oidc.RS256, oidc.ES256, oidc.EdDSA}

// maxSubject is how long a subject may be: OpenID Connect Core 1.0, 2.
const maxSubject = 255

// maxGroups is how many groups are looked at.
const maxGroups = 1000

// Identity is who a provider says that somebody is.
type Identity struct {
	Issuer, Subject string
	Email           string // in lower case; "" unless the provider says that it is verified
	Login           string // the name that they go by there; may change, and anybody may have it later
	Name            string
	Groups          []string
}

// claims are what is read of an ID token beside what go-oidc verifies.
type claims struct {
	Party    string   `json:"azp"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	Email    string   `json:"email"`
	Verified any      `json:"email_verified"` // some say it as a text
	Login    string   `json:"preferred_username"`
	Name     string   `json:"name"`
}

// identity says who an ID token is about, or what it lacks.
func (p *Provider) identity(t *oidc.IDToken, nonce string) (Identity, error) {
	var c claims
	var all map[string]any
	if t.Claims(&c) != nil || t.Claims(&all) != nil {
		return Identity{}, p.refuses("what it says of somebody cannot be read", nil)
	}
	s := &p.settings
	switch {
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1:
		return Identity{}, p.refuses("its ID token is for another sign-in (nonce)", nil)
	case t.IssuedAt.IsZero() || t.IssuedAt.After(p.now().Add(Skew)):
		return Identity{}, p.refuses("its ID token is from the future (iat): the clocks differ by more than a minute", nil)
	case len(t.Audience) > 1 && c.Party != s.ClientID || c.Party != "" && c.Party != s.ClientID:
		return Identity{}, p.refuses("its ID token was made for another program (azp)", nil)
	case t.Subject == "" || len(t.Subject) > maxSubject:
		return Identity{}, p.refuses("its ID token says nobody (sub)", nil)
	case len(s.ACR) > 0 && !slices.Contains(s.ACR, c.ACR):
		return Identity{}, p.tooWeak("acr", c.ACR, s.ACR)
	case len(s.AMR) > 0 && !slices.ContainsFunc(c.AMR, func(m string) bool { return slices.Contains(s.AMR, m) }):
		return Identity{}, p.tooWeak("amr", strings.Join(c.AMR, " "), s.AMR)
	}
	id := Identity{Issuer: t.Issuer, Subject: t.Subject, Login: c.Login, Name: c.Name}
	if c.Verified == true || c.Verified == "true" {
		id.Email = strings.ToLower(c.Email)
	}
	groups, _ := all[s.Groups].([]any)
	for _, g := range groups[:min(len(groups), maxGroups)] {
		if text, ok := g.(string); ok {
			id.Groups = append(id.Groups, text)
		}
	}
	return id, nil
}

// tooWeak says that somebody signed in there with less than is asked for here.
func (p *Provider) tooWeak(claim, has string, want []string) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: p.Title() + " let you in by " + claim + " \"" + has + "\"; expected one of " + strings.Join(want, " "),
		Hint: "sign in there with a second factor, and begin again",
	}
}
