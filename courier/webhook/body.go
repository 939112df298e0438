package webhook

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Type is the form of a body. Names may be added to it; those that are there stay.
const Type = "evenkeel.notice.v1"

// body is one notice for one recipient, as docs/schema/notice.schema.json describes it.
type body struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"` // the Webhook-Id
	To      to              `json:"to"`
	Links   *links          `json:"links,omitempty"`
	Message message         `json:"message"`
	Notice  evenkeel.Notice `json:"notice"`
}

type to struct {
	Role string `json:"role"`
	Lang string `json:"lang,omitempty"`
}

type links struct {
	Speak string `json:"speak"`
	Show  string `json:"show,omitempty"`
}

type message struct {
	ID      string `json:"id"`
	Lang    string `json:"lang"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}

func bodyOf(l *courier.Letter) *body {
	b := &body{
		Type: Type, ID: id(l), To: to{l.To.Role, l.To.Lang}, Notice: *l.Notice,
		Message: message{l.Message.ID, l.Message.Lang, l.Message.Subject, l.Message.Text, l.Message.HTML},
	}
	if l.Links.Speak != "" {
		b.Links = &links{l.Links.Speak, l.Links.Show}
	}
	// A list that is empty is written as one.
	n := &b.Notice
	n.Assets, n.Seen, n.Keeps = some(n.Assets), some(n.Seen), some(n.Keeps)
	return b
}

func some[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
