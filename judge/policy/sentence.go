package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// sentence is a text with holes for facts: texts[0] {slots[0]} texts[1] …
type sentence struct {
	texts []string
	slots []int
}

// sentenceOf reads a text with names in braces.
func sentenceOf(src strict.Text, facts []fact, found *faults) sentence {
	s, rest := sentence{}, strings.TrimSpace(src.Value)
	at := strings.Index(src.Value, rest)
	for {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			s.texts = append(s.texts, rest)
			return s
		}
		end := strings.IndexAny(rest[open+1:], "{}")
		if rest[open] == '}' || end < 0 || rest[open+1+end] != '}' {
			found.at(inText(src, at+open), "write {tenant.paid} for a fact, and no other braces", "a brace without its other one")
			return s
		}
		name := rest[open+1 : open+1+end]
		slot := slices.IndexFunc(facts, func(f fact) bool { return f.Name == name })
		if slot < 0 {
			found.at(inText(src, at+open+1), nearest(name, factNames(facts), "facts are "), "undeclared %q", clip(name))
		}
		s.texts, s.slots = append(s.texts, rest[:open]), append(s.slots, slot)
		at, rest = at+open+end+2, rest[open+end+2:]
	}
}

// inText is the place in the file of a byte of a text.
func inText(t strict.Text, offset int) spot {
	before := t.Value[:offset]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	line, column = t.At(line, column)
	return spot{line, column}
}

func factNames(facts []fact) []string {
	out := make([]string, len(facts))
	for i, f := range facts {
		out[i] = f.Name
	}
	return out
}

// render fills the holes.
func (s sentence) render(slots []ternary.Value) string {
	if len(s.slots) == 0 {
		return strings.Join(s.texts, "")
	}
	var b strings.Builder
	for i, text := range s.texts {
		b.WriteString(text)
		if i < len(s.slots) {
			b.WriteString(inWords(slots[s.slots[i]]))
		}
	}
	return b.String()
}

// inWords writes a value as people say it.
func inWords(v ternary.Value) string {
	switch v.Type() {
	case ternary.StringType:
		s, _ := v.Text()
		return s
	case ternary.DoubleType:
		f, _ := v.Double()
		return strconv.FormatFloat(f, 'f', decimals(f), 64)
	case ternary.DurationType:
		d, _ := v.Duration()
		return howLong(d)
	}
	return v.String()
}

// decimals is 0 for whole numbers and 2 for others, as money is written.
func decimals(f float64) int {
	if f == float64(int64(f)) {
		return 0
	}
	return 2
}

// howLong writes a span in the largest unit of which it has at least two.
func howLong(d time.Duration) string {
	if d < 0 {
		return "less than nothing"
	}
	for _, u := range [...]struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d >= 2*u.of {
			return fmt.Sprintf("%d %s", d/u.of, u.name)
		}
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}
