package config

import (
	"slices"
	"strings"
	"time"
)

// Inbox says how mails come in: what tenants answer, and what comes back.
type Inbox struct {
	LMTP       string   `yaml:"lmtp"`
	SMTP       string   `yaml:"smtp"`
	Recipients []string `yaml:"recipients"`
	Size       Size     `yaml:"size"`
	Verifier   string   `yaml:"verifier"`
	IMAP       Mailbox  `yaml:"imap"`
}

// Hears says whether mails come in at all.
func (i *Inbox) Hears() bool { return i.LMTP != "" || i.SMTP != "" || i.IMAP.Server != "" }

// Mailbox is one that is looked into.
type Mailbox struct {
	Server       string        `yaml:"server"`
	TLS          string        `yaml:"tls"`
	User         string        `yaml:"user"`
	PasswordFile string        `yaml:"password_file"`
	Folder       string        `yaml:"folder"`
	Move         string        `yaml:"move"`
	Every        time.Duration `yaml:"every"`
}

// addresses are where mail servers hand mails in.
func (i *Inbox) addresses() (all []address) {
	for _, a := range []address{{"inbox.lmtp", i.LMTP}, {"inbox.smtp", i.SMTP}} {
		if a.at != "" {
			all = append(all, a)
		}
	}
	return all
}

// check refuses what cannot hold. Whoever reaches the addresses may hand mails in, so others may not.
func (i *Inbox) check(fault func(key, format string, args ...any)) {
	for _, a := range i.addresses() {
		if notAddress(a.at) == "" && !loopback(a.at) {
			fault(a.key, "%s can be reached from other machines; expected an address of this one, to which your mail server here hands mails on", a.at)
		}
	}
	if len(i.addresses()) > 0 && len(i.Recipients) == 0 {
		fault("inbox.recipients", "it is empty; expected the addresses that mails come in for, such as abuse@example.net")
	}
	for _, r := range i.Recipients {
		if local, domain, ok := strings.Cut(r, "@"); !ok || local == "" || domain == "" || strings.ContainsAny(r, " <>\t\r\n") {
			fault("inbox.recipients", "%.80q; expected a bare address, such as abuse@example.net", r)
		}
	}
	if i.Size < 64<<10 || i.Size > 64<<20 {
		fault("inbox.size", "%s; expected from 64KiB to 64MiB", i.Size)
	}
	m := &i.IMAP
	if !slices.Contains([]string{"starttls", "tls", "none"}, m.TLS) {
		fault("inbox.imap.tls", "%q; expected tls, starttls or none", m.TLS)
	}
	if m.Every < 5*time.Second {
		fault("inbox.imap.every", "%s; expected at least 5s", m.Every)
	}
	if m.Server == "" {
		return
	}
	if why := notAddress(m.Server); why != "" {
		fault("inbox.imap.server", "%q %s; expected such as imap.example.net:993", m.Server, why)
	}
	if m.TLS == "none" && !loopback(m.Server) {
		fault("inbox.imap.tls", "none, and %s is another machine; expected tls or starttls", m.Server)
	}
	if m.User == "" || m.PasswordFile == "" {
		fault("inbox.imap.user", "it stands without password_file, or neither is there; expected both")
	}
}
