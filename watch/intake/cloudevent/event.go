package cloudevent

import (
	"fmt"
	"mime"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/watch/intake/internal/jsonpull"
)

// Envelope is what a CloudEvent says besides its data. In the binary mode of HTTP each
// field is a header.
type Envelope struct {
	SpecVersion     string // "1.0"
	ID              string
	Source          string
	Type            string // one of Types
	Time            string // RFC 3339; CloudEvents leaves it open, we need it
	DataContentType string // absent, or application/json
}

// longest is how long an attribute may be, in bytes; CloudEvents asks for at most 64 KiB
// for a whole event.
const longest = 1024

// check says what is wrong with an envelope, or returns its type and time.
func (e *Envelope) check() (*kind, evenkeel.Moment, error) {
	for _, a := range [...]struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"type", e.Type}} {
		switch {
		case a.value == "":
			return nil, 0, evenkeel.Invalid("%s is missing; CloudEvents 1.0 requires it", a.name)
		case len(a.value) > longest || !isText(a.value, longest, ""):
			return nil, 0, evenkeel.Invalid("%s has %d bytes or a control character; expected one line of at most %d", a.name, len(a.value), longest)
		}
	}
	if e.SpecVersion != "1.0" {
		return nil, 0, evenkeel.Invalid("specversion is %.40q; expected \"1.0\"", e.SpecVersion)
	}
	k := kindOf(e.Type)
	if k == nil {
		return nil, 0, unknownType(e.Type)
	}
	if media, _, err := mime.ParseMediaType(e.DataContentType); e.DataContentType != "" && (err != nil || media != "application/json") {
		return nil, 0, evenkeel.Invalid("datacontenttype is %.100q; expected application/json or none", e.DataContentType)
	}
	if e.Time == "" {
		return nil, 0, evenkeel.Invalid("time is missing; we need to know when it was so, in RFC 3339")
	}
	at, err := evenkeel.ParseMoment(e.Time)
	return k, at, err
}

func unknownType(name string) error {
	err := &evenkeel.Error{Kind: evenkeel.KindInvalid, Hint: "known types: " + strings.Join(Types(), ", ")}
	if near := strict.Nearest(name, Types()); near != "" {
		err.Says = fmt.Sprintf("type %.100q is not known; did you mean %s?", name, near)
	} else {
		err.Says = fmt.Sprintf("type %.100q is not known; expected one of %s", name, strings.Join(Types(), ", "))
	}
	return err
}

// readEvent reads a structured event. data marks where its data begins.
func readEvent(r *jsonpull.Reader) (e Envelope, data jsonpull.Mark, err error) {
	if r.Peek() != '{' {
		r.Fail("expected a CloudEvent: an object with specversion, id, source, type, time and data")
	}
	seen := map[string]bool{}
	if r.Object() {
		for r.More() {
			key := r.Key()
			var into *string
			switch key {
			case "specversion":
				into = &e.SpecVersion
			case "id":
				into = &e.ID
			case "source":
				into = &e.Source
			case "type":
				into = &e.Type
			case "time":
				into = &e.Time
			case "datacontenttype":
				into = &e.DataContentType
			case "data", "data_base64":
			default:
				r.Skip() // dataschema, subject, extensions
				continue
			}
			if seen[key] {
				return e, data, evenkeel.Invalid("%s is given twice", key)
			}
			seen[key] = true
			switch {
			case into != nil:
				*into = r.String()
			case key == "data_base64":
				return e, data, evenkeel.Invalid("data is given as data_base64; expected data, an object")
			default:
				r.Peek()
				data = r.Mark()
				r.Skip()
			}
		}
	}
	switch {
	case r.Err() != nil:
		err = r.Err()
	case !data.Set():
		err = evenkeel.Invalid("data is missing; expected an object")
	}
	return e, data, err
}
