package app

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier"
	notices "github.com/evenkeel/evenkeel/courier/webhook"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/shield/webhook"
)

// fileEndpoints has the secrets that those of tenants' endpoints are made from, one a line, the newest first.
const fileEndpoints = "endpoints.key"

// pingType is the form of a message that says nothing, for whoever tries out an endpoint.
const pingType = "evenkeel.ping.v1"

// Endpoints post to machines of tenants: to public addresses by TLS alone, without following anybody elsewhere.
type Endpoints struct {
	path  string // of the secrets
	allow []netip.Prefix
	roots *x509.CertPool // nil: whom the system trusts
	now   func() evenkeel.Moment
}

var _ notices.Reacher = (*Endpoints)(nil)

// NewEndpoints is ReadEndpoints, and makes the secrets where there are none.
func NewEndpoints(dir string, c *config.Endpoints, now func() evenkeel.Moment) (*Endpoints, error) {
	path := filepath.Join(dir, fileEndpoints)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		lot := make([]byte, 32)
		if _, err := rand.Read(lot); err != nil {
			return nil, err
		}
		s, err := signed.NewSecret(lot)
		if err != nil {
			return nil, err
		}
		if err := writeFile(path, s.Reveal()+"\n", 0o600); err != nil {
			return nil, err
		}
	}
	return ReadEndpoints(dir, c, now)
}

// ReadEndpoints goes by the secrets in a data directory, and says what is wrong with them or with the settings.
func ReadEndpoints(dir string, c *config.Endpoints, now func() evenkeel.Moment) (*Endpoints, error) {
	e := &Endpoints{path: filepath.Join(dir, fileEndpoints), now: now}
	for _, n := range c.Networks {
		e.allow = append(e.allow, n.Prefix)
	}
	if c.Authorities != "" {
		text, err := os.ReadFile(c.Authorities)
		if err != nil {
			return nil, fileError("read the authorities of endpoints from", c.Authorities, err)
		}
		if e.roots, err = x509.SystemCertPool(); err != nil {
			e.roots = x509.NewCertPool()
		}
		if !e.roots.AppendCertsFromPEM(text) {
			return nil, evenkeel.Invalid("read the authorities of endpoints from %s: it holds no certificate; expected PEM", c.Authorities)
		}
	}
	_, err := e.masters()
	return e, err
}

// masters are the secrets as the file holds them now: a change needs no start.
func (e *Endpoints) masters() (signed.Keys, error) {
	text, err := os.ReadFile(e.path)
	if err != nil {
		return nil, fileError("read the secrets of endpoints from", e.path, err)
	}
	keys, err := signed.ParseKeys(strings.Fields(string(text))...)
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "read the secrets of endpoints from " + e.path, Err: err,
			Hint: "put the file back from a copy; with another one every tenant has to be told a new secret",
		}
	}
	return keys, nil
}

// CheckEndpoint says what is wrong with the address of an endpoint: what nobody would ever be posted to.
func CheckEndpoint(address string) error {
	if err := signed.CheckAddress(address); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "endpoint", Err: err}
	}
	return nil
}

// Secrets are what a tenant verifies with what its endpoint is posted, the newest first.
func (e *Endpoints) Secrets(to evenkeel.TenantID, address string) (out []string, err error) {
	if err := CheckEndpoint(address); err != nil {
		return nil, err
	}
	keys, err := e.masters()
	if err != nil {
		return nil, err
	}
	for _, k := range keys.For(string(to), address) {
		out = append(out, k.Reveal())
	}
	return out, nil
}

// Post posts one message, once.
func (e *Endpoints) Post(ctx context.Context, to evenkeel.TenantID, address, id string, body []byte) (status int, err error) {
	if err := signed.CheckAddress(address); err != nil { // whoever put it into the inventory
		return 0, err
	}
	keys, err := e.masters()
	if err != nil {
		return 0, err
	}
	s, err := webhook.NewSender(webhook.Endpoint{URL: address, Keys: keys.For(string(to), address), Allow: e.allow, Roots: e.roots}, e.now)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	a, err := s.Post(ctx, id, body)
	if err != nil && a.Status == 0 {
		return 0, errors.New(nameless(err.Error(), address))
	}
	return a.Status, nil
}

// nameless takes the host of an address out of what is said: no address of a tenant's stands in a timeline.
func nameless(says, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "it cannot be posted to"
	}
	for _, s := range []string{strings.ToLower("https://" + u.Host), "https://" + u.Host, u.Host, strings.ToLower(u.Hostname()), u.Hostname()} {
		says = strings.ReplaceAll(says, s, "its host")
	}
	return says
}

// Ping posts a message that says nothing, and returns what was answered.
func (e *Endpoints) Ping(ctx context.Context, to evenkeel.TenantID, address string) (says string, err error) {
	id := "ping-" + strings.ToLower(rand.Text())
	body, err := json.Marshal(map[string]string{"type": pingType, "id": id, "tenant": string(to), "at": e.now().String()})
	if err != nil {
		return "", err
	}
	status, err := e.Post(ctx, to, address, id, body)
	switch {
	case err != nil:
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "post to the endpoint", Err: err}
	case status < 200 || status >= 300:
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("the endpoint answered %d %s", status, http.StatusText(status)), Hint: "expected any status of success; redirects are not followed"}
	}
	return fmt.Sprintf("%d %s", status, http.StatusText(status)), nil
}

// openPosts makes the courier that posts to machines of tenants, beside the one that tells people.
func (h *house) openPosts(p courier.Parts) (err error) {
	to, err := NewEndpoints(h.dir, &h.parts.Config.Courier.Endpoints, h.now)
	if err != nil {
		return err
	}
	whom := p.Contacts
	if !h.parts.Config.Courier.Tells() { // what is on paper is told to nobody, and not to a machine either
		whom = nil
	}
	p.Outbox, p.Machines, p.Channels = NewPosts(h.judge, h.books, whom, h.now), true, []courier.Channel{notices.NewEndpoints(to)}
	h.posts, err = courier.New(p, h.now, courier.Options{Log: h.parts.Log})
	return err
}
