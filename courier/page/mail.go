package page

import (
	"context"
	"html"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Mailer hands one letter to a mail server, as courier/mail does for notices. The letter has a
// message and a recipient, and no notice.
type Mailer interface {
	Send(ctx context.Context, l *courier.Letter) (says string, err error)
}

// Mail sends a page as a mail. Its Message-ID is the id of the page, by which a mailbox may show
// it once.
type Mail struct {
	by         Mailer
	to, domain string
}

var _ Channel = (*Mail)(nil)

// NewMail returns the channel to one address. domain is that of the Message-ID.
func NewMail(by Mailer, to, domain string) (*Mail, error) {
	switch {
	case by == nil:
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "pages by mail without a mail server", Hint: "set courier.mail.server"}
	case to == "" || strings.ContainsAny(to, "\r\n") || !strings.Contains(to, "@"):
		return nil, evenkeel.Invalid("pages by mail to no address; expected such as ada@example.net")
	case domain == "" || strings.ContainsAny(domain, " <>@\r\n"):
		return nil, evenkeel.Invalid("pages by mail with a Message-ID of no domain")
	}
	return &Mail{by, to, domain}, nil
}

// Name returns "mail".
func (m *Mail) Name() string { return "mail" }

// Send sends one page.
func (m *Mail) Send(ctx context.Context, p *Page) (string, error) {
	id := p.ID + "@" + m.domain
	text := p.Text() + "\n"
	return m.by.Send(ctx, &courier.Letter{
		To: courier.Recipient{Role: "on-call", Email: m.to},
		Message: courier.Message{
			ID: id, Lang: "en", Subject: p.Title, Text: text,
			HTML: "<!doctype html><html lang=\"en\"><body><p>" + strings.ReplaceAll(html.EscapeString(strings.TrimSpace(text)), "\n", "<br>\n") + "</p></body></html>\n",
			Header: []courier.Field{
				{Name: "Message-ID", Value: "<" + id + ">"},
				{Name: "Auto-Submitted", Value: "auto-generated"},
				{Name: "Importance", Value: "high"}, // RFC 4021, section 2.1.54
				{Name: "Content-Language", Value: "en"},
			},
		},
	})
}
