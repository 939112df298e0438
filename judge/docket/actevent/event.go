package actevent

import (
	"fmt"
	"mime"
	"slices"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// needed are the attributes that an event cannot do without.
const needed = "specversion, id, source, type, time and data"

// Decode reads one structured event. An event that is not what was expected is an error of
// KindInvalid.
func Decode(line []byte) (docket.Act, error) {
	e, err := parse(line)
	if err != nil {
		return docket.Act{}, refused("read act", err)
	}
	doing := "read act"
	if id, ok := e.values["id"].(string); ok {
		doing += fmt.Sprintf(" %.60q", id)
	}
	k, a, err := envelope(e)
	if err != nil {
		return docket.Act{}, refused(doing, err)
	}
	doing += " (" + k.name + ")"
	data, ok := e.values["data"].(object)
	switch {
	case e.values["data_base64"] != nil:
		err = evenkeel.Invalid("data is given as data_base64; expected data, an object")
	case e.values["data"] == nil:
		err = evenkeel.Invalid("data is missing; expected an object")
	case !ok:
		err = evenkeel.Invalid("data is %s; expected an object", shown(e.values["data"]))
	default:
		err = k.read(&a, data)
	}
	if err != nil {
		return docket.Act{}, refused(doing, err)
	}
	return a, nil
}

func refused(doing string, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: doing, Hint: evenkeel.HintOf(err), Err: err}
}

// envelope reads the attributes: an act with its identity, kind and time.
func envelope(e object) (*kind, docket.Act, error) {
	text := map[string]string{}
	for _, name := range []string{"specversion", "id", "source", "type", "time", "datacontenttype"} {
		v, told := e.values[name]
		s, ok := v.(string)
		switch {
		case (!told || v == nil || s == "" && ok) && name != "datacontenttype":
			return nil, docket.Act{}, evenkeel.Invalid("%s is missing; expected a CloudEvent 1.0 with %s", name, needed)
		case told && v != nil && !ok:
			return nil, docket.Act{}, evenkeel.Invalid("%s is %s; expected a text", name, shown(v))
		}
		text[name] = s
	}
	if text["specversion"] != "1.0" {
		return nil, docket.Act{}, evenkeel.Invalid(`specversion is %.40q; expected "1.0"`, text["specversion"])
	}
	k := kindOf(text["type"])
	if k == nil {
		return nil, docket.Act{}, unknownType(text["type"])
	}
	if t := text["datacontenttype"]; t != "" {
		if media, _, err := mime.ParseMediaType(t); err != nil || media != "application/json" {
			return nil, docket.Act{}, evenkeel.Invalid("datacontenttype is %.100q; expected application/json or none", t)
		}
	}
	if err := checkIdentity(text["source"], text["id"]); err != nil {
		return nil, docket.Act{}, err
	}
	at, err := evenkeel.ParseMoment(text["time"])
	if err != nil || !sane(at) {
		return nil, docket.Act{}, evenkeel.Invalid("time is %.100q; expected a time in RFC 3339 such as 2026-11-22T09:30:00Z, from 2000 to 2099", text["time"])
	}
	return k, docket.Act{ID: ID(text["source"], text["id"]), Kind: k.act, At: at}, nil
}

// ID is the identity of an act: its event's source, a space, and the event's id. A source is
// a URI reference and has no space, so no two pairs are one.
func ID(source, id string) string { return source + " " + id }

// checkIdentity says what is wrong with a source and an id, or nil.
func checkIdentity(source, id string) error {
	if strings.ContainsFunc(source, unicode.IsSpace) {
		return evenkeel.Invalid("source is %.100q; expected a URI reference, which has no spaces", source)
	}
	if n := len(source) + len(id); n >= evenkeel.MaxID {
		return evenkeel.Invalid("source and id have %d bytes together; expected at most %d", n, evenkeel.MaxID-1)
	}
	if err := evenkeel.CheckID("source", source); err != nil {
		return err
	}
	return evenkeel.CheckID("id", id)
}

func unknownType(name string) error {
	short := make([]string, len(kinds))
	for i, k := range kinds {
		short[i] = shortType(k.name)
	}
	err := &evenkeel.Error{Kind: evenkeel.KindInvalid, Hint: "types of acts: " + strings.Join(Types(), ", ")}
	near := strict.Nearest(shortType(name), short)
	switch {
	case name == typeBurst:
		err.Says = "type " + name + " is no act; expected it among the telemetry: it becomes an act there"
	case near != "":
		err.Says = fmt.Sprintf("type %.100q is no act; did you mean %s?", name, Types()[slices.Index(short, near)])
	default:
		err.Says = fmt.Sprintf("type %.100q is no act; expected one of %s", name, strings.Join(Types(), ", "))
	}
	return err
}

// shortType is a type without who made it and its version: "flag".
func shortType(name string) string {
	name = strings.TrimPrefix(name, "evenkeel.")
	if i := strings.LastIndex(name, ".v"); i > 0 {
		name = name[:i]
	}
	return name
}
