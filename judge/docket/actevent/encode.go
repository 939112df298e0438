package actevent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Encode writes an act as one structured event, without the end of the line. Decode reads it
// as the same act; an act for which that cannot be is an error of KindInvalid: one without an
// identity as ID makes it, one that is told in another way (a burst), or one with fields that
// its kind does not have.
func Encode(a docket.Act) ([]byte, error) {
	doing := fmt.Sprintf("write act %.60q", a.ID)
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.act == a.Kind })
	source, id, ok := strings.Cut(a.ID, " ")
	switch {
	case a.Kind == docket.ActAnnounce:
		return nil, refused(doing, evenkeel.Invalid("it announces a burst; expected %s, which is telemetry", typeBurst))
	case i < 0:
		return nil, refused(doing, evenkeel.Invalid("its kind is %s; expected one that has a type of event", a.Kind))
	case !ok:
		return nil, refused(doing, evenkeel.Invalid("its id names no source; expected a source, a space and an id"))
	}
	k, whole := kinds[i], a // a copy: fields that look for a part make it
	line, err := json.Marshal(ordered{
		{"specversion", "1.0"}, {"id", id}, {"source", source}, {"type", k.name}, {"time", a.At.String()},
		{"data", tell(&whole, k.fields)},
	})
	if err != nil {
		return nil, refused(doing, err)
	}
	back, err := Decode(line)
	if err != nil {
		return nil, refused(doing, err)
	}
	if f := differs(a, back); f != "" {
		return nil, refused(doing, evenkeel.Invalid("%s cannot tell its %s", k.name, f))
	}
	return line, nil
}

// ordered is a JSON object that is written with its members in this order.
type ordered []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the object.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// tell writes the fields that have something to tell.
func tell[S any](s *S, fields []field[S]) ordered {
	o := ordered{}
	for _, f := range fields {
		if v := f.write(s); v != nil {
			o = append(o, member{f.name, v})
		}
	}
	return o
}

// differs names the first field in which two acts differ, or "". No assets are no assets,
// whatever the list is made of.
func differs(a, b docket.Act) string {
	for _, x := range []*docket.Act{&a, &b} {
		if x.Grant != nil && len(x.Grant.Selector.Assets) == 0 {
			grant := *x.Grant
			grant.Selector.Assets = nil
			x.Grant = &grant
		}
	}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			return strings.ToLower(va.Type().Field(i).Name)
		}
	}
	return ""
}
