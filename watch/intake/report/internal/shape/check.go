package shape

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Check adds what is wrong with a value at a place to the faults. It returns true where nothing
// is.
func (s *Shape) Check(v any, at string, f *Faults) bool {
	before := len(f.List) + f.More
	switch s.kind {
	case "object":
		s.object(v, at, f)
	case "list":
		s.list(v, at, f)
	case "int", "number":
		s.number(v, at, f)
	case "bool":
		if _, ok := v.(bool); !ok {
			f.Add(at, "is %s; expected true or false", nameOf(v))
		}
	case "scalar":
		if n, ok := v.(json.Number); ok && !whole(n) || !ok && nameOf(v) != "a text" {
			f.Add(at, "is %s; expected a text or a whole number", nameOf(v))
		}
	case "ports":
		s.ports(v, at, f)
	case "any":
	default:
		s.text(v, at, f)
	}
	return len(f.List)+f.More == before
}

func (s *Shape) object(v any, at string, f *Faults) {
	m, ok := v.(map[string]any)
	if !ok {
		f.Add(at, "is %s; expected an object", nameOf(v))
		return
	}
	for _, name := range s.required {
		if _, there := m[name]; !there {
			f.Add(step(at, name), "is missing; expected %s", s.fields[name].says())
		}
	}
	for name, child := range m {
		switch shape := s.fields[name]; {
		case shape != nil:
			shape.Check(child, step(at, name), f)
		case s.closed:
			f.Add(step(at, name), "is not a field of this object")
		case s.rest != nil:
			s.rest.Check(child, step(at, name), f)
		}
	}
}

func (s *Shape) list(v any, at string, f *Faults) {
	l, ok := v.([]any)
	if !ok {
		f.Add(at, "is %s; expected a list", nameOf(v))
		return
	}
	if n := float64(len(l)); n < s.least || n > s.most {
		f.Add(at, "has %d elements; expected %s", len(l), s.span())
	}
	for i, child := range l {
		here := step(at, strconv.Itoa(i))
		if s.item != nil {
			s.item.Check(child, here, f)
		}
		if s.unique && slices.ContainsFunc(l[:i], func(o any) bool { return reflect.DeepEqual(o, child) }) {
			f.Add(here, "is in the list twice; expected once")
		}
	}
}

func (s *Shape) number(v any, at string, f *Faults) {
	n, ok := v.(json.Number)
	switch {
	case !ok:
		f.Add(at, "is %s; expected %s", nameOf(v), s.says())
		return
	case s.kind == "int" && !whole(n):
		f.Add(at, "is %.40s; expected a whole number", n)
		return
	}
	if x, err := n.Float64(); err != nil || x < s.least || x > s.most {
		f.Add(at, "is %.40s; expected %s", n, s.span())
	}
}

// port is one element of ports.
var port = &Shape{kind: "int", least: 0, most: math.MaxUint16}

// ports takes one port or a list of them.
func (s *Shape) ports(v any, at string, f *Faults) {
	l, ok := v.([]any)
	if !ok {
		port.Check(v, at, f)
		return
	}
	for i, child := range l {
		port.Check(child, step(at, strconv.Itoa(i)), f)
	}
}

func whole(n json.Number) bool {
	x, err := n.Float64()
	return err == nil && x == math.Trunc(x)
}

func (s *Shape) text(v any, at string, f *Faults) {
	t, ok := v.(string)
	switch {
	case !ok:
		f.Add(at, "is %s; expected %s", nameOf(v), s.says())
	case s.kind == "word" && !slices.Contains(s.words, t), s.kind == "like" && !s.pattern.MatchString(t):
		f.Add(at, "is %.60q; expected %s", t, s.says())
	case s.kind != "word" && s.kind != "like" && s.kind != "text" && !forms[s.kind].is(t):
		f.Add(at, "is %.60q; expected %s", t, s.says())
	case s.kind == "text" && (float64(runes(t)) < s.least || float64(runes(t)) > s.most):
		f.Add(at, "has %d characters; expected %s", runes(t), s.span())
	}
}

// says is what is expected, in words.
func (s *Shape) says() string {
	if form, ok := forms[s.kind]; ok {
		return form.says
	}
	switch s.kind {
	case "word":
		if len(s.words) == 1 {
			return s.words[0]
		}
		return "one of " + strings.Join(s.words, ", ")
	case "like":
		return "a text like " + s.pattern.String()
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	case "object":
		return "an object"
	default:
		return "a " + s.kind
	}
}

func (s *Shape) span() string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	switch {
	case math.IsInf(s.most, 1):
		return "at least " + number(s.least)
	case math.IsInf(s.least, -1):
		return "at most " + number(s.most)
	}
	return number(s.least) + " to " + number(s.most)
}

func nameOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case nil:
		return "null"
	}
	return "something else"
}

// Text returns the text at a path of names, or "".
func Text(v any, path ...string) string {
	s, _ := At(v, path...).(string)
	return s
}

// Int returns the whole number at a path of names, or 0.
func Int(v any, path ...string) int64 {
	n, _ := At(v, path...).(json.Number)
	x, err := n.Float64()
	if err != nil || x != math.Trunc(x) || math.Abs(x) > 1<<53 {
		return 0
	}
	return int64(x)
}

// At returns what stands at a path of names, or nil.
func At(v any, path ...string) any {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}
