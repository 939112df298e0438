package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/evenkeel/evenkeel"
)

// Bounds is how much of a document is read.
type Bounds struct {
	Bytes  int // of the whole document
	Depth  int // of objects and lists within each other
	Values int // of all kinds
}

// Parse reads one JSON document. Its values are map[string]any, []any, string, json.Number, bool
// and nil. A document that is not JSON or goes beyond the bounds is an error of KindInvalid.
// Keys that are given twice are faults; the first one counts.
func Parse(doc []byte, most Bounds, f *Faults) (any, error) {
	if len(doc) > most.Bytes {
		return nil, evenkeel.Invalid("the document has %d bytes; expected at most %d", len(doc), most.Bytes)
	}
	r := reader{json.NewDecoder(bytes.NewReader(doc)), most, f}
	r.UseNumber()
	v, err := r.value("", 0)
	if err == nil {
		if _, end := r.Token(); end != io.EOF {
			err = evenkeel.Invalid("something follows the document; expected one JSON value")
		}
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

type reader struct {
	*json.Decoder
	left   Bounds
	faults *Faults
}

func (r *reader) value(at string, depth int) (any, error) {
	if r.left.Values--; r.left.Values < 0 {
		return nil, evenkeel.Invalid("the document has too many values")
	}
	t, err := r.Token()
	if err != nil {
		return nil, evenkeel.Invalid("%s", notJSON(err))
	}
	open, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth >= r.left.Depth {
		return nil, evenkeel.Invalid("%s nests deeper than %d levels", at, r.left.Depth)
	}
	if open == '[' {
		return r.list(at, depth+1)
	}
	return r.object(at, depth+1)
}

func (r *reader) object(at string, depth int) (any, error) {
	m := map[string]any{}
	for r.More() {
		t, err := r.Token()
		if err != nil {
			return nil, evenkeel.Invalid("%s", notJSON(err))
		}
		key, _ := t.(string)
		v, err := r.value(step(at, key), depth)
		if err != nil {
			return nil, err
		}
		if _, twice := m[key]; twice {
			r.faults.Add(step(at, key), "is given twice; expected once")
			continue
		}
		m[key] = v
	}
	return m, r.end()
}

func (r *reader) list(at string, depth int) (any, error) {
	l := []any{}
	for r.More() {
		v, err := r.value(step(at, strconv.Itoa(len(l))), depth)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	return l, r.end()
}

// end takes the closing bracket.
func (r *reader) end() error {
	if _, err := r.Token(); err != nil {
		return evenkeel.Invalid("%s", notJSON(err))
	}
	return nil
}

func notJSON(err error) string {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return "the document ends before it should; expected JSON"
	}
	return fmt.Sprintf("not JSON: %v", err)
}
