package config

import (
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

var grants = []string{"telemetry", "inventory"}

// File is a file with a secret, and the key that names it.
type File struct{ Key, Path string }

// SecretFiles are the files with secrets that are named.
func (d *Document) SecretFiles() (all []File) {
	for _, s := range d.Intake.Sources {
		all = append(all, File{"intake.sources." + s.Name + ".token_file", s.TokenFile})
	}
	for _, p := range d.Console.Providers {
		all = append(all, File{"console.providers." + p.Name + ".secret_file", p.SecretFile})
	}
	all = append(all,
		File{"console.tls_key", d.Console.TLSKey}, File{"shield.webhook.secret_file", d.Shield.Webhook.SecretFile},
		File{"courier.mail.password_file", d.Courier.Mail.PasswordFile}, File{"courier.webhook.secret_file", d.Courier.Webhook.SecretFile},
		File{"billing.webhook.secret_file", d.Billing.Webhook.SecretFile},
		File{"inbox.imap.password_file", d.Inbox.IMAP.PasswordFile},
	)
	all = append(all, d.Page.secretFiles()...)
	all = append(all, d.Reports.secretFiles()...)
	return slices.DeleteFunc(all, func(f File) bool { return f.Path == "" })
}

// check refuses what cannot hold; a fault is named by its key.
func (d *Document) check(name string) error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, evenkeel.Invalid(name+": "+key+": "+format, args...))
	}
	taken := map[string]string{}
	for _, a := range slices.Concat(d.addresses(), d.Hosts.addresses(), d.Inbox.addresses(), d.Reports.addresses()) {
		if err := CheckAddress(name+": "+a.key, a.at); err != nil {
			faults = append(faults, err)
		} else if other := taken[a.at]; other != "" && !strings.HasSuffix(a.at, ":0") {
			fault(a.key, "%s, as %s has it; expected another address", a.at, other)
		}
		taken[a.at] = a.key
	}
	if d.Durability != "fast" && d.Durability != "sync" {
		fault("durability", "%q; expected fast or sync", d.Durability)
	}
	switch s := &d.Status; {
	case s.CallAfter < time.Minute || s.CallAfter > time.Hour:
		fault("status.call_after", "%v; expected 1m to 1h", s.CallAfter)
	case s.Tenants < 2 || s.Tenants > 1000:
		fault("status.tenants", "%d; expected 2 to 1000", s.Tenants)
	case !(s.Share >= 0.5 && s.Share <= 0.9999):
		fault("status.share", "%v; expected 0.5 to 0.9999", s.Share)
	case s.Quiet < 2*time.Minute || s.Quiet > 2*time.Hour:
		fault("status.quiet", "%v; expected 2m to 2h", s.Quiet)
	}
	if d.Data == "" {
		fault("data", "it is empty; expected a directory")
	}
	for _, f := range d.SecretFiles() {
		if strings.Contains(f.Path, "whsec_") || strings.Contains(f.Path, "PRIVATE KEY") || strings.Contains(f.Path, "://") { // not to be repeated as the name of a file that is not there
			fault(f.Key, "it is the secret itself; expected the name of a file that holds it, which its owner alone can read")
		}
	}
	d.checkAmounts(fault)
	d.checkOthers(fault)
	d.Page.check(&d.Courier.Mail, fault)
	d.Inbox.check(fault)
	d.Ledger.check(fault)
	d.Reports.check(fault)
	d.Hosts.check(&d.Shield.Webhook, fault)
	d.Console.checkProviders(fault)
	for i := range d.Intake.Sources {
		d.Intake.Sources[i].check(fault)
	}
	return errors.Join(faults...)
}

