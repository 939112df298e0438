package courier

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fill puts texts into the places of a phrase, each marked %s, in their order. Where a Chinese
// character meets a letter or a digit there, a space goes between.
func fill(phrase string, with ...string) string {
	var b strings.Builder
	last := ' '
	add := func(s string) {
		first, _ := utf8.DecodeRuneInString(s)
		if s == "" {
			return
		}
		if meet(last, first) {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		last, _ = utf8.DecodeLastRuneInString(s)
	}
	for _, s := range with {
		before, after, ok := strings.Cut(phrase, "%s")
		if !ok {
			break
		}
		add(before)
		add(s)
		phrase = after
	}
	add(phrase)
	return b.String()
}

func meet(a, b rune) bool {
	return unicode.Is(unicode.Han, a) && narrow(b) || narrow(a) && unicode.Is(unicode.Han, b)
}

func narrow(r rune) bool { return r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
