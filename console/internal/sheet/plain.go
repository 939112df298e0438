package sheet

import (
	"fmt"
	"strings"
	"unicode"
)

// Plain writes characters that steer (controls, and those that turn the order of letters around)
// as escapes, and bytes that are no UTF-8 as U+FFFD. Line ends and tabs stay.
func Plain(s string) string {
	if !strings.ContainsFunc(s, steers) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for _, r := range s {
		if steers(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// steers says whether a character is one that is not seen and changes how others are. Joiners
// are not among them: some scripts are not written without.
func steers(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == '\r':
		return false
	case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff', r == '\u00ad', r == '\u200b':
		return true
	default:
		return unicode.Is(unicode.Bidi_Control, r)
	}
}