func (d *Document) checkAmounts(fault func(key, format string, args ...any)) {
	w := &d.Watch
	for _, t := range []struct {
		key          string
		given, least time.Duration
	}{
		{"retention.age", d.Retention.Age, time.Minute}, {"retention.findings", d.Retention.Findings, LeastFindings},
		{"retention.contacts", d.Retention.Contacts, LeastContacts}, {"retention.mails", d.Retention.Mails, LeastMails}, {"retention.reports", d.Retention.Reports, LeastReports}, {"checkpoint.every", d.Checkpoint.Every, time.Second},
		{"watch.lateness", w.Lateness, time.Second}, {"watch.horizon", w.Horizon, 2 * w.Lateness},
	} {
		if t.given < t.least {
			fault(t.key, "%s; expected at least %s", t.given, t.least)
		}
	}
	if w.Lateness > 7*time.Minute {
		fault("watch.lateness", "%s; expected at most 7m", w.Lateness)
	}
	for _, n := range []struct {
		key          string
		given, least int64
	}{
		{"retention.bytes", int64(d.Retention.Bytes), 1 << 20}, {"watch.subjects", int64(w.Subjects), evenkeel.Partitions},
		{"watch.lines", int64(w.Lines), evenkeel.Partitions}, {"watch.tenant_share", int64(w.TenantShare), 1},
		{"watch.identities", int64(w.Identities), 1}, {"watch.held", int64(w.Held), 1},
	} {
		if n.given < n.least {
			fault(n.key, "%d; expected at least %d", n.given, n.least)
		}
	}
}

func (s *Source) check(fault func(key, format string, args ...any)) {
	key := "intake.sources." + s.Name
	if err := evenkeel.CheckID("source", s.Name); err != nil {
		fault("intake.sources", "%v", err)
	}
	switch digest, err := hex.DecodeString(s.TokenSHA256); {
	case (s.TokenSHA256 == "") == (s.TokenFile == ""):
		fault(key, "expected one of token_sha256 and token_file")
	case s.TokenSHA256 != "" && (err != nil || len(digest) != 32):
		fault(key+".token_sha256", "expected 64 hex digits: the SHA-256 of the token")
	}
	for _, g := range s.May {
		if !slices.Contains(grants, g) {
			fault(key+".may", "%q; expected telemetry, inventory or both", g)
		}
	}
	if len(s.May) == 0 {
		fault(key+".may", "it is empty; expected telemetry, inventory or both")
	}
	if s.Points < 0 {
		fault(key+".points_per_second", "%v; expected 0 or more", s.Points)
	}
}

// checkOthers holds what says where others are.
func (d *Document) checkOthers(fault func(key, format string, args ...any)) {
	c, r, m, t := &d.Console, &d.Shield.Webhook, &d.Courier.Mail, &d.Courier.Webhook
	if (c.TLSCert == "") != (c.TLSKey == "") {
		fault("console.tls_cert", "it stands without tls_key, or tls_key without it; expected both or neither")
	}
	switch {
	case c.URL == "":
	case !based(c.URL):
		fault("console.url", "%q; expected such as https://evenkeel.example.net, without a path", c.URL)
	case !secureOrHere(c.URL):
		fault("console.url", "%q would have tenants read and answer in the clear; expected https://", c.URL)
	}
	if strings.TrimSpace(d.Courier.Operator) == "" {
		fault("courier.operator", "it is empty; expected the name by which tenants know you")
	}
	for _, w := range []hook{{"shield.webhook", r.URL, r.SecretFile, r.Networks}, {"courier.webhook", t.URL, t.SecretFile, t.Networks},
		{"billing.webhook", d.Billing.Webhook.URL, d.Billing.Webhook.SecretFile, d.Billing.Webhook.Networks}} {
		w.check(fault)
	}
	r.check(fault)
	if u, err := url.Parse(t.URL); c.URL == "" && t.URL != "" && err == nil && !loopback(net.JoinHostPort(u.Hostname(), "0")) {
		fault("console.url", "it is empty, and notices go out by courier.webhook: the links in them would lead to %s, where no tenant is", d.Listen)
	}
	if !slices.Contains([]string{"starttls", "tls", "none"}, m.TLS) {
		fault("courier.mail.tls", "%q; expected starttls, tls or none", m.TLS)
	}
	if m.Server == "" {
		return
	}
	if why := notAddress(m.Server); why != "" {
		fault("courier.mail.server", "%q %s; expected such as smtp.example.net:587", m.Server, why)
	}
	if m.TLS == "none" && !loopback(m.Server) {
		fault("courier.mail.tls", "none, and %s is another machine; expected starttls or tls", m.Server)
	}
	if m.From == "" {
		fault("courier.mail.from", "it is empty; expected the address that notices come from")
	}
	if c.URL == "" && !loopback(m.Server) {
		fault("console.url", "it is empty, and notices go out by mail: the links in them would lead to %s, where no tenant is", d.Listen)
	}
	if (m.User == "") != (m.PasswordFile == "") {
		fault("courier.mail.user", "it stands without password_file, or password_file without it; expected both or neither")
	}
}

