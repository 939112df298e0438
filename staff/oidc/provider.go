package oidc

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/evenkeel/evenkeel"
)

// How long a description of a provider is good, after which its keys are fetched anew too, and how
// long one that could not be had is not asked for again.
const (
	describedFor = time.Hour
	awayFor      = 5 * time.Second
)

// Provider is somebody who says who people are. Any number of goroutines may use it.
type Provider struct {
	settings Settings
	now      func() time.Time
	client   *http.Client
	key      []byte // seals tickets; it is new in every process

	mu    sync.Mutex
	known *described
	until time.Time // known, or err, is good until then
	err   error
}

// described is what a provider says about itself.
type described struct {
	flow     oauth2.Config
	verifier *oidc.IDTokenVerifier
	names    bool // it says in its answer who it is: RFC 9207
}

// New returns a provider, which is not spoken to yet. KindInvalid where a setting is wrong.
func New(s Settings, now func() time.Time) (*Provider, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	s.Groups = cmp.Or(s.Groups, "groups")
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return &Provider{settings: s, now: now, client: newClient(), key: key}, nil
}

// Name is what the provider is called in addresses.
func (p *Provider) Name() string { return p.settings.Name }

// Title is what people read.
func (p *Provider) Title() string { return cmp.Or(p.settings.Title, p.settings.Name) }

// Issuer is who the provider says that it is.
func (p *Provider) Issuer() string { return p.settings.Issuer }

// Begin returns where to send a browser, and what it has to remember meanwhile. KindUnavailable
// where the provider does not answer.
func (p *Provider) Begin(ctx context.Context, t Ticket) (to, remember string, err error) {
	d, err := p.described(ctx)
	if err != nil {
		return "", "", err
	}
	s := sealed{Ticket: t, Provider: p.settings.Name, Seed: make([]byte, 16), Until: evenkeel.MomentOf(p.now()).Add(TicketFor)}
	_, _ = rand.Read(s.Seed)
	if remember, err = seal(p.key, &s); err != nil {
		return "", "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(s.nonce(p.key)), oauth2.S256ChallengeOption(s.verifier(p.key))}
	if acr := p.settings.ACR; len(acr) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", acr[0]))
	}
	return d.flow.AuthCodeURL(s.state(p.key), options...), remember, nil
}

// Finish takes what a browser brings back, and what it remembers. KindDenied where that does not fit
// together, or where the provider says no; KindUnavailable where the provider does not answer.
func (p *Provider) Finish(ctx context.Context, remembered string, brought url.Values) (id Identity, t Ticket, err error) {
	s, err := unseal(p.key, remembered, p.settings.Name, evenkeel.MomentOf(p.now()))
	if err != nil {
		return id, t, err
	}
	if subtle.ConstantTimeCompare([]byte(brought.Get("state")), []byte(s.state(p.key))) != 1 {
		return id, t, errTicket
	}
	d, err := p.described(ctx)
	if err != nil {
		return id, s.Ticket, err
	}
	if iss := brought.Get("iss"); iss != p.settings.Issuer && (iss != "" || d.names) {
		return id, s.Ticket, p.refuses("the answer comes from another provider (iss)", nil)
	}
	if word := brought.Get("error"); word != "" || brought.Get("code") == "" {
		return id, s.Ticket, p.refuses(fmt.Sprintf("it says %.60q", cmp.Or(word, "nothing")), nil)
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), ReachFor)
	defer cancel()
	token, err := d.flow.Exchange(ctx, brought.Get("code"), oauth2.VerifierOption(s.verifier(p.key)))
	if err != nil {
		if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok && said.Response.StatusCode < http.StatusInternalServerError {
			return id, s.Ticket, p.refuses("it does not take the code that it gave: it was used, or is over, or the client's secret is wrong", nil)
		}
		return id, s.Ticket, p.away(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return id, s.Ticket, p.refuses("it gives no ID token", nil)
	}
	verified, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return id, s.Ticket, p.refuses("its ID token is not believed", err)
	}
	id, err = p.identity(verified, s.nonce(p.key))
	return id, s.Ticket, err
}

// described returns what the provider says about itself, asking it where that is not known or is old.
func (p *Provider) described(ctx context.Context) (*described, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Before(p.until) {
		return p.known, p.err
	}
	d, err := p.describe(context.WithoutCancel(ctx)) // for whoever comes next, too
	switch {
	case err == nil:
		p.known, p.err, p.until = d, nil, now.Add(describedFor)
	case p.known != nil: // one that is away for a moment is the same when it is back
		p.until = now.Add(awayFor)
	default:
		p.err, p.until = p.away(err), now.Add(awayFor)
	}
	return p.known, p.err
}

// describe asks the provider what it is.
func (p *Provider) describe(ctx context.Context) (*described, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	asked, cancel := context.WithTimeout(ctx, ReachFor)
	defer cancel()
	found, err := oidc.NewProvider(asked, p.settings.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Keys  string `json:"jwks_uri"`
		Names bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	at := found.Endpoint()
	for _, u := range []string{at.AuthURL, at.TokenURL, more.Keys} {
		if !Trusted(u) {
			return nil, evenkeel.Invalid("it names the address %.200q; expected https://, or one on this machine", u)
		}
	}
	s := &p.settings
	return &described{
		flow: oauth2.Config{
			ClientID: s.ClientID, ClientSecret: s.Secret, Endpoint: at, RedirectURL: s.Redirect, Scopes: append([]string{oidc.ScopeOpenID}, s.Scopes...),
		},
		verifier: found.VerifierContext(ctx, &oidc.Config{
			ClientID: s.ClientID, SupportedSigningAlgs: algorithms, Now: func() time.Time { return p.now().Add(-Skew) },
		}),
		names: more.Names,
	}, nil
}

func (p *Provider) refuses(says string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "sign in with " + p.Title() + ": " + says, Err: err,
		Hint: "begin again from the page where one signs in; if it happens again, tell whoever runs this console what stands here",
	}
}

func (p *Provider) away(err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: p.Title() + " cannot be reached, or is set up wrong", Err: err,
		Hint: "whoever has a password and a code here signs in with them as before; the log says what was wrong",
	}
}
