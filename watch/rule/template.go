package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// template is the sentence of a term, with holes for values.
type template struct{ parts []part }

// part is a piece of text, or a hole where text is empty.
type part struct {
	text  string
	name  string // of the variable, as the document says it
	slot  int
	write func(ternary.Value) string
	most  int64 // a count that ends there; 0 = none
}

// flaw is one fault of a template.
type flaw struct {
	offset    int // in bytes
	says, fix string
}

// lookup tells a template the type of a name, and its value where it is a constant.
type lookup func(name string) (typ ternary.Type, constant ternary.Value, ok bool)

// parseTemplate reads "text {name} text {name:format}". Braces are doubled to stand for themselves.
func parseTemplate(src string, find lookup, hint func(name string) string) (template, []flaw) {
	var t template
	var flaws []flaw
	var lit strings.Builder
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case (c == '{' || c == '}') && i+1 < len(src) && src[i+1] == c:
			lit.WriteByte(c)
			i += 2
			continue
		case c == '}':
			flaws = append(flaws, flaw{i, "a } without its {", "write }} for a brace"})
		case c == '{':
			end := strings.IndexAny(src[i+1:], "{}")
			if end < 0 || src[i+1+end] != '}' {
				return t, append(flaws, flaw{i, "a { without its }", "write {{ for a brace"})
			}
			p, f := parseHole(src[i+1:i+1+end], i+1, find, hint)
			flaws = append(flaws, f...)
			if p.text != "" {
				lit.WriteString(p.text)
			} else {
				t.literal(&lit)
				t.parts = append(t.parts, p)
			}
			i += end + 2
			continue
		default:
			lit.WriteByte(c)
		}
		i++
	}
	t.literal(&lit)
	return t, flaws
}

func (t *template) literal(b *strings.Builder) {
	if b.Len() > 0 {
		t.parts = append(t.parts, part{text: b.String()})
		b.Reset()
	}
}

// parseHole reads what stands between braces. A constant becomes text at once.
func parseHole(src string, at int, find lookup, hint func(name string) string) (part, []flaw) {
	name, wish, wished := strings.Cut(src, ":")
	typ, constant, ok := find(name)
	if !ok {
		return part{}, []flaw{{at, fmt.Sprintf("undeclared %q", name), hint(name)}}
	}
	write, says, fix := writerOf(typ, wish, wished)
	if says != "" {
		return part{}, []flaw{{at + len(name) + 1, says, fix}}
	}
	if constant.Known() {
		return part{text: write(constant)}, nil
	}
	return part{name: name, write: write}, nil
}

// nouns are what may be counted in a sentence: words whose plural has an s at its end.
var nouns = regexp.MustCompile(`^[a-z]([a-z -]{0,38}[a-z])?$`)

// writerOf finds the format for a type, or says what is wrong with the wish.
func writerOf(typ ternary.Type, wish string, wished bool) (write func(ternary.Value) string, says, fix string) {
	if !wished {
		if write, only := unnamed[typ]; only {
			return write, "", ""
		}
		wish = usual[typ]
	}
	if noun, of := strings.CutPrefix(wish, "count "); of && typ == ternary.IntType {
		if !nouns.MatchString(noun) {
			return nil, fmt.Sprintf("%q is no noun to count", clip(noun)), "write one like report or flow record, at most 40 letters; it gets an s where there are several"
		}
		return func(v ternary.Value) string { n, _ := v.Int(); return plural(n, noun) }, "", ""
	}
	var fit, all []string
	for _, f := range formats {
		if takes := slices.Contains(f.takes, typ); takes {
			if f.name == wish {
				return f.write, "", ""
			}
			fit = append(fit, f.name)
		}
		all = append(all, f.name)
	}
	switch {
	case !slices.Contains(all, wish):
		return nil, fmt.Sprintf("unknown format %q", wish), nearest(wish, all, "formats are ")
	case len(fit) == 0:
		return nil, fmt.Sprintf("format %s does not take a %s", wish, typ), "write the name without a format"
	}
	return nil, fmt.Sprintf("format %s does not take a %s", wish, typ), "formats of it are " + strings.Join(fit, ", ")
}

// bind gives each hole its place in the slot vector.
func (t *template) bind(slotOf func(name string) int) {
	for i := range t.parts {
		if t.parts[i].text == "" {
			t.parts[i].slot = slotOf(t.parts[i].name)
		}
	}
}

// names returns the variables of the holes.
func (t *template) names() []string {
	var out []string
	for _, p := range t.parts {
		if p.text == "" {
			out = append(out, p.name)
		}
	}
	return out
}

// render fills the holes.
func (t *template) render(slots []ternary.Value) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.text != "" {
			b.WriteString(p.text)
			continue
		}
		v := slots[p.slot]
		if !v.Known() {
			b.WriteString("unknown (" + quiet(v.Why()) + ")")
			continue
		}
		if n, _ := v.Int(); p.most > 0 && n >= p.most {
			b.WriteString("at least ")
		}
		b.WriteString(p.write(v))
	}
	return b.String()
}

// place is the line and column, counted in characters from 1, of a byte of a source text.
func place(src string, offset int) (line, column int) {
	before := src[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}
