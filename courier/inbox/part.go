package inbox

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emersion/go-message"
)

// parts gathers what a mail consists of. Parts are split by the standard library's reader, which
// bounds the header of each, and decoded by go-message.
type parts struct {
	limits Limits
	mail   *Mail
	seen   int
	plain  strings.Builder // of text/plain
	page   strings.Builder // of text/html, where its alternative is not there
	cut    bool
}

// walk reads a part and those in it. An end that is missing ends a list of parts; a part in it that
// cannot be read ends it too, so what stands before counts.
func (p *parts) walk(e *message.Entity, depth int) error {
	if p.seen++; p.seen > p.limits.Parts {
		return unreadable(fmt.Sprintf("it has more than %d parts", p.limits.Parts), nil)
	}
	if depth > p.limits.Depth {
		return unreadable(fmt.Sprintf("its parts lie more than %d deep", p.limits.Depth), nil)
	}
	kind, params, err := e.Header.ContentType()
	if err != nil && !strings.Contains(kind, "/") { // it cannot be read
		kind = "text/plain"
	}
	if !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		p.leaf(e, kind)
		return nil
	}
	switch strings.ToLower(params["report-type"]) {
	case "feedback-report":
		p.mail.Report = true
	case "delivery-status":
		p.returned()
	}
	r := multipart.NewReader(e.Body, params["boundary"])
	for {
		raw, err := r.NextRawPart()
		if err != nil {
			return nil // the end, or as good as that
		}
		one, _ := message.New(message.HeaderFromMap(raw.Header), raw) // what it cannot decode it leaves as it is
		if err := p.walk(one, depth+1); err != nil {
			return err
		}
	}
}

// leaf reads a part that holds no others.
func (p *parts) leaf(e *message.Entity, kind string) {
	disposition, _, _ := mime.ParseMediaType(e.Header.Get("Content-Disposition"))
	switch {
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		p.returned().read(e.Body)
	case kind == "message/feedback-report":
		p.mail.Report = true
	case kind == "message/rfc822" || kind == "text/rfc822-headers" || kind == "message/global" || kind == "message/global-headers":
		p.original(e.Body)
	case strings.EqualFold(disposition, "attachment"):
		p.mail.Files++
	case kind == "text/plain":
		p.take(&p.plain, e.Body)
	case kind == "text/html":
		p.take(&p.page, e.Body)
	default:
		p.mail.Files++
	}
}

// original reads the header of a mail that lies in this one: of which mail a bounce speaks.
func (p *parts) original(body io.Reader) {
	p.mail.Files++
	if p.mail.Returned == nil || p.mail.Returned.Original != "" {
		return
	}
	e, _ := message.ReadWithOptions(body, &message.ReadOptions{MaxHeaderBytes: int64(p.limits.Header)})
	if e != nil {
		p.mail.Returned.Original = firstID(e.Header.Get("Message-Id"))
		p.mail.Files--
	}
}

func (p *parts) returned() *Returned {
	if p.mail.Returned == nil {
		p.mail.Returned = &Returned{}
	}
	return p.mail.Returned
}

// take appends a text, as much of it as is kept. What a broken encoding leaves is taken.
func (p *parts) take(to *strings.Builder, body io.Reader) {
	left := p.limits.Text - to.Len()
	if left <= 0 {
		p.cut = true
		return
	}
	if to.Len() > 0 {
		to.WriteString("\n")
	}
	n, _ := io.Copy(to, io.LimitReader(body, int64(left)))
	if n == int64(left) {
		_, err := io.ReadFull(body, make([]byte, 1))
		p.cut = p.cut || err == nil || errors.Is(err, io.ErrUnexpectedEOF)
	}
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
