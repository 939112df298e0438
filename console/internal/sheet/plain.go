package sheet

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Plain writes characters that steer (controls, and those that turn the order of letters around)
// as escapes, and bytes that are no UTF-8 as U+FFFD. Line ends and tabs stay.
func Plain(s string) string {
	return escaped(s, steers)
}

// escaped writes some characters as escapes; line ends and tabs stay in any case.
func escaped(s string, which func(rune) bool) string {
	if !strings.ContainsFunc(s, which) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for _, r := range s {
		if which(r) && r != '\n' && r != '\t' && r != '\r' {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainPage writes the texts of a page as Plain does, but for what stands in fields: it was typed,
// and would be sent again otherwise than it was. A field steers nothing beside it. What overrides
// is escaped there too: no script is written with it.
func plainPage(page string) string {
	var b strings.Builder
	for {
		at := fieldStart.FindStringIndex(page)
		if at == nil {
			b.WriteString(Plain(page))
			return b.String()
		}
		end, found := `"`, false
		if strings.HasPrefix(page[at[0]:], "<textarea") {
			end = "</textarea>"
		}
		b.WriteString(Plain(page[:at[1]]))
		var typed string
		typed, page, found = strings.Cut(page[at[1]:], end)
		b.WriteString(escaped(typed, overrides))
		if found {
			b.WriteString(end)
		}
	}
}

// fieldStart is all of a field before what was typed in it. html/template writes attributes in
// double quotes, and neither a quote nor < within.
var fieldStart = regexp.MustCompile(`<textarea(?: [a-z-]+(?:="[^"<]*")?)*>|<input(?: [a-z-]+(?:="[^"<]*")?)* value="`)

// overrides says whether a character is a control, or one that turns letters around against their
// own direction.
func overrides(r rune) bool { return unicode.IsControl(r) || r == '\u202d' || r == '\u202e' }

// steers says whether a character is one that is not seen and changes how others are. Joiners
// are not among them: some scripts are not written without. Nor are marks of direction, which do
// no more than a letter of their direction does, and which Arabic and Hebrew are written with.
func steers(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == '\r', r == '\u200e', r == '\u200f', r == '\u061c':
		return false
	case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff', r == '\u00ad', r == '\u200b':
		return true
	default:
		return unicode.Is(unicode.Bidi_Control, r)
	}
}
