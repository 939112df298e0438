package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"net/http"
	address "net/mail"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/desk"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/mail"
	notices "github.com/evenkeel/evenkeel/courier/webhook"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/webhook"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	fileLinks = "links.key" // signs the links in notices; for its owner alone
	dirMail   = "mail"      // mails that nobody gets
)

// openSite makes what is at the console's address, and those who send what was decided.
func (h *house) openSite(ctx context.Context, f *front) (http.Handler, error) {
	c := &h.parts.Config
	if h.base = strings.TrimRight(c.Console.URL, "/"); h.base == "" {
		h.base = "http://" + f.at.Console
		if c.Console.TLS() {
			h.base = "https://" + f.at.Console
		}
	}
	facts := desk.Facts{Registry: h.watcher.registry, Policy: h.parts.Policies.Force, Now: h.parts.Now}
	if err := h.openSending(facts); err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(f.at.Console)
	if err != nil {
		return nil, err
	}
	site, err := h.site(facts, port)
	if err != nil {
		return nil, err
	}
	if !h.parts.does(RoleConsole) {
		return site, nil
	}
	token, first, err := h.staff.FirstLink(ctx)
	if first {
		f.at.SignIn = h.entrance(token)
	}
	return site, err
}

// senders are the loops that send what was decided, until ctx ends: from when all is heard that
// was in the log, so that nothing is ordered about what it says changed hands.
func (h *house) senders(ctx context.Context) (all []func() error) {
	for _, s := range []struct {
		does Role
		run  func(context.Context) error
	}{{RoleShield, h.enforcer.Run}, {RoleShield, h.prove}, {RoleCourier, h.courier.Run}, {RoleCourier, h.noter.Run}, {RoleCourier, h.posts.Run}, {RoleCourier, h.caller.Run}} {
		if h.parts.does(s.does) {
			all = append(all, func() error {
				if h.state.caughtUp(ctx) != nil { // the end came first
					return nil
				}
				return s.run(ctx)
			})
		}
	}
	return all
}

// openSending makes the enforcer, the courier and the caller.
func (h *house) openSending(facts desk.Facts) (err error) {
	c, log := &h.parts.Config.Courier, h.parts.Log
	h.orders = NewOrders(h.judge, h.books, h.now, h.parts.Log)
	h.orders.applied = h.canary.applied
	opts := shield.Options{Log: log}
	if h.hosts != nil {
		h.hosts.orders, h.hosts.books, opts.Parallel = h.orders, h.books, hostsParallel
	}
	h.enforcer = shield.NewEnforcer(&lender{hands: h.hands, agents: h.hosts, dir: h.dir, peek: h.books.Peek, now: h.now}, h.orders, h.now, opts)
	h.judge.heads.orders = h.enforcer.Nudge
	if h.links, err = linkKeys(h.path(fileLinks)); err != nil {
		return err
	}
	key, err := keyIn(h.dir)
	if err != nil {
		return err
	}
	h.linkMarks = marksUnder(key)
	p := courier.Parts{
		Outbox: NewNotices(h.judge, h.books, h.now), Contacts: facts, Marks: h.linkMarks,
		Head: courier.Letterhead{Operator: c.Operator, Domain: h.mailDomain(), ReplyTo: replyTo(&h.parts.Config), OnPaper: h.hands.paper},
		Ways: h.waysOf, Reported: h.reportedOf, Carried: h.carriedByHost,
	}
	if p.Doors, err = courier.NewDoors(h.base, h.links); err != nil {
		return err
	}
	if p.Channels, err = channels(c, h.path(dirMail), h.now); err != nil {
		return err
	}
	h.noter = &noter{books: h.books, contacts: facts, channel: p.Channels[0], marks: h.linkMarks, head: p.Head, now: h.now, warn: func(err error) {
		log.Warn("a note about an incident cannot be brought; it comes again", "err", redact.Addresses(err.Error()), "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written"))
	}}
	if h.courier, err = courier.New(p, h.now, courier.Options{Log: log}); err != nil {
		return err
	}
	if err = h.openPosts(p); err != nil {
		return err
	}
	if err = registerAll(h.reg, (*voices)(h.courier), h.canary); err != nil {
		return err
	}
	return h.openCalls()
}

