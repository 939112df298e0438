package inbox

import (
	"bytes"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/letter"
)

// parts gathers what a mail consists of.
type parts struct {
	limits Limits
	mail   *Mail
	plain  strings.Builder // of text/plain
	page   strings.Builder // of text/html, where its alternative is not there
	cut    bool
}

// opened is what is asked of a mail: no more of a body than is read here, and mails in it closed.
func (l Limits) opened() letter.Limits {
	return letter.Limits{Bytes: l.Bytes, Header: l.Header, Parts: l.Parts, Depth: l.Depth, Body: max(l.Text, l.Header) + 1, Sealed: true}
}

// take reads what was taken apart.
func (p *parts) take(l *letter.Letter) {
	for _, kind := range l.Reports {
		switch kind {
		case "feedback-report":
			p.mail.Report = true
		case "delivery-status":
			p.returned()
		}
	}
	for i := range l.Parts {
		p.part(&l.Parts[i])
	}
}

func (p *parts) part(one *letter.Part) {
	switch one.Type {
	case "message/delivery-status", "message/global-delivery-status":
		p.returned().read(bytes.NewReader(one.Body))
		return
	case "message/feedback-report":
		p.mail.Report = true
		return
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
		p.original(one.Body)
		return
	}
	switch {
	case one.Attached:
		p.mail.Files++
	case one.Type == "text/plain":
		p.text(&p.plain, one.Body)
	case one.Type == "text/html":
		p.text(&p.page, one.Body)
	default:
		p.mail.Files++
	}
}

// original reads the header of a mail that lies in this one: of which mail a bounce speaks.
func (p *parts) original(mail []byte) {
	p.mail.Files++
	if p.mail.Returned == nil || p.mail.Returned.Original != "" {
		return
	}
	l, err := letter.Open(mail, letter.Limits{Header: p.limits.Header, Parts: p.limits.Parts, Depth: p.limits.Depth, Body: 1, Sealed: true})
	if err == nil {
		p.mail.Returned.Original = firstID(l.Header.Raw("Message-Id"))
		p.mail.Files--
	}
}

func (p *parts) returned() *Returned {
	if p.mail.Returned == nil {
		p.mail.Returned = &Returned{}
	}
	return p.mail.Returned
}

// text appends a text, as much of it as is kept.
func (p *parts) text(to *strings.Builder, text []byte) {
	left := p.limits.Text - to.Len()
	if left <= 0 {
		p.cut = true
		return
	}
	text = bytes.TrimSuffix(text, []byte("\n")) // it belongs to the boundary
	if to.Len() > 0 {
		to.WriteString("\n")
	}
	to.Write(text[:min(len(text), left)])
	p.cut = p.cut || len(text) > left
}

// close chooses the words once all parts are known.
func (p *parts) close() {
	m := p.mail
	m.Cut, m.Whole = p.cut, cleaned(p.plain.String())
	if m.Whole == "" {
		m.Whole = cleaned(textOf(p.page.String(), p.limits.Text))
	}
	m.Words, m.Quoted = unquoted(m.Whole)
}
