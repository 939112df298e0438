package story

import (
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// line is one line of a script: a verb, words, and arguments key=value. A few arguments
// read better as words: "every 15s" is every=15s.
type line struct {
	number int
	verb   *verb
	words  []string
	args   map[string]string
}

var spokenArgs = []string{"every", "for", "wobble", "arrives"}

// readLine reads a line; nil where there is nothing on it.
func readLine(text string, number int) (*line, error) {
	fields, err := splitFields(text)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	l := &line{number: number, args: map[string]string{}}
	name := fields[0].text
	if strings.HasPrefix(name, "+") {
		l.words, name = []string{name[1:]}, "+"
	}
	if l.verb, err = findVerb(name); err != nil {
		return nil, err
	}
	for i := 1; i < len(fields); i++ {
		word := fields[i]
		key, value, isArg := strings.Cut(word.text, "=")
		switch {
		case word.quotedFrom == 0 || !isArg && !slices.Contains(spokenArgs, word.text):
			l.words = append(l.words, word.text)
			continue
		case isArg && word.quotedFrom > 0 && word.quotedFrom <= len(key):
			return nil, evenkeel.Invalid("%q; expected the quotes around the value only: key=\"some words\"", word.text)
		case !isArg:
			if i++; i == len(fields) {
				return nil, evenkeel.Invalid("%s stands at the end; expected a value behind it", key)
			}
			value = fields[i].text
		}
		if err := l.setArg(key, value); err != nil {
			return nil, err
		}
	}
	return l, l.checkWords()
}

func (l *line) setArg(key, value string) error {
	if !slices.Contains(l.verb.args, key) {
		e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: l.verb.name + " has no argument " + key + "; expected: " + l.verb.form}
		if near := strict.Nearest(key, l.verb.args); near != "" {
			e.Says += "; did you mean " + near + "?"
		}
		return e
	}
	if _, twice := l.args[key]; twice {
		return evenkeel.Invalid("%s is given twice", key)
	}
	if value == "" {
		return evenkeel.Invalid("%s has no value; leave it out where it is not known", key)
	}
	l.args[key] = value
	return nil
}

func (l *line) checkWords() error {
	if n := len(l.words); n < l.verb.least || n > l.verb.most {
		return evenkeel.Invalid("%d words behind %s; expected: %s", n, l.verb.name, l.verb.form)
	}
	return nil
}

// need returns an argument that the line must have.
func (l *line) need(key string) (string, error) {
	v, ok := l.args[key]
	if !ok {
		return "", evenkeel.Invalid("%s without %s=…; expected: %s", l.verb.name, key, l.verb.form)
	}
	return v, nil
}

// arg reads an optional argument; where it is not given, v stays as it is.
func arg[T any](l *line, key string, parse func(string) (T, error), v *T) error {
	text, ok := l.args[key]
	if !ok {
		return nil
	}
	got, err := parse(text)
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: key, Err: err}
	}
	*v = got
	return nil
}

// names reads an argument that is one name, or a range of as many as the line's machines:
// the first of these belongs to the first of those.
func (l *line) names(key string, n int) (func(i int) string, error) {
	text, ok := l.args[key]
	if !ok {
		return func(int) string { return "" }, nil
	}
	list, err := expandNames(text)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 1:
		return func(int) string { return list[0] }, nil
	case len(list) != n:
		return nil, evenkeel.Invalid("%s=%s has %d names for %d machines; expected one, or as many", key, text, len(list), n)
	}
	return func(i int) string { return list[i] }, nil
}

// rhythm is how a line goes on: every so often, for so long. The zero value is once.
type rhythm struct{ every, length time.Duration }

func (l *line) rhythm() (r rhythm, err error) {
	_, hasEvery := l.args["every"]
	if _, hasFor := l.args["for"]; hasEvery != hasFor {
		return r, evenkeel.Invalid("every and for belong together; expected such as: every 15s for 40m")
	}
	if err = arg(l, "every", parseSpan, &r.every); err == nil {
		err = arg(l, "for", parseSpan, &r.length)
	}
	if err == nil && (r.every%time.Second != 0 || r.every > r.length) {
		err = evenkeel.Invalid("every %s for %s; expected whole seconds, and for at least as long as every", l.args["every"], l.args["for"])
	}
	return r, err
}

// times is how many times the line speaks.
func (r rhythm) times() int {
	if r.every == 0 {
		return 1
	}
	return int(r.length / r.every)
}

// field is a word of a line. quotedFrom is where its first quotation mark was, or -1.
type field struct {
	text       string
	quotedFrom int
}

// splitFields cuts a line at white space outside of double quotes; # begins a comment.
func splitFields(text string) (out []field, err error) {
	var b strings.Builder
	in, quoted, from := false, false, -1
	end := func() {
		if in {
			out = append(out, field{b.String(), from})
		}
		b.Reset()
		in, from = false, -1
	}
	for _, r := range text {
		switch {
		case r == '"':
			if from < 0 {
				from = b.Len()
			}
			in, quoted = true, !quoted
		case quoted:
			b.WriteRune(r)
		case r == ' ' || r == '\t' || r == '\r':
			end()
		case r == '#' && !in:
			return out, nil
		default:
			in = true
			b.WriteRune(r)
		}
	}
	if quoted {
		return nil, evenkeel.Invalid("a quotation mark is not closed; expected a second one on the same line")
	}
	end()
	return out, nil
}
