package app

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/credit"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/watch"
)

// Check says what a process made of these parts would be refused for at its start, as far as
// that can be known without a data directory: what settings say, and what is in the files
// that they name. Nothing is made, listened to or spoken to. Warnings are of what it starts
// with and somebody should mend. The errors are of several faults, each with its key.
func Check(p *Parts) (warnings []string, err error) { return CheckBeside(p, nil) }

// CheckBeside is Check where reading the settings told faults already: what is known of a section
// that these name is not told again.
func CheckBeside(p *Parts, told error) (warnings []string, err error) {
	c := &p.Config
	now := func() evenkeel.Moment { return evenkeel.MomentOf(p.Now()) }
	var faults []error
	add := func(key string, err error) {
		if told != nil && strings.Contains(told.Error(), ": "+key) {
			return
		}
		if err != nil && !strings.Contains(err.Error(), key) { // else it is named already
			err = fmt.Errorf("%s: %w", key, err)
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	if err := c.Reachable(); err != nil {
		faults = append(faults, err) // each is of an address that can be read
	}
	_, err = sourcesOf(c.Intake.Sources)
	add("intake.sources", err)
	_, err = certified(&c.Console)
	add("console", err)
	_, err = providersOf(&c.Console, cmp.Or(strings.TrimRight(c.Console.URL, "/"), "http://127.0.0.1"), p.Now)
	add("console.providers", err)
	if c.Shield.Webhook.URL != "" {
		_, err = openHands(c.Data, &c.Shield.Webhook, nil, now)
		add("shield.webhook", err)
	}
	add("courier", letters(c, now))
	add("courier.mail", untellable(c, p.Policies.Force))
	if c.Billing.Webhook.URL != "" {
		_, err = billing(&c.Billing.Webhook, now)
		add("billing.webhook", err)
	}
	onCall, err := rotaOf(c)
	add("rota", err)
	if err == nil {
		warnings = amiss(c, onCall, now())
	}
	_, err = promisesOf(c)
	add("sla", err)
	_, err = bookOf(c, now)
	add("page", err)
	if c.Page.Heartbeat.URLFile != "" {
		_, err = watcherOf(&c.Page)
		add("page.heartbeat.url_file", err)
	}
	_, err = watch.New(p.Rules, watch.Options{Lateness: c.Watch.Lateness})
	add("rules", err)
	add("data", ownsocket.Private("listen at", c.Data, fileControl))
	for _, f := range c.SecretFiles() {
		if before := errors.Join(append(faults, told)...); before == nil || !strings.Contains(before.Error(), f.Path) {
			add(f.Key, unread(f.Path))
		}
	}
	warnings = slices.Concat(warnings, readable(c), presented(&c.Console, p.Now()), unordered("shield.webhook", &c.Shield.Webhook), unordered("hosts", hostsOf(c)), unbilled(c, p.Policies.Force), unlinked(c))
	if told == nil { // else it is not known what is carried out
		warnings = append(warnings, unsent(c)...)
	}
	return warnings, errors.Join(faults...)
}

// unopened is an outbox and what is known of tenants, where nothing is sent.
type (
	unopened struct{ courier.Outbox }
	unknown  struct{ courier.Contacts }
)

// letters makes the courier as it would be made.
func letters(c *config.Document, now func() evenkeel.Moment) error {
	some, err := link.NewKey("check", make([]byte, link.LeastKey))
	if err != nil {
		return err
	}
	p := courier.Parts{
		Outbox: unopened{}, Contacts: unknown{}, Marks: marksUnder(secret{}),
		Head: courier.Letterhead{Operator: c.Courier.Operator, Domain: c.Courier.Domain, ReplyTo: replyTo(c)},
	}
	if p.Head.Domain == "" {
		p.Head.Domain = domainOf(c.Console.URL)
	}
	if c.Console.URL != "" { // else links begin with an address that is chosen when it listens
		if p.Doors, err = courier.NewDoors(c.Console.URL, link.Keys{some}); err != nil {
			return fmt.Errorf("console.url: %w", err)
		}
	} else if p.Doors, err = courier.NewDoors("http://127.0.0.1", link.Keys{some}); err != nil {
		return err
	}
	if p.Channels, err = channels(&c.Courier, filepath.Join(c.Data, dirMail), now); err != nil {
		return err
	}
	_, err = courier.New(p, now, courier.Options{})
	return err
}

// unread says why a file with a secret cannot be read, or nil. Whoever needs the secret says it
// too, unless something else was amiss before.
func unread(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fileError("read", path, err)
	}
	return f.Close()
}

// readable names the files of secrets that others can read or write.
func readable(c *config.Document) (warnings []string) {
	for _, f := range c.SecretFiles() {
		if info, err := os.Stat(f.Path); err == nil && info.Mode().Perm()&0o077 != 0 {
			warnings = append(warnings, fmt.Sprintf("%s: others can get at %s (%v); expected its owner alone: chmod 600 %[2]s", f.Key, f.Path, info.Mode().Perm()))
		}
	}
	return warnings
}

// unordered names measures that a receiver can carry out and is never asked for, by what it
// declares. What it has yet to show is no slip.
func unordered(section string, r *config.Receiver) (warnings []string) {
	if r.URL == "" {
		return nil
	}
	m := shield.Means{
		Measures: r.Carries(), Declared: len(r.Keeps) > 0, Keeps: r.Keeps, Destroys: r.Destroys, Proven: true, Finishes: true, Key: section + ".keeps",
	}
	for _, x := range m.Measures {
		if why := m.Lacks(x); why != "" && x != evenkeel.MeasureNone { // which is a word that could not be read
			warnings = append(warnings, fmt.Sprintf("%s.measures: %v is never ordered: %s", section, x, why))
		}
	}
	return warnings
}

// hostsOf are the agents on hosts as a receiver that is spoken to, where they carry something out.
func hostsOf(c *config.Document) *config.Receiver {
	r := c.Carrier()
	if len(c.Hosts.Measures) == 0 {
		return &config.Receiver{}
	}
	r.URL = c.Hosts.Listen
	return &r
}

// presented says why browsers will not trust the certificate of the console. It is no reason
// to stand still: whoever renews it a day late still wants what is decided to be carried out.
func presented(c *config.Console, now time.Time) (warnings []string) {
	if !c.TLS() {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil || pair.Leaf == nil {
		return nil // which is a fault
	}
	const key = "console.tls_cert: "
	switch leaf := pair.Leaf; {
	case now.After(leaf.NotAfter):
		warnings = append(warnings, key+"it expired at "+leaf.NotAfter.UTC().Format(time.RFC3339)+"; browsers refuse it: renew it, and it is read again without a restart")
	case now.Before(leaf.NotBefore):
		warnings = append(warnings, key+"it holds from "+leaf.NotBefore.UTC().Format(time.RFC3339)+"; browsers refuse it until then: see whether the clock is right")
	}
	if u, err := url.Parse(c.URL); err == nil && u.Hostname() != "" {
		if err := pair.Leaf.VerifyHostname(u.Hostname()); err != nil {
			warnings = append(warnings, key+"it is not for "+u.Hostname()+", which console.url names: "+err.Error())
		}
	}
	return warnings
}

// unlinked warns where mails go out by a server on this machine, which may well carry them to tenants, and their links
// lead to this machine. By a server elsewhere that is a fault.
func unlinked(c *config.Document) []string {
	if c.Courier.Mail.Server == "" || c.Console.URL != "" {
		return nil
	}
	says := fmt.Sprintf("console.url: it is empty, and notices go out by mail through %s: the links in them lead to %s, where no tenant is", c.Courier.Mail.Server, c.Listen)
	if c.Courier.Domain == "" {
		says += ", and their Message-IDs end in evenkeel.invalid"
	}
	return []string{says + "; set it to the address at which tenants reach the console, unless no mail leaves this machine"}
}

// unsent warns where measures are carried out and notices are not: tenants would be limited and hear of it from nobody.
func unsent(c *config.Document) []string {
	carried := len(hostsOf(c).Measures) > 0 || len(c.Shield.Webhook.Measures) > 0
	if !carried || c.Courier.Tells() {
		return nil
	}
	return []string{"courier.mail.server, courier.webhook.url: not set, while measures are carried out (hosts.measures, shield.webhook.measures): notices are written down on paper, and no tenant hears why it is limited; set one, or tell every tenant yourself"}
}

// unbilled warns where the policy credits by itself and nobody who bills is told: tenants would read that it
// is credited to them, and no bill would have it.
func unbilled(c *config.Document, force *policy.Policy) []string {
	if force == nil || force.Credits().Mode != credit.Auto || c.Billing.Webhook.URL != "" {
		return nil
	}
	return []string{"billing.webhook: not set, and policy " + force.ID() + " credits tenants by itself (credits.mode: auto): they are told, and no bill has it unless somebody reads evenkeel credits"}
}
