package letter

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // the charsets that mails of all countries use
)

// Open takes a mail apart. One that goes beyond the limits, or is none, is a *Refused and no other
// error; what is broken inside costs only itself.
func Open(mail []byte, limits Limits) (*Letter, error) {
	o := opener{limits: limits.filled()}
	if len(mail) > o.limits.Bytes {
		return nil, o.beyond("it has more than %d bytes", o.limits.Bytes)
	}
	l, err := o.open(mail, 0, false)
	if err != nil {
		return nil, err
	}
	l.Parts, l.Reports = o.parts, o.reports
	return l, nil
}

// Head reads the header alone, of a mail whose rest may be of any size, or missing: of a header that goes
// beyond its limit, the lines up to there. The letter has no parts, and of Reports what the whole says
// that it is. head are its lines, each ended by a newline, and the empty one after them. A mail whose
// header cannot be read is *Refused, and there is no other error.
func Head(mail []byte, limits Limits) (l *Letter, head []byte, err error) {
	o := opener{limits: limits.filled()}
	if most := o.limits.Header; len(mail) > most {
		mail = mail[:most]
		if end := bytes.LastIndexAny(mail, "\r\n"); end >= 0 {
			mail = mail[:end] // a line that is cut is none
		}
	}
	if head, _, _ = split(bytes.TrimLeft(lined(mail), "\n"), len(mail)+2); head == nil {
		head = []byte("\n")
	}
	e, _, err := o.entity(head)
	if err != nil {
		return nil, nil, err
	}
	l = &Letter{Header: Header{&e.Header}}
	l.Type, l.Params = mediaType(e)
	if kind := l.Params["report-type"]; kind != "" && strings.HasPrefix(l.Type, "multipart/") {
		l.Reports = []string{strings.ToLower(kind)}
	}
	return l, head, nil
}

type opener struct {
	limits  Limits
	parts   []Part
	reports []string
	steps   int // entities that were opened
	bytes   int // of their bodies: a mail in a mail is there twice
	over    bool
}

// beyond is the error that ends everything, not only the part that it is about.
func (o *opener) beyond(format string, args ...any) error {
	o.over = true
	return &Refused{fmt.Sprintf(format, args...)}
}

// open takes a mail, which may be a part of another.
func (o *opener) open(mail []byte, depth int, inner bool) (*Letter, error) {
	e, body, err := o.entity(bytes.TrimLeft(lined(mail), "\n"))
	if err != nil {
		return nil, err
	}
	l := &Letter{Header: Header{&e.Header}}
	l.Type, l.Params = mediaType(e)
	return l, o.take(e, body, depth, inner)
}

// entity reads a header; body is what follows it, not decoded.
func (o *opener) entity(raw []byte) (e *message.Entity, body []byte, err error) {
	header, body, ok := split(raw, o.limits.Header)
	if ok {
		e, err = message.ReadWithOptions(io.MultiReader(bytes.NewReader(header), bytes.NewReader(body)), &message.ReadOptions{MaxHeaderBytes: int64(o.limits.Header) + 2})
	}
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil, nil, &Refused{fmt.Sprintf("its header cannot be read, or has more than %d bytes", o.limits.Header)}
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
	if o.steps++; o.steps > o.limits.Parts {
		return o.beyond("it has more than %d parts", o.limits.Parts)
	}
	if depth > o.limits.Depth {
		return o.beyond("its parts lie more than %d deep", o.limits.Depth)
	}
	t, params := mediaType(e)
	if strings.HasPrefix(t, "multipart/") && params["boundary"] != "" {
		if kind := params["report-type"]; kind != "" && !inner {
			o.reports = append(o.reports, strings.ToLower(kind))
		}
		return o.several(pieces(raw, params["boundary"], o.limits.Parts), depth, inner)
	}
	body := o.body(e)
	if most := 3 * o.limits.Bytes; o.bytes+len(body) > most { // a letter of a charset becomes at most three bytes
		return o.beyond("it holds mails within mails of more than %d bytes together", most)
	}
	o.bytes += len(body)
	name, attached := disposed(e, params)
	o.parts = append(o.parts, Part{Type: t, Inner: inner, Header: Header{&e.Header}, Body: body, Name: name, Attached: attached})
	if t == "message/rfc822" && !o.limits.Sealed {
		_, err := o.open(body, depth+1, true)
		if err != nil && !o.over {
			return nil // no mail after all; it stands as a part
		}
		return err
	}
	return nil
}

// body decodes what is kept of a body: where its encoding is broken, what stood before.
func (o *opener) body(e *message.Entity) []byte {
	from := e.Body
	if o.limits.Body > 0 {
		from = io.LimitReader(from, int64(o.limits.Body))
	}
	body, _ := io.ReadAll(from)
	return body
}

func (o *opener) several(all [][]byte, depth int, inner bool) error {
	for _, piece := range all {
		e, body, err := o.entity(piece)
		if err != nil {
			continue // costs only itself
		}
		if err := o.take(e, body, depth+1, inner); err != nil {
			return err
		}
	}
	return nil
}

// disposed reads what a part is called, and whether it is attached.
func disposed(e *message.Entity, params map[string]string) (file string, attached bool) {
	how, _, _ := strings.Cut(e.Header.Get("Content-Disposition"), ";") // its parameters may be broken
	attached = strings.EqualFold(strings.TrimSpace(how), "attachment")
	_, disposition, _ := e.Header.ContentDisposition()
	for _, name := range []string{disposition["filename"], params["name"]} {
		if name == "" {
			continue
		}
		if plain, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
			name = plain
		}
		return name[strings.LastIndexAny(name, `/\`)+1:], attached
	}
	return "", attached
}
