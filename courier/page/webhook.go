package page

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/webhook"
)

// Type is the form of the body of a webhook, and of what a command reads. Names may be added to it;
// those that are there stay.
const Type = "evenkeel.page.v1"

// body is a page for a system of the operator's own.
type body struct {
	Type  string          `json:"type"`
	ID    string          `json:"id"`
	Case  evenkeel.CaseID `json:"case"`
	Level int             `json:"level"`
	At    evenkeel.Moment `json:"at"`
	Title string          `json:"title"`
	Why   string          `json:"why"`
	Link  string          `json:"link,omitempty"`
}

func bodyOf(p *Page) body {
	return body{Type, p.ID, p.Case, p.Level, p.At, p.Title, p.Why, p.Link}
}

// Webhook posts to an endpoint of the operator's own, signed as Standard Webhooks says. The id of
// the page is that of the message.
type Webhook struct {
	web
	secretFile string
	now        func() evenkeel.Moment
}

var _ Channel = (*Webhook)(nil)

// NewWebhook returns the channel. The file holds one secret a line, whsec_ and base64.
func NewWebhook(address, secretFile string, c Client, now func() evenkeel.Moment) (*Webhook, error) {
	w, err := newWeb("webhook", address, c)
	if err != nil {
		return nil, err
	}
	h := &Webhook{w, secretFile, now}
	_, err = h.keys()
	return h, err
}

func (w *Webhook) keys() (webhook.Keys, error) {
	text, err := os.ReadFile(w.secretFile)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "read a secret for pages", Err: err, Hint: "see that the file is there, and that Evenkeel may read it"}
	}
	keys, err := webhook.ParseKeys(strings.Fields(string(text))...)
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read a secret for pages from " + w.secretFile, Err: err,
			Hint: "it is whsec_ and the base64 of 24 to 64 random bytes: echo whsec_$(head -c 32 /dev/urandom | base64 -w 0)",
		}
	}
	return keys, nil
}

// Name returns "webhook".
func (w *Webhook) Name() string { return "webhook" }

// Send posts one page.
func (w *Webhook) Send(ctx context.Context, p *Page) (string, error) {
	answer, err := w.do(ctx, http.MethodPost, w.at, bodyOf(p), func(req *http.Request, text []byte) error {
		keys, err := w.keys()
		if err != nil {
			return err
		}
		return keys.Sign(req.Header, p.ID, w.now().Time(), text)
	})
	if err != nil {
		return "", err
	}
	return said(string(answer), maxSays), nil
}
