package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

var textType = reflect.TypeFor[Text]()

// fill reads node n into v, which is settable.
func (r *reading) fill(n *yaml.Node, v reflect.Value, depth int) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		r.empty(n, v.Type(), depth)
		return
	}
	if v.Type() == textType {
		r.text(n, v.Addr().Interface().(*Text))
		return
	}
	if p, ok := v.Addr().Interface().(placed); ok {
		r.fill(n, reflect.ValueOf(p.place(n.Line, n.Column)).Elem(), depth)
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		r.unmarshal(n, v.Type(), u)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		r.fill(n, fresh.Elem(), depth)
		v.Set(fresh)
	case reflect.Struct:
		r.structure(n, v, depth)
	case reflect.Map:
		r.mapping(n, v, depth)
	case reflect.Slice:
		r.list(n, v, depth)
	case reflect.Interface:
		r.anything(n, v, depth)
	default:
		r.scalar(n, v)
	}
}

// empty reports a key or document without a value.
func (r *reading) empty(n *yaml.Node, t reflect.Type, depth int) {
	if depth == 0 {
		r.fail(n, "the document is empty", "expected "+expected(t))
		return
	}
	r.fail(n, "there is no value here", "expected "+expected(t)+"; or leave the key out")
}

// field is one key of a struct.
type field struct {
	key      string
	index    []int
	required bool
}

// fieldsOf lists the keys of a struct type in the order of its fields. A key is the name in the yaml
// tag, else the field's name in lower case.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		has := func(option string) bool { return strings.Contains(","+options+",", ","+option+",") }
		if has("inline") && f.Type.Kind() == reflect.Struct {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		if key == "" {
			key = strings.ToLower(f.Name)
		}
		out = append(out, field{key, []int{i}, has("required")})
	}
	return out
}

func (r *reading) structure(n *yaml.Node, v reflect.Value, depth int) {
	if n.Kind != yaml.MappingNode {
		r.mismatch(n, v.Type())
		return
	}
	fields := fieldsOf(v.Type())
	byKey := make(map[string]field, len(fields))
	keys := make([]string, len(fields))
	for i, f := range fields {
		byKey[f.key], keys[i] = f, f.key
	}
	seen := r.pairs(n, func(key, value *yaml.Node) {
		f, ok := byKey[key.Value]
		if !ok {
			r.fail(key, fmt.Sprintf("unknown key %q", shorten(key.Value)), suggestion(key.Value, keys))
			return
		}
		r.fill(value, v.FieldByIndex(f.index), depth+1)
	})
	for _, f := range fields {
		if f.required && !seen[f.key] {
			r.fail(n, fmt.Sprintf("the key %q is missing", f.key), "expected "+expected(v.Type().FieldByIndex(f.index).Type))
		}
	}
}

// pairs calls read for each key of a mapping that is a plain name and there for the first time, and
// returns the keys it saw.
func (r *reading) pairs(n *yaml.Node, read func(key, value *yaml.Node)) map[string]bool {
	seen, first := map[string]bool{}, map[string]int{}
	for i := 0; i+1 < len(n.Content) && len(r.errs) < mostErrors; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!null":
			r.fail(key, "the key is "+found(key), "a key is a name or a number")
		case seen[key.Value]:
			r.fail(key, fmt.Sprintf("the key %q is there twice", shorten(key.Value)), fmt.Sprintf("first on line %d", first[key.Value]))
		default:
			seen[key.Value], first[key.Value] = true, key.Line
			read(key, value)
		}
	}
	return seen
}

func (r *reading) mapping(n *yaml.Node, v reflect.Value, depth int) {
	if n.Kind != yaml.MappingNode {
		r.mismatch(n, v.Type())
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	r.pairs(n, func(key, value *yaml.Node) {
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		before := len(r.errs)
		r.key(key, k)
		r.fill(value, e, depth+1)
		if len(r.errs) == before {
			out.SetMapIndex(k, e)
		}
	})
	v.Set(out)
}

// key reads a mapping's key. Of a text, every plain spelling is one, numbers too.
func (r *reading) key(n *yaml.Node, k reflect.Value) {
	if _, own := k.Addr().Interface().(encoding.TextUnmarshaler); !own && k.Kind() == reflect.String {
		k.SetString(n.Value)
		return
	}
	r.fill(n, k, 1)
}

func (r *reading) list(n *yaml.Node, v reflect.Value, depth int) {
	if n.Kind != yaml.SequenceNode {
		r.mismatch(n, v.Type())
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		r.fill(c, out.Index(i), depth+1)
	}
	v.Set(out)
}

// anything reads into an empty interface: bool, int64, float64, string, []any or map[string]any.
func (r *reading) anything(n *yaml.Node, v reflect.Value, depth int) {
	if v.NumMethod() > 0 {
		r.fail(n, "the program cannot read this key", "its type is "+v.Type().String())
		return
	}
	kinds := map[string]reflect.Type{
		"!!map": reflect.TypeFor[map[string]any](), "!!seq": reflect.TypeFor[[]any](), "!!bool": reflect.TypeFor[bool](),
		"!!int": reflect.TypeFor[int64](), "!!float": reflect.TypeFor[float64](),
	}
	t, ok := kinds[n.Tag]
	if !ok {
		t = reflect.TypeFor[string]()
	}
	out := reflect.New(t).Elem()
	r.fill(n, out, depth)
	v.Set(out)
}

func suggestion(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return "no keys are known here"
	}
	return "known keys are " + strings.Join(known, ", ")
}