// based says whether a text is the address of a site, without a path.
func based(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// secureOrHere says whether the address of a site is https, or on this machine.
func secureOrHere(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || loopback(net.JoinHostPort(u.Hostname(), "0")))
}

type address struct{ key, at string }

func (d *Document) addresses() []address {
	return []address{{"listen", d.Listen}, {"intake.otlp_grpc", d.Intake.OTLPgRPC}, {"intake.otlp_http", d.Intake.OTLPHTTP}}
}

// CheckAddress says why nobody can listen at an address, or nil. key is what it was given as.
func CheckAddress(key, at string) error {
	if why := notAddress(at); why != "" {
		return evenkeel.Invalid("%s: %q %s; expected such as 127.0.0.1:7070, or port 0 for any that is free", key, at, why)
	}
	return nil
}

// notAddress says why a text is no host with a port, or "".
func notAddress(a string) string {
	host, port, err := net.SplitHostPort(a)
	switch _, bad := strconv.ParseUint(port, 10, 16); {
	case strings.Contains(a, "://"):
		return "is the address of a page"
	case err != nil && strings.Count(a, ":") > 1:
		return "is no address: IPv6 needs brackets, such as [::1]:7070"
	case err != nil:
		return "has no port"
	case bad != nil:
		return "has no port from 0 to 65535"
	case !hostLike(host):
		return "has neither the address nor the name of a machine"
	}
	return ""
}

// hostLike says whether a text may be a machine's address or its name; "" is all addresses of
// this one. What has only digits and full stops is an address or a mistake.
func hostLike(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil || s == "" {
		return true
	}
	return strings.Trim(s, "0123456789.") != "" && !strings.ContainsAny(s, " /@:%\t")
}

// Reachable refuses addresses that others can reach where they could listen in, or where nobody
// has a token: whoever reaches them could say anything about anybody.
func (d *Document) Reachable() error {
	var faults []error
	fault := func(says, hint string) {
		faults = append(faults, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: says, Hint: hint})
	}
	const can = " can be reached from other machines, and "
	if near := loopback(d.Listen) || notAddress(d.Listen) != ""; !near && !d.Console.TLS() {
		fault("listen: "+d.Listen+can+"the console has no TLS",
			"set console.tls_cert and console.tls_key, or listen on 127.0.0.1 behind a server that ends TLS and set console.url")
	} else if !near && d.Console.URL == "" {
		fault("listen: "+d.Listen+can+"console.url does not say how",
			"set console.url to the address with which links to the console and to the pages of tenants begin, such as https://evenkeel.example.net")
	}
	for _, a := range d.Reports.addresses() {
		if len(d.Reports.Reporters) > 0 && !d.Console.TLS() && !loopback(a.at) && notAddress(a.at) == "" {
			fault(a.key+": "+a.at+can+"reporters' tokens would come in the clear",
				"set console.tls_cert and console.tls_key, which it has too, or listen on 127.0.0.1 behind a server that ends TLS, or name no reporters")
		}
	}
	for _, a := range d.addresses()[1:] {
		if len(d.Intake.Sources) == 0 && !loopback(a.at) && notAddress(a.at) == "" {
			fault(a.key+": "+a.at+can+"no source has a token",
				"give intake.sources a source with token_file and may, or listen on 127.0.0.1; evenkeel config print shows how")
		}
	}
	return errors.Join(faults...)
}

func loopback(a string) bool {
	host, _, err := net.SplitHostPort(a)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
