package chinese

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// effort is how many steps a page may take: a step compares a text with a phrase, or looks for its
// next words. The longest docket takes a quarter of it.
const effort = 7 << 17

// longest is how many bytes a run may have: phrases are shorter, and what is longer is a list of
// names or somebody's text.
const longest = 4 << 10

// sayer says the runs of one page.
type sayer struct {
	in    *book
	left  int               // of the effort
	known map[string]answer // what was said on this page already
	one   bool              // a hole holds no more than one sentence
}

type answer struct {
	zh    string
	ok    bool
	depth int
}

func newSayer(in *book) *sayer { return &sayer{in: in, left: effort, known: map[string]answer{}} }

// facts are what somebody's verdict rests on. What the tenant said can stand in them, and is theirs.
var facts = regexp.MustCompile(`(^|; )#[0-9]+ `)

// run says a run. It returns false where there is nothing to change.
func (s *sayer) run(english string) (string, bool) {
	if zh, ok := s.in.exact[english]; ok { // also what stands between elements and has no letters
		return zh, true
	}
	if len(english) > longest || !hasLetters(english) {
		return "", false
	}
	if facts.MatchString(english) {
		own := newSayer(s.in)
		own.left, own.one = s.left, true
		zh, ok := own.phrase(english, 0)
		s.left = own.left
		return zh, ok
	}
	if zh, ok := s.phrase(english, 0); ok {
		return zh, true
	}
	zh := s.sentences(english)
	return zh, zh != english
}

// sentences says what it can of a run, a sentence after the other.
func (s *sayer) sentences(english string) string {
	var b strings.Builder
	for _, one := range sentencesOf(english) {
		zh, ok := s.phrase(one, 0)
		if !ok {
			zh = s.parts(one)
		}
		if ends, _ := utf8.DecodeLastRuneInString(b.String()); b.Len() > 0 && ends < utf8.RuneSelf {
			b.WriteByte(' ')
		}
		b.WriteString(zh)
	}
	return b.String()
}

// parts says what it can between the elements of a sentence.
func (s *sayer) parts(english string) string {
	all := strings.Split(english, mark)
	for i, part := range all {
		text := strings.TrimSpace(part)
		if !hasLetters(text) {
			continue
		}
		if zh, ok := s.phrase(text, 0); ok {
			all[i] = zh
		} else if inEnglish := asEnglish(text); inEnglish != text {
			all[i] = strings.Replace(part, text, inEnglish, 1)
		}
	}
	return strings.Join(all, mark)
}

// rest says what it can of a text within another, a sentence after the other.
func (s *sayer) rest(english string, depth int) string {
	all := sentencesOf(english)
	for i, one := range all {
		if zh, ok := s.phrase(one, depth+1); ok && len(all) > 1 {
			all[i] = zh
		} else {
			all[i] = asEnglish(one)
		}
	}
	return strings.Join(all, " ")
}

// asEnglish marks what stays in English. A single word that no phrase is for is the name of
// something, and has no language.
func asEnglish(text string) string {
	all := strings.Split(text, mark)
	for i, part := range all {
		if trimmed := strings.TrimSpace(part); isSentence(trimmed) {
			all[i] = strings.Replace(part, trimmed, englishFrom+trimmed+englishUntil, 1)
		}
	}
	return strings.Join(all, mark)
}

// isSentence says whether a text is more than a name, a number or an amount: it has several words,
// and one of them is small.
func isSentence(s string) bool {
	return strings.Contains(s, " ") && smallWord.MatchString(s)
}

var smallWord = regexp.MustCompile(`(^|[ (])[a-z]{2}`)

// sentencesOf cuts a text behind each full stop and the like that a letter or an element follows: a
// sentence can begin with the name of a measure or of somebody.
func sentencesOf(s string) (all []string) {
	from := 0
	for i := 0; i+2 < len(s); i++ {
		if (s[i] == '.' || s[i] == '?' || s[i] == '!') && s[i+1] == ' ' {
			if next, _ := utf8.DecodeRuneInString(s[i+2:]); unicode.IsLetter(next) || s[i+2] == mark[0] {
				all = append(all, s[from:i+1])
				from = i + 2
			}
		}
	}
	return append(all, s[from:])
}

func hasLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' {
			return true
		}
	}
	return false
}
