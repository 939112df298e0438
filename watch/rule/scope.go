package rule

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// spanName is the constant that every window has. It is for sentences: `for` is a word of CEL.
const spanName = "for"

// variables are the names that a rule's expressions may use: the features of its windows, then
// facts.
func variables(windows []Window, subject evenkeel.SubjectKind) []ternary.Var {
	var out []ternary.Var
	for i := range windows {
		for f := range Feature(Features) {
			if features[f].owner.has(&windows[i]) {
				out = append(out, ternary.Var{Name: windows[i].Name + "." + f.String(), Type: f.Type(), Doc: features[f].about})
			}
		}
	}
	return append(out, factsOf(subject)...)
}

// features are the names of what the window has.
func (w *Window) features() []string {
	var out []string
	for f := range Feature(Features) {
		if features[f].owner.has(w) {
			out = append(out, f.String())
		}
	}
	return out
}

// factsOf are the facts that exist for a kind of subject.
func factsOf(subject evenkeel.SubjectKind) []ternary.Var {
	if subject == evenkeel.SubjectAsset {
		return facts[:]
	}
	return facts[:AssetAge]
}

// fieldVars are the names that `where` may use for a kind of record.
func fieldVars(k evenkeel.RecordKind) []ternary.Var {
	var out []ternary.Var
	for _, f := range fieldsOf(k, anyField) {
		out = append(out, ternary.Var{Name: f.variable(), Type: f.Type(), Doc: fieldRows[f].about})
	}
	return out
}

func varNames(vars []ternary.Var) []string {
	out := make([]string, len(vars))
	for i, v := range vars {
		out[i] = v.Name
	}
	return out
}

// nearest says what a word was probably meant to be, or lists what is known.
func nearest(word string, known []string, list string) string {
	if near := strict.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return list + strings.Join(known, ", ")
}

// compact keeps of the variables those that are used, in the same order. What is left is the
// rule's slot vector.
func compact(vars []ternary.Var, used map[string]bool) []ternary.Var {
	return slices.DeleteFunc(slices.Clone(vars), func(v ternary.Var) bool { return !used[v.Name] })
}

// asksKnown says whether an expression calls known(). A term may not: what is unknown never meets
// it anyway, and known(x) && … would be false, not undecided, before x has been asked for.
func asksKnown(src string) bool {
	const call = "known"
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '"' || c == '\'':
			i = closing(src, i)
		case strings.HasPrefix(src[i:], "//"):
			if end := strings.IndexByte(src[i:], '\n'); end >= 0 {
				i += end
			} else {
				return false
			}
		case strings.HasPrefix(src[i:], call) && (i == 0 || !wordByte(src[i-1]) && src[i-1] != '.'):
			if rest := strings.TrimLeft(src[i+len(call):], " \t\r\n"); strings.HasPrefix(rest, "(") {
				return true
			}
		}
	}
	return false
}

// closing is the index of the last byte of the quoted text that begins at i.
func closing(src string, i int) int {
	quote := src[i : i+1]
	if strings.HasPrefix(src[i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	raw := i > 0 && (src[i-1] == 'r' || src[i-1] == 'R')
	for j := i + len(quote); j < len(src); j++ {
		switch {
		case src[j] == '\\' && !raw:
			j++
		case strings.HasPrefix(src[j:], quote):
			return j + len(quote) - 1
		}
	}
	return len(src)
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