// marksUnder makes the key of recipients' marks from that of the data directory: it has to stay
// the same for as long as there are books.
func marksUnder(key secret) redact.Key {
	sum := sha256.Sum256(append([]byte("evenkeel recipients 1\n"), key[:]...))
	k, _ := redact.NewKey(sum[:]) // it has as many bytes as one needs
	return k
}

// voices tell which ways of telling tenants are silent.
type voices courier.Courier

var descSilent = describe("courier_silent", "1 where the last letter on a channel did not get through, 410 Gone included; the log says why.", "channel")

// Describe names what Collect tells.
func (v *voices) Describe(out chan<- *prometheus.Desc) { out <- descSilent }

// Collect tells how it is now.
func (v *voices) Collect(out chan<- prometheus.Metric) {
	for channel, silent := range (*courier.Courier)(v).Silent() {
		value := 0.0
		if silent {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(descSilent, prometheus.GaugeValue, value, channel)
	}
}

// channels are the ways on which tenants are told.
func channels(c *config.Courier, folder string, now func() evenkeel.Moment) (all []courier.Channel, err error) {
	m := &c.Mail
	var letters courier.Channel
	if m.Server == "" {
		letters, err = mail.NewFolder(folder, m.From, now)
	} else {
		letters, err = mailServer(m, now)
	}
	if err != nil {
		return nil, err
	}
	all = append(all, letters)
	if w := &c.Webhook; w.URL != "" {
		to, err := notices.NewPatient(func() (notices.Poster, error) { return posterTo(w, now) }, now)
		if err != nil {
			return nil, err
		}
		all = append(all, notices.New(to))
	}
	return all, nil
}

// mailServer is the channel to the server that takes mail.
func mailServer(m *config.Mail, now func() evenkeel.Moment) (*mail.SMTP, error) {
	security, err := mail.ParseSecurity(m.TLS)
	if err != nil {
		return nil, err
	}
	return mail.New(mail.Server{
		Addr: m.Server, Security: security, User: m.User, SecretFile: m.PasswordFile, From: m.From, ReplyTo: m.ReplyTo,
	}, now)
}

// posterTo opens the sender to a receiver of notices, with the secrets that its file holds now.
func posterTo(w *config.Teller, now func() evenkeel.Moment) (notices.Poster, error) {
	to, err := endpointOf("courier.webhook", w.URL, w.SecretFile, w.Networks)
	if err != nil {
		return nil, err
	}
	sender, err := webhook.NewSender(to, now)
	return poster{sender}, err
}

// poster posts notices by the sender that orders go by.
type poster struct{ *webhook.Sender }

// Post posts one message.
func (p poster) Post(ctx context.Context, id string, body []byte) (status int, err error) {
	a, err := p.Sender.Post(ctx, id, body)
	return a.Status, err
}

// domainOf is the host of an address, for identities of mails.
func domainOf(base string) string {
	if u, err := url.Parse(base); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "evenkeel.invalid"
}

// linkKeys reads the keys of links, one a line, the first of which signs; or makes one.
func linkKeys(path string) (link.Keys, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		var lot [36]byte
		if _, err := rand.Read(lot[:]); err != nil {
			return nil, err
		}
		k, err := link.NewKey(hex.EncodeToString(lot[:4]), lot[4:])
		if err != nil {
			return nil, err
		}
		return link.Keys{k}, writeFile(path, k.Reveal()+"\n", 0o600)
	}
	if err != nil {
		return nil, fileError("read", path, err)
	}
	keys, err := link.ParseKeys(strings.Fields(string(text))...)
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "read the keys of links from " + path, Err: err,
			Hint: "put the file back from a copy; without it the links of all notices that were sent open nothing any more",
		}
	}
	return keys, nil
}

// replyTo is the address that letters say one can write to: the one that is set; else that of From, where an inbox hears
// what comes to it. "" where nobody would read what is written.
func replyTo(c *config.Document) string {
	m, in := &c.Courier.Mail, &c.Inbox
	from, err := address.ParseAddress(m.From)
	heard := func(r string) bool { return strings.EqualFold(r, from.Address) }
	switch {
	case m.ReplyTo != "":
		return m.ReplyTo
	case err != nil || !in.Hears() || len(in.Recipients) > 0 && !slices.ContainsFunc(in.Recipients, heard):
		return ""
	}
	return from.Address
}
