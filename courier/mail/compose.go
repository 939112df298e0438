package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"github.com/evenkeel/evenkeel/courier"
)

// envelope is what goes around a message.
type envelope struct {
	from, reply netmail.Address // reply.Address may be ""
	to          string
	at          time.Time
}

// compose writes the mail: headers, and the two forms of the message, the richer one last. The
// same message and envelope are the same bytes. All of it is ASCII, but for addresses that are
// not.
func compose(m *courier.Message, e *envelope) ([]byte, error) {
	var h message.Header
	fields := []courier.Field{
		{Name: "Date", Value: e.at.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700")},
		{Name: "From", Value: e.from.String()},
	}
	if e.reply.Address != "" {
		fields = append(fields, courier.Field{Name: "Reply-To", Value: e.reply.String()})
	}
	fields = append(fields,
		courier.Field{Name: "To", Value: "<" + e.to + ">"},
		courier.Field{Name: "Subject", Value: mime.QEncoding.Encode("utf-8", oneLine(m.Subject))})
	fields = append(fields, m.Header...)
	fields = append(fields, courier.Field{Name: "MIME-Version", Value: "1.0"})
	sum := sha256.Sum256([]byte(m.ID))
	// A boundary with these two signs is in no part: neither encoding writes them.
	h.SetContentType(kindOf(m), map[string]string{"boundary": "=_" + hex.EncodeToString(sum[:16])})
	for i := len(fields) - 1; i >= 0; i-- { // each is put above those before it
		h.Add(fields[i].Name, oneLine(fields[i].Value))
	}
	var b bytes.Buffer
	w, err := message.CreateWriter(&b, h)
	if err != nil {
		return nil, err
	}
	if err := writePart(w, "text/plain", m.Text); err != nil {
		return nil, err
	}
	if len(m.Attached) == 0 {
		err = writePart(w, "text/html", m.HTML)
	}
	for i := 0; i < len(m.Attached) && err == nil; i++ {
		err = attach(w, &m.Attached[i])
	}
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// kindOf is what the parts of a message are to each other: two forms of the same, or a text and files.
func kindOf(m *courier.Message) string {
	if len(m.Attached) > 0 {
		return "multipart/mixed"
	}
	return "multipart/alternative"
}

// attach writes a file.
func attach(w *message.Writer, a *courier.Attachment) error {
	var h message.Header
	h.SetContentType(a.Type, map[string]string{"name": a.Name})
	h.SetContentDisposition("attachment", map[string]string{"filename": a.Name})
	h.Set("Content-Transfer-Encoding", "base64")
	p, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := p.Write(a.Body); err != nil {
		return err
	}
	return p.Close()
}

// writePart writes one form, in the encoding that keeps it short: that of mostly Chinese text
// is base64.
func writePart(w *message.Writer, kind, text string) error {
	var h message.Header
	h.SetContentType(kind, map[string]string{"charset": "utf-8"})
	encoding, wide := "quoted-printable", 0
	for i := range len(text) {
		if text[i] >= 0x80 {
			wide++
		}
	}
	if wide*6 > len(text) {
		encoding = "base64"
	}
	h.Set("Content-Transfer-Encoding", encoding)
	p, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(p, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		return err
	}
	return p.Close()
}

// oneLine is the last of several places that keep others' words from beginning a header.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, s)
}
