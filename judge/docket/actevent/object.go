package actevent

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// MaxBytes is how long an event may be, in bytes: what CloudEvents 1.0 asks everyone to
// forward.
const MaxBytes = 64 << 10

// maxDepth is how deep objects and lists may stand in each other. Ours need five.
const maxDepth = 32

// object is a JSON object with its keys in the order of the text. A value is a string, a
// json.Number, a bool, a list ([]any), an object or nil.
type object struct {
	keys   []string
	values map[string]any
}

// parse reads a text that holds one object and nothing else.
func parse(text []byte) (object, error) {
	switch {
	case len(text) > MaxBytes:
		return object{}, evenkeel.Invalid("it has %d bytes; expected at most %d", len(text), MaxBytes)
	case !utf8.Valid(text):
		return object{}, evenkeel.Invalid("it is not valid UTF-8; expected JSON")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return object{}, evenkeel.Invalid("it is not JSON: %v; expected a CloudEvent, an object on one line", err)
	}
	if halfPair(text) {
		return object{}, evenkeel.Invalid(`it has half of a surrogate pair (\ud800 to \udfff); expected valid UTF-16 in escapes`)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := value(d, "", 0)
	if err != nil {
		return object{}, err
	}
	o, ok := v.(object)
	if !ok {
		return object{}, evenkeel.Invalid("it is %s; expected a CloudEvent, an object with %s", shown(v), needed)
	}
	return o, nil
}

// value reads the next value of a text that is known to be JSON. path leads to it.
func value(d *json.Decoder, path string, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, evenkeel.Invalid("it is not JSON: %v", err)
	}
	open, nested := t.(json.Delim)
	if !nested {
		return t, nil
	}
	if depth == maxDepth {
		return nil, evenkeel.Invalid("%.100s stands %d levels deep; expected at most %d", path, depth+1, maxDepth)
	}
	if open == '{' {
		return members(d, path, depth)
	}
	list := []any{}
	for d.More() {
		v, err := value(d, path+"["+strconv.Itoa(len(list))+"]", depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err = d.Token()
	return list, err
}

// members reads an object that has begun.
func members(d *json.Decoder, path string, depth int) (any, error) {
	o := object{values: map[string]any{}}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := t.(string)
		where := strings.TrimPrefix(path+"."+key, ".")
		if _, twice := o.values[key]; twice {
			return nil, evenkeel.Invalid("%s is given twice; expected it once", name(where))
		}
		v, err := value(d, where, depth+1)
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, key)
		o.values[key] = v
	}
	_, err := d.Token()
	return o, err
}

// halfPair says whether a JSON text has an escape of half a surrogate pair. Read as JSON
// usually is, it would become U+FFFD, and two ids could become one.
func halfPair(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		u := escaped(text[i:])
		switch {
		case u < 0:
			i++
		case !utf16.IsSurrogate(u):
			i += 5
		case utf16.DecodeRune(u, escaped(text[i+6:])) == utf8.RuneError:
			return true
		default:
			i += 11
		}
	}
	return false
}

// escaped is the code unit of the \u escape that the text begins with, or -1.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	u, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(u)
}
