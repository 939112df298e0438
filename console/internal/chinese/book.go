package chinese

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel/instrument/phrasebook"
)

// deepest is how far phrases can stand within phrases.
const deepest = 6

// book is all that can be said.
type book struct {
	exact map[string]string
	first map[string][]*pattern // by their first word, the most exact first
	count []*pattern            // those that begin with a number
	rest  []*pattern            // those that begin with another hole
}

var all = bound(ofFrame, ofCase, ofDecide, ofLists, ofSwitches, ofReview, ofLots, ofFigures, ofSites, ofIncidents, ofDoor, ofWords, ofJudge, ofSteps, ofGates, ofEnds, ofDenied, ofData, ofErrors)

// scopes are what can be said of names in a place where they are those of switches and the like.
var scopes = bound(ofScopes)

// bound makes a book of phrases. It panics where two say the same thing otherwise, or where a
// phrase does not fit its own holes: a test opens the book.
func bound(parts ...map[string]string) *book {
	b := &book{exact: map[string]string{}, first: map[string][]*pattern{}}
	for _, part := range parts {
		for _, en := range slices.Sorted(maps.Keys(part)) {
			zh := part[en]
			p := compiled(en, zh)
			if have, twice := b.exact[marked(en)]; twice && have != marked(zh) {
				panic(fmt.Sprintf("chinese: %q is said as %q and as %q", en, have, zh))
			}
			if len(p.holes) == 0 {
				b.exact[marked(en)] = marked(zh)
			} else {
				b.add(p)
			}
		}
	}
	for _, ps := range b.first {
		sortPatterns(ps)
	}
	sortPatterns(b.count)
	sortPatterns(b.rest)
	return b
}

// add puts a pattern where texts that may fit it are looked for.
func (b *book) add(p *pattern) {
	switch word, _, whole := strings.Cut(p.words[0], " "); {
	case whole && word != "":
		b.first[word] = append(b.first[word], p)
	case p.words[0] == "" && p.holes[0] == "n":
		b.count = append(b.count, p)
	default:
		b.rest = append(b.rest, p)
	}
}

func sortPatterns(ps []*pattern) {
	slices.SortStableFunc(ps, func(a, b *pattern) int { return b.size - a.size })
}

// phrase says a text that is a phrase as a whole.
func (s *sayer) phrase(english string, depth int) (string, bool) {
	if a, done := s.known[english]; done && (a.ok || a.depth <= depth) {
		return a.zh, a.ok // what was not found near the top is not found deeper either
	}
	if depth > deepest || s.left <= 0 || english == "" {
		return "", false
	}
	zh, ok := s.found(english, depth)
	s.known[english] = answer{zh, ok, depth}
	return zh, ok
}

// several says a text of several sentences, each of which is a phrase.
func (s *sayer) several(english string, depth int) (string, bool) {
	all := sentencesOf(english)
	if len(all) < 2 || s.one {
		return "", false
	}
	var b strings.Builder
	for _, one := range all {
		zh, ok := s.phrase(one, depth+1)
		if !ok {
			return "", false
		}
		b.WriteString(zh)
	}
	return b.String(), true
}

// found looks for a text as it is, with its first letter small or large, and without its full stop:
// first for what fits to the letter, then for what has holes; and then for its sentences.
func (s *sayer) found(english string, depth int) (string, bool) {
	forms := formsOf(english)
	for _, f := range forms {
		if zh, ok := s.in.exact[f.english]; ok {
			return f.ended(zh), true
		}
		if zh, ok := phrasebook.Chinese(f.english); ok {
			return f.ended(zh), true
		}
	}
	for _, f := range forms {
		word, _, _ := strings.Cut(f.english, " ")
		for _, p := range s.in.first[word] {
			if zh, ok := s.match(p, f.english, f.stop, depth); ok {
				return f.ended(zh), true
			}
		}
	}
	if zh, ok := s.several(english, depth); ok { // else what begins with a hole would take the others for a part of the first
		return zh, true
	}
	begun := [][]*pattern{s.in.rest}
	if startsNumber(english) {
		begun = [][]*pattern{s.in.count, s.in.rest}
	}
	for _, some := range begun {
		for _, f := range forms {
			for _, p := range some {
				if zh, ok := s.match(p, f.english, f.stop, depth); ok {
					return f.ended(zh), true
				}
			}
		}
	}
	return "", false
}

// form is a text as it may be in the book.
type form struct {
	english string
	stop    bool // it had a full stop
}

func (f form) ended(zh string) string {
	if f.stop {
		return strings.TrimSuffix(zh, "。") + "。"
	}
	return zh
}

// formsOf are the forms of a text. Without its full stop comes first: else a hole would take it.
func formsOf(english string) []form {
	forms := make([]form, 0, 4)
	add := func(f form) {
		forms = append(forms, f)
		first, size := utf8.DecodeRuneInString(f.english)
		if small := unicode.ToLower(first); small != first {
			forms = append(forms, form{string(small) + f.english[size:], f.stop})
		} else if large := unicode.ToUpper(first); large != first {
			forms = append(forms, form{string(large) + f.english[size:], f.stop})
		}
	}
	if whole, stop := strings.CutSuffix(english, "."); stop && whole != "" && !strings.HasSuffix(whole, ".") {
		add(form{whole, true})
	}
	add(form{english: english})
	return forms
}
