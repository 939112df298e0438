package chinese

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a phrase with holes.
//
// In the English, <> is an element, and a hole is one of {} (anything without an element, kept as
// it is), {w} (the same in one word), {n} (a number), {l} (a length of time), {o} (how far off
// something is), {m} (a moment), {f} (a family), {e} (a measure), {s} (names
// of machines or persons), {c} (what a switch and the like is about), {k} (a word, said where it is a phrase), {i} (several {x}, with semicolons between), {d} (a length of time in any form), {a} (how long ago), {u} (so many reports or flow records), {t} (a phrase) and {x} (a phrase,
// or English that is marked so). In the Chinese, <> is the element in the same place of the order,
// and {1} is what the first hole says.
type pattern struct {
	words []string // before, between and behind the holes
	holes []string
	says  []string // words of the Chinese, before, between and behind
	refs  []int    // which hole is said between them
	size  int      // bytes of words: the more, the more exact
	key   string   // the longest of words: a text without it does not fit
}

// maxHoles is how many holes a phrase can have.
const maxHoles = 9

func compiled(en, zh string) *pattern {
	p := &pattern{}
	p.words, p.holes = cut(marked(en))
	var refs []string
	p.says, refs = cut(marked(zh))
	for _, r := range refs {
		n, err := strconv.Atoi(r)
		if err != nil || n < 1 || n > len(p.holes) {
			panic(fmt.Sprintf("chinese: %q has no hole {%s}", en, r))
		}
		p.refs = append(p.refs, n-1)
	}
	if strings.Count(en, "<>") != strings.Count(zh, "<>") || len(p.holes) > maxHoles {
		panic(fmt.Sprintf("chinese: %q has not as many elements as %q, or too many holes", zh, en))
	}
	for i, h := range p.holes {
		if (h == "t" || h == "x") && slices.Index(p.refs, i) < 0 || slices.Index(p.refs, i) != lastOf(p.refs, i) {
			panic(fmt.Sprintf("chinese: %q says hole %d not once: elements may stand in it", zh, i+1))
		}
		if kinds[h] == nil && !strings.Contains("txcik", h) {
			panic(fmt.Sprintf("chinese: %q has a hole {%s}, which is of no kind", en, h))
		}
		if i > 0 && p.words[i] == "" {
			panic(fmt.Sprintf("chinese: %q has nothing between two holes", en))
		}
	}
	for _, w := range p.words {
		p.size += len(w)
		if len(w) > len(p.key) {
			p.key = w
		}
	}
	return p
}

func lastOf(refs []int, hole int) int {
	for i := len(refs) - 1; i >= 0; i-- {
		if refs[i] == hole {
			return i
		}
	}
	return -1
}

// marked puts the sign for an element where a phrase has one.
func marked(s string) string { return strings.ReplaceAll(s, "<>", mark) }

// cut cuts a phrase at its holes.
func cut(s string) (words, holes []string) {
	for {
		before, rest, found := strings.Cut(s, "{")
		words = append(words, before)
		if !found {
			return words, holes
		}
		hole, after, closed := strings.Cut(rest, "}")
		if !closed {
			panic(fmt.Sprintf("chinese: a hole of %q is not closed", s))
		}
		holes = append(holes, hole)
		s = after
	}
}

// match says a text as a pattern does, if it fits.
func (s *sayer) match(p *pattern, english string, stopped bool, depth int) (string, bool) {
	s.left--
	last := len(p.words) - 1
	if stopped && p.words[last] == "" && p.holes[len(p.holes)-1] == "" {
		return "", false // what is kept as it is keeps its full stop too
	}
	if len(english) < p.size || !strings.HasPrefix(english, p.words[0]) || !strings.HasSuffix(english, p.words[last]) || !strings.Contains(english, p.key) {
		return "", false
	}
	said := make([]string, len(p.holes))
	if !s.fill(p, english[len(p.words[0]):], 0, said, depth) {
		return "", false
	}
	zh := p.says[0]
	for i, ref := range p.refs {
		zh = joined(joined(zh, said[ref]), p.says[i+1])
	}
	return zh, true
}

// joined writes a text behind another: with a blank between a Chinese and a Latin letter, and
// without one between two Chinese.
func joined(before, next string) string {
	if next == "" || before == "" {
		return before + next
	}
	if bare := strings.TrimSuffix(before, " "); bare != before && endsHan(bare) && beginsHan(next) {
		return bare + next
	}
	if bare := strings.TrimPrefix(next, " "); bare != next && endsHan(before) && beginsHan(bare) {
		return before + bare
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(next)
	if endsHan(before) && isLatin(first) || isLatin(last) && beginsHan(next) {
		return before + " " + next
	}
	return before + next
}

func beginsHan(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Han, r)
}

func endsHan(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.Is(unicode.Han, r)
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// fill fills the holes from the k-th on with what is left of a text.
func (s *sayer) fill(p *pattern, rest string, k int, said []string, depth int) bool {
	if k == len(p.holes) {
		return rest == ""
	}
	next := p.words[k+1]
	for from := 1; ; from++ {
		if s.left--; s.left <= 0 || from > len(rest) {
			return false
		}
		until := len(rest)
		if k+1 < len(p.holes) {
			i := strings.Index(rest[from:], next)
			if i < 0 {
				return false
			}
			until = from + i
		} else {
			until -= len(next)
			if until < from || rest[until:] != next {
				return false
			}
		}
		if zh, ok := s.hole(p.holes[k], rest[:until], depth); ok {
			said[k] = zh
			if s.fill(p, rest[until+len(next):], k+1, said, depth) {
				return true
			}
		}
		if k+1 == len(p.holes) {
			return false
		}
		from = until
	}
}

// hole says what is in a hole.
func (s *sayer) hole(kind, text string, depth int) (string, bool) {
	switch kind {
	case "t":
		zh, ok := s.phrase(text, depth+1)
		return strings.TrimSuffix(zh, "。"), ok
	case "x":
		if zh, ok := s.phrase(text, depth+1); ok {
			return strings.TrimSuffix(zh, "。"), true
		}
		return s.rest(text, depth), true
	case "i":
		all := strings.Split(text, "; ")
		for i, one := range all {
			all[i], _ = s.hole("x", one, depth)
		}
		return strings.Join(all, "；"), true
	case "d":
		if zh, ok := s.phrase(text, depth+1); ok {
			return zh, true
		}
	case "k":
		if zh, ok := s.phrase(text, depth+1); ok && !strings.Contains(text, " ") {
			return zh, true
		}
		return oneWord(text)
	case "c":
		if zh, ok := newSayer(scopes).phrase(text, 0); ok {
			return zh, true
		}
		return anything(text)
	}
	return kinds[kind](text)
}
