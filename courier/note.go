package courier

import (
	"html"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// Note is something that a person sent to a tenant beside all decisions, in words that are there already.
type Note struct {
	ID      string
	Thread  string // what it is about: its notes are one thread
	Tenant  evenkeel.TenantID
	Subject string
	Text    string // paragraphs between blank lines
}

// NoteLang is the language in which a contact is written to: en or zh.
func NoteLang(to Recipient) string { return speak(to.Lang).lang }

// NotedTo are those who get a note to a tenant with these contacts: people, in the order of their roles, at most
// MostRecipients, each with the mark by which its deliveries name it.
func NotedTo(all []evenkeel.Contact, note string, marks redact.Key) []Recipient {
	to := recipients(inOrder(plain(all)))
	for i := range to {
		to[i].Mark = marks.Mark(note, to[i].address())
	}
	return to
}

// NoteLetter puts a note into a letter to one recipient. The same note and recipient are the same bytes.
func NoteLetter(n *Note, to Recipient, head Letterhead) (*Letter, error) {
	if n.ID == "" || n.Subject == "" || n.Text == "" || to.Email == "" {
		return nil, evenkeel.Invalid("note %q to %q; expected its words and an address", n.ID, to.Role)
	}
	if err := head.check(); err != nil {
		return nil, err
	}
	lang := NoteLang(to)
	id, thread := messageID(n.ID, head.Domain), "<"+messageID(n.Thread, head.Domain)+">"
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="` + lang + `"><head><meta charset="utf-8"><title>` + html.EscapeString(n.Subject) + `</title></head><body style="font:16px/1.5 sans-serif;max-width:40em">`)
	for _, p := range strings.Split(n.Text, "\n\n") {
		b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + "</p>")
	}
	b.WriteString("<p>" + html.EscapeString(head.Operator) + "</p></body></html>")
	return &Letter{
		Notice: &evenkeel.Notice{ID: evenkeel.NoticeID(n.ID), Tenant: n.Tenant}, To: to,
		Message: Message{
			ID: id, Lang: lang, Subject: n.Subject, Text: n.Text + "\n\n" + head.Operator + "\n", HTML: b.String(),
			Header: []Field{
				{"Message-ID", "<" + id + ">"}, {"In-Reply-To", thread}, {"References", thread},
				{"Auto-Submitted", "auto-generated"}, {"Content-Language", lang},
			},
		},
	}, nil
}
