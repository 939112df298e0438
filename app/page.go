package app

import (
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/shield/webhook"
	"github.com/evenkeel/evenkeel/staff/rota"
)

// rotaOf reads who is on call; nil where the settings name no file.
func rotaOf(c *config.Document) (*rota.Rota, error) {
	if c.Rota == "" {
		return nil, nil
	}
	info, err := os.Stat(c.Rota)
	if err != nil {
		return nil, fileError("read", c.Rota, err)
	}
	if info.Size() > rota.MaxDocument {
		return nil, evenkeel.Invalid("read %s: it has %d bytes, the limit is %d", c.Rota, info.Size(), rota.MaxDocument)
	}
	text, err := os.ReadFile(c.Rota)
	if err != nil {
		return nil, fileError("read", c.Rota, err)
	}
	return rota.Parse(c.Rota, text)
}

// bookOf makes the channels of everybody who can be called.
func bookOf(c *config.Document, now func() evenkeel.Moment) (page.Book, error) {
	var to switchboard
	to.client = clientOf(&c.Page)
	to.mail, to.domain, to.now = &c.Courier.Mail, c.Courier.Domain, now
	if to.domain == "" {
		to.domain = domainOf(c.Console.URL)
	}
	book := page.Book{}
	for i := range c.Page.Persons {
		p := &c.Page.Persons[i]
		for j := range p.Channels {
			ch, err := to.open(&p.Channels[j])
			if err != nil {
				return nil, fmt.Errorf("page.persons.%s.channels.%d: %w", p.ID, j+1, err)
			}
			book[evenkeel.PersonID(p.ID)] = append(book[evenkeel.PersonID(p.ID)], ch)
		}
	}
	return book, nil
}

// switchboard is what channels are made with.
type switchboard struct {
	client page.Client
	mail   *config.Mail
	domain string
	now    func() evenkeel.Moment
}

func (to *switchboard) open(l *config.Line) (page.Channel, error) {
	switch l.By {
	case "mail":
		by, err := mailServer(to.mail, to.now)
		if err != nil {
			return nil, err
		}
		return page.NewMail(by, l.To, to.domain)
	case "ntfy":
		return page.NewNtfy(l.URL, l.To, l.TokenFile, to.client)
	case "slack":
		return page.NewSlack(l.URLFile, to.client)
	case "matrix":
		return page.NewMatrix(l.URL, l.To, l.TokenFile, to.client)
	case "webhook":
		return page.NewWebhook(l.URL, l.SecretFile, to.client, to.now)
	case "command":
		return page.NewCommand(l.Command, l.Args, l.Within)
	}
	return nil, evenkeel.Invalid("pages by %.80q; expected a channel that there is", l.By)
}

// clientOf makes the client that speaks to public addresses, and to the networks that are named; without TLS to those only.
func clientOf(c *config.Page) *pageClient {
	var allow []netip.Prefix
	for _, n := range c.Networks {
		allow = append(allow, n.Prefix)
	}
	return &pageClient{webhook.NewClient(allow, false), webhook.NewClient(allow, true)}
}

// pageClient speaks to whom it may, with TLS or without.
type pageClient struct{ secure, plain *http.Client }

// Do does one request.
func (c *pageClient) Do(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == "https" {
		return c.secure.Do(req)
	}
	return c.plain.Do(req)
}

// The bounds of what is said of a rota before anything is started.
const (
	rotaAhead = 28 * 24 * time.Hour
	mostAmiss = 5
)

// amiss are warnings of a rota that can be read: gaps of the next weeks, and persons who are on
// call and cannot be called.
func amiss(c *config.Document, r *rota.Rota, now evenkeel.Moment) (warnings []string) {
	var reached []string
	for i := range c.Page.Persons {
		reached = append(reached, c.Page.Persons[i].ID)
	}
	warnings = programs(&c.Page)
	if len(reached) > 0 && c.Page.Heartbeat.URLFile == "" {
		warnings = append(warnings, "page.heartbeat: no watcher outside calls you where Evenkeel itself is gone: docs/on-call.md says how")
	}
	if c.Page.Heartbeat.URLFile != "" && !slices.ContainsFunc(reached, func(id string) bool { return r == nil || slices.Contains(r.Persons(), evenkeel.PersonID(id)) }) {
		warnings = append(warnings, "page.heartbeat: nobody has a channel by which they could be called, so the watcher outside is told nothing: set page.persons")
	}
	if r == nil {
		if len(reached) > 0 {
			warnings = append(warnings, "page.persons: nobody is on call, because rota names no file")
		}
		return warnings
	}
	for _, id := range r.Persons() {
		if !slices.Contains(reached, string(id)) {
			warnings = append(warnings, fmt.Sprintf("page.persons: %s stands in %s and has no channel: nothing reaches %[1]s", id, c.Rota))
		}
	}
	for _, id := range reached {
		if !slices.Contains(r.Persons(), evenkeel.PersonID(id)) {
			warnings = append(warnings, fmt.Sprintf("page.persons: %s has channels and does not stand in %s", id, c.Rota))
		}
	}
	faults, err := r.Check(now, now.Add(rotaAhead))
	if err != nil {
		return append(warnings, "rota: "+err.Error())
	}
	for i, f := range faults {
		if i == mostAmiss {
			return append(warnings, fmt.Sprintf("rota: and %d more: evenkeel rota check --file %s prints all", len(faults)-i, c.Rota))
		}
		warnings = append(warnings, "rota: "+f.Says)
	}
	return warnings
}

// programs names commands that cannot be run, and those that others could change: they run with
// our rights.
func programs(p *config.Page) (warnings []string) {
	for i := range p.Persons {
		for j, l := range p.Persons[i].Channels {
			if l.Command == "" {
				continue
			}
			key := fmt.Sprintf("page.persons.%s.channels.%d.command: ", p.Persons[i].ID, j+1)
			switch info, err := os.Stat(l.Command); {
			case err != nil:
				warnings = append(warnings, key+fileError("look at", l.Command, err).Error())
			case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
				warnings = append(warnings, fmt.Sprintf("%s%s cannot be run (%v): chmod 755 %[2]s", key, l.Command, info.Mode()))
			case info.Mode().Perm()&0o022 != 0:
				warnings = append(warnings, fmt.Sprintf("%sothers can change %s (%v), and it runs with the rights of Evenkeel: chmod 755 %[2]s", key, l.Command, info.Mode().Perm()))
			}
		}
	}
	return warnings
}
