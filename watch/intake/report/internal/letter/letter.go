package letter

import (
	"bytes"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // the charsets that mails of all countries use

	"github.com/evenkeel/evenkeel"
)

// Bounds of a mail.
const (
	MaxBytes = 22 << 20
	MaxParts = 300
	MaxDepth = 12
	maxKept  = 3 * MaxBytes // of all bodies
)

// Letter is a mail taken apart.
type Letter struct {
	Header Header
	Type   string            // media type of the whole, lower case
	Params map[string]string // of the media type
	Parts  []Part            // those with a body, in their order
}

// Part is one body of a mail.
type Part struct {
	Type   string // media type, lower case
	Name   string // file name, or ""
	Inner  bool   // it stands in a mail that is itself a part
	Header Header
	Body   []byte // decoded; of text, in UTF-8 where the charset is known
}

// Header reads the fields of a header; names in any case.
type Header struct{ fields *message.Header }

// Get returns a field decoded and on one line, or "".
func (h Header) Get(name string) string {
	if h.fields == nil {
		return ""
	}
	s, err := h.fields.Text(name)
	if err != nil {
		s = h.fields.Get(name)
	}
	return strings.Join(strings.Fields(s), " ")
}

// All returns the values of a field that may be there several times, the topmost first.
func (h Header) All(name string) (all []string) {
	if h.fields != nil {
		for f := h.fields.FieldsByKey(name); f.Next(); {
			all = append(all, strings.Join(strings.Fields(f.Value()), " "))
		}
	}
	return all
}

// Has says whether the field is there.
func (h Header) Has(name string) bool { return h.fields != nil && h.fields.Has(name) }

// Open takes a mail apart. One that goes beyond the bounds, or is none, is an error of
// KindInvalid; what is broken inside costs only itself.
func Open(mail []byte) (*Letter, error) {
	if len(mail) > MaxBytes {
		return nil, tooLarge()
	}
	o := opener{}
	l, err := o.open(mail, 0, false)
	if err != nil {
		return nil, err
	}
	l.Parts = o.parts
	return l, nil
}

type opener struct {
	parts []Part
	steps int // entities that were opened
	bytes int // of their bodies: a mail in a mail is there twice
	over  bool
}

// beyond is the error that ends everything, not only the part that it is about.
func (o *opener) beyond(format string, args ...any) error {
	o.over = true
	return evenkeel.Invalid(format, args...)
}

// open takes a mail, which may be a part of another.
func (o *opener) open(mail []byte, depth int, inner bool) (*Letter, error) {
	mail = bytes.TrimLeft(lined(mail), "\n")
	e, body, err := entity(mail)
	if err != nil {
		return nil, err
	}
	l := &Letter{Header: Header{&e.Header}}
	l.Type, l.Params = mediaType(e)
	return l, o.take(e, body, depth, inner)
}

// entity reads a header; body is what follows it, not decoded.
func entity(raw []byte) (e *message.Entity, body []byte, err error) {
	header, body := split(raw)
	e, err = message.Read(io.MultiReader(bytes.NewReader(header), bytes.NewReader(body)))
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil, nil, evenkeel.Invalid("this is no mail: its header cannot be read")
	}
	return e, body, nil
}

func mediaType(e *message.Entity) (string, map[string]string) {
	given := e.Header.Get("Content-Type")
	t, params, err := e.Header.ContentType()
	if err != nil { // broken parameters: keep the type
		t, _, _ = strings.Cut(given, ";")
		params = map[string]string{}
	}
	if t = strings.ToLower(strings.TrimSpace(t)); !strings.Contains(t, "/") {
		t = "text/plain"
	}
	return t, params
}

func (o *opener) take(e *message.Entity, raw []byte, depth int, inner bool) error {
	if o.steps++; o.steps > MaxParts {
		return o.beyond("the mail has more than %d parts", MaxParts)
	}
	if depth > MaxDepth {
		return o.beyond("the mail nests deeper than %d levels", MaxDepth)
	}
	t, params := mediaType(e)
	if strings.HasPrefix(t, "multipart/") && params["boundary"] != "" {
		return o.several(pieces(raw, params["boundary"], MaxParts), depth, inner)
	}
	body, _ := io.ReadAll(e.Body) // a broken encoding: what was decoded before
	if o.bytes += len(body); o.bytes > maxKept {
		return o.beyond("the mail holds mails within mails of more than %d bytes together", maxKept)
	}
	o.parts = append(o.parts, Part{Type: t, Inner: inner, Header: Header{&e.Header}, Body: body, Name: fileName(e, params)})
	if t == "message/rfc822" {
		_, err := o.open(body, depth+1, true)
		if err != nil && !o.over {
			return nil // no mail after all; it stands as a part
		}
		return err
	}
	return nil
}

func (o *opener) several(all [][]byte, depth int, inner bool) error {
	for _, piece := range all {
		e, body, err := entity(piece)
		if err != nil {
			continue // costs only itself
		}
		if err := o.take(e, body, depth+1, inner); err != nil {
			return err
		}
	}
	return nil
}

func fileName(e *message.Entity, params map[string]string) string {
	_, disposition, _ := e.Header.ContentDisposition()
	for _, name := range []string{disposition["filename"], params["name"]} {
		if name == "" {
			continue
		}
		if plain, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
			name = plain
		}
		return name[strings.LastIndexAny(name, `/\`)+1:]
	}
	return ""
}

// Text returns the first text that is meant to be read: plain text, else HTML without its tags.
func (l *Letter) Text() string {
	html := ""
	for _, p := range l.Parts {
		switch {
		case p.Inner, p.Name != "":
		case p.Type == "text/plain":
			return string(p.Body)
		case p.Type == "text/html" && html == "":
			html = untagged(string(p.Body))
		}
	}
	return html
}

// untagged leaves out what stands in angle brackets.
func untagged(html string) string {
	var b strings.Builder
	for html != "" {
		text, rest, _ := strings.Cut(html, "<")
		b.WriteString(text)
		_, html, _ = strings.Cut(rest, ">")
	}
	return b.String()
}
