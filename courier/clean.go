package courier

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFact is the longest single fact of a letter in bytes. Longer ones are cut, and show it.
const maxFact = 2000

// clean makes one line of what others wrote: no control characters, which could end a header
// or a line, and none that turn the direction of what follows them.
func clean(s string) string {
	return cut(oneLine(cut(s, 2*maxFact)), maxFact)
}

func oneLine(s string) string { return strings.Join(strings.Fields(keepSpaces(s)), " ") }

// linesOf is clean for what a person wrote in lines, which it keeps: mostLines of mostReason
// bytes, and of several empty ones together one.
func linesOf(s string) (lines []string) {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(cut(s, mostReason))
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		line = oneLine(line)
		switch {
		case line == "" && (len(lines) == 0 || lines[len(lines)-1] == ""):
		case len(lines) == mostLines:
			lines[mostLines-1] = "…"
			return lines
		default:
			lines = append(lines, line)
		}
	}
	return lines
}

// keepSpaces is clean without a bound, for lines whose spaces count.
func keepSpaces(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028' || r == '\u2029' || unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || turns(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// turns says whether a character changes the direction of what follows it.
func turns(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}

// cut shortens a text to so many bytes, between two runes, and marks it.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	i := most - len("…")
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + "…"
}
