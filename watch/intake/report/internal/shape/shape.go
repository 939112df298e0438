package shape

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Shape is what one value has to look like.
type Shape struct {
	kind     string   // text, word, like, int, number, bool, object, list, any, or one of forms
	words    []string // that a word may be
	pattern  *regexp.Regexp
	least    float64 // of a number, characters of a text, elements of a list
	most     float64
	unique   bool // of a list: no element twice
	closed   bool // of an object: no other fields
	required []string
	fields   map[string]*Shape
	item     *Shape // of a list
	rest     *Shape // of the fields of an object that have no shape of their own
}

// Must compiles a shape of an object from lines such as
//
//	source_port int 1..65535
//	reporter! object closed
//	reporter.contact! email
//	tags list ..20
//	tags[] like ^[a-z]+$
//
// A name with ! is required in what it stands in. [] stands for each element of a list, * for
// each field that has no line. Kinds: text, word a|b, like PATTERN, int, number, bool, list,
// object, any, scalar (a text or a whole number), ports (one port or a list of them), and the
// forms of texts; with bounds a..b, either of which may be missing.
func Must(lines string) *Shape {
	top := &Shape{kind: "object", fields: map[string]*Shape{}}
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			name, kind, _ := strings.Cut(line, " ")
			top.put(name, newShape(kind))
		}
	}
	return top
}

// put places a shape under a path of names.
func (s *Shape) put(path string, leaf *Shape) {
	name, after, deeper := strings.Cut(path, ".")
	required := strings.HasSuffix(name, "!")
	name = strings.TrimSuffix(name, "!")
	name, each := strings.CutSuffix(name, "[]")
	place := func(into **Shape) {
		if deeper {
			(*into).put(after, leaf)
		} else {
			*into = leaf
		}
	}
	switch {
	case each:
		place(&s.fields[name].item)
	case name == "*":
		place(&s.rest)
	default:
		child := s.fields[name]
		place(&child)
		s.fields[name] = child
		if required && !slices.Contains(s.required, name) {
			s.required = append(s.required, name)
		}
	}
}

func newShape(text string) *Shape {
	kind, args, _ := strings.Cut(text, " ")
	s := &Shape{kind: kind, least: math.Inf(-1), most: math.Inf(1)}
	switch kind {
	case "word":
		s.words = strings.Split(args, "|")
	case "like":
		s.pattern = regexp.MustCompile(args)
	case "object":
		s.fields = map[string]*Shape{}
		s.closed = args == "closed"
	default:
		_, form := forms[kind]
		if !form && !slices.Contains([]string{"text", "int", "number", "bool", "list", "any", "scalar", "ports"}, kind) {
			panic(fmt.Sprintf("a shape of the kind %q", text))
		}
		for arg := range strings.FieldsSeq(args) {
			if s.unique = s.unique || arg == "unique"; arg != "unique" {
				s.bounds(arg)
			}
		}
	}
	return s
}

func (s *Shape) bounds(arg string) {
	least, most, ok := strings.Cut(arg, "..")
	for _, b := range [...]struct {
		text string
		into *float64
	}{{least, &s.least}, {most, &s.most}} {
		if b.text == "" {
			continue
		}
		v, err := strconv.ParseFloat(b.text, 64)
		if err != nil || !ok {
			panic(fmt.Sprintf("bounds of the form %q", arg))
		}
		*b.into = v
	}
}

// Join returns the shape of a document that is of each of some shapes of objects. Where two say
// something of one field, the later one counts: it is meant to be the narrower.
func Join(shapes ...*Shape) *Shape {
	all := &Shape{kind: "object", fields: map[string]*Shape{}}
	for _, s := range shapes {
		maps.Copy(all.fields, s.fields)
		all.required = append(all.required, s.required...)
		all.closed = all.closed || s.closed
	}
	slices.Sort(all.required)
	all.required = slices.Compact(all.required)
	return all
}
