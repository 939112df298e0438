package certificates

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"

	"github.com/evenkeel/evenkeel"
)

// Authority is an ACME server (RFC 8555), and where what it issues is kept.
type Authority struct {
	Directory string         // the URL of its directory, https
	Roots     *x509.CertPool // that vouch for the server itself; nil: those of the system
	Email     string         // of the account; may be empty
	EAB       EAB            // external account binding (RFC 8555 section 7.3.4), where the authority wants one
	Profile   string         // of certificates, where the authority has several; empty: its default

	// Storage is a folder for keys, certificates and accounts. Where it cannot be written to, what is there goes on being served, and nothing new is
	// asked for.
	Storage string

	// HTTPPort and TLSPort are where this edge listens for what the world reaches at 80 and 443. Through the first the authority is answered by
	// Store.HTTP (HTTP-01), through the second by Store.Certificate (TLS-ALPN-01, RFC 8737); 0: that way is not offered.
	// One of both has to be. Host is the address of the listeners, where it is not all of the machine's: certmagic looks whether
	// somebody listens there, and does so itself for the time of a challenge if nobody does.
	HTTPPort, TLSPort int
	Host              string
}

// EAB binds the account to one that the authority knows already; the key is base64url.
type EAB struct{ KeyID, Key string }

func (a *Authority) check() error {
	u, err := url.Parse(a.Directory)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "":
		return evenkeel.Invalid("the directory of the certificate authority is %q; expected the URL of an ACME directory, https", a.Directory)
	case a.Storage == "":
		return evenkeel.Invalid("no storage of certificates is given; expected a folder")
	case a.HTTPPort <= 0 && a.TLSPort <= 0, a.HTTPPort > 65535, a.TLSPort > 65535:
		return evenkeel.Invalid("the ports of challenges are %d (HTTP) and %d (TLS); expected one of both at least, 1 to 65535", a.HTTPPort, a.TLSPort)
	case (a.EAB.KeyID == "") != (a.EAB.Key == ""):
		return evenkeel.Invalid("half an external account is given; expected its id and its key, or neither")
	}
	return nil
}

// client is certmagic, of which the account, the order, the solvers and the storage are used; what is served, when something is asked
// for and when it is renewed is decided here.
type client struct {
	cache   *certmagic.Cache // empty; certmagic makes no Config without one
	config  *certmagic.Config
	issuer  *certmagic.ACMEIssuer
	storage *certmagic.FileStorage
}

func newClient(a *Authority) *client {
	c := &client{storage: &certmagic.FileStorage{Path: a.Storage}}
	silent := zap.NewNop() // errors are returned, and logged by whoever asked
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.config, nil }, Logger: silent,
	})
	c.config = certmagic.New(c.cache, certmagic.Config{Storage: c.storage, Logger: silent, DisableARI: true, OCSP: certmagic.OCSPConfig{DisableStapling: true}})
	template := certmagic.ACMEIssuer{
		CA: a.Directory, TrustedRoots: a.Roots, Email: a.Email, Agreed: true, Profile: a.Profile, Logger: silent,
		ListenHost: a.Host, AltHTTPPort: a.HTTPPort, DisableHTTPChallenge: a.HTTPPort <= 0, AltTLSALPNPort: a.TLSPort, DisableTLSALPNChallenge: a.TLSPort <= 0,
	}
	if a.EAB.KeyID != "" {
		template.ExternalAccount = &acme.EAB{KeyID: a.EAB.KeyID, MACKey: a.EAB.Key}
	}
	c.issuer = certmagic.NewACMEIssuer(c.config, template)
	c.config.Issuers = []certmagic.Issuer{c.issuer}
	return c
}

// writable says why nothing could be kept, if so: it writes as much as a certificate, and reads it.
func (c *client) writable(ctx context.Context) error {
	const probe = "evenkeel-probe"
	if err := c.storage.Store(ctx, probe, make([]byte, 16<<10)); err != nil {
		return fmt.Errorf("the storage of certificates cannot be written to: %w", err)
	}
	if err := c.storage.Delete(ctx, probe); err != nil {
		return fmt.Errorf("the storage of certificates deletes nothing: %w", err)
	}
	return nil
}

// load is what the storage has of a name; fs.ErrNotExist where it has nothing.
func (c *client) load(ctx context.Context, name string) (*pair, error) {
	of := c.issuer.IssuerKey()
	chain, err := c.storage.Load(ctx, certmagic.StorageKeys.SiteCert(of, name))
	if err != nil {
		return nil, err
	}
	key, err := c.storage.Load(ctx, certmagic.StorageKeys.SitePrivateKey(of, name))
	if err != nil {
		return nil, err
	}
	return decodeFor(name, chain, key)
}

func decodeFor(name string, chain, key []byte) (*pair, error) {
	p, err := decode(chain, key)
	if err != nil {
		return nil, err
	}
	if err := p.certificate.Leaf.VerifyHostname(name); err != nil {
		return nil, err
	}
	return p, nil
}

// issue gets a certificate for a name, whether there was one or not. Where it is issued and cannot be kept, there are both the pair and the error.
func (c *client) issue(ctx context.Context, name string) (*pair, error) {
	o := &order{issuer: c.issuer}
	config := certmagic.New(c.cache, certmagic.Config{
		Storage: c.storage, Logger: c.config.Logger, DisableARI: true, OCSP: c.config.OCSP, Issuers: []certmagic.Issuer{o}, KeySource: o,
	})
	err := config.RenewCertSync(ctx, name, true) // obtains, where there is nothing to renew
	if o.chain == nil {
		if err == nil {
			err = errors.New("somebody else renewed it meanwhile")
			if p, fault := c.load(ctx, name); fault == nil {
				return p, nil
			}
		}
		return nil, err
	}
	key, fault := certmagic.PEMEncodePrivateKey(o.key)
	if fault != nil {
		return nil, fault
	}
	p, fault := decodeFor(name, o.chain, key)
	if fault != nil {
		return nil, fmt.Errorf("what the authority issued is no certificate for %s: %w", name, fault)
	}
	if err != nil {
		err = fmt.Errorf("the certificate is held in memory alone: %w", err)
	}
	return p, err
}

// order is one issuance. It sees key and chain pass by, so that a full disk costs no issuance, and never lets certmagic ask anybody at a terminal.
type order struct {
	issuer *certmagic.ACMEIssuer
	key    crypto.PrivateKey
	chain  []byte
}

func (o *order) GenerateKey() (crypto.PrivateKey, error) {
	key, err := certmagic.StandardKeyGenerator{KeyType: certmagic.P256}.GenerateKey()
	o.key = key
	return key, err
}

func (o *order) PreCheck(ctx context.Context, names []string, _ bool) error {
	return o.issuer.PreCheck(ctx, names, false)
}

func (o *order) Issue(ctx context.Context, request *x509.CertificateRequest) (*certmagic.IssuedCertificate, error) {
	c, err := o.issuer.Issue(ctx, request)
	if err == nil {
		o.chain = c.Certificate
	}
	return c, err
}

func (o *order) IssuerKey() string { return o.issuer.IssuerKey() }

// reason is the problem that an authority reports, without the URLs and names around it, or the error.
func reason(err error) string {
	var p acme.Problem
	if errors.As(err, &p) {
		says := strings.TrimPrefix(p.Type, acme.ProblemTypeNamespace)
		if p.Detail != "" {
			says += ": " + p.Detail
		}
		return "the authority says " + says
	}
	return err.Error()
}
