package redact

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how long a role is at most in the name of a recipient, in bytes.
const maxName = 64

// Named is a role as it may stand where no address may: the intake takes none with a sign of one any
// more, but did. It holds no #, which is what our own counting is written with.
func Named(role string) string {
	role = strings.NewReplacer("@", " at ", "#", "＃").Replace(role)
	role = Cut(strings.Join(strings.Fields(Spaces(Cut(role, 4<<10))), " "), maxName)
	if role == "" {
		return "contact"
	}
	return role
}

// Names give the recipients of one list names of their own without an address. The zero value has given none.
type Names struct{ given map[string]int }

// Next is the name of the next one: its role, what stands behind that, and its number from the second of
// the same on. Two are never called the same, whatever their roles are.
func (n *Names) Next(role, behind string) string {
	name := Named(role) + behind
	if n.given == nil {
		n.given = map[string]int{}
	}
	if n.given[name]++; n.given[name] > 1 {
		return name + " #" + strconv.Itoa(n.given[name])
	}
	return name
}

// Masked is an address of which whoever knows it sees which it is, and whoever does not learns the domain alone:
// its first letter and its domain. "" where it is none.
func Masked(address string) string {
	address = strings.TrimSpace(address)
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return ""
	}
	_, first := utf8.DecodeRuneInString(address)
	if first >= at { // one letter alone would be all of it
		first = 0
	}
	return Spaces(Cut(address[:first]+"…"+address[at:], 2*maxName))
}

// Spaces is one line of what others wrote: no control characters, which could end a header or a line, and
// none that turn the direction of what follows them. Spaces stay as many as they were.
func Spaces(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028' || r == '\u2029' || unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || Turns(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// Turns says whether a character changes the direction of what follows it.
func Turns(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}

// Cut shortens a text to so many bytes, between two runes, and marks it.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	i := most - len("…")
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + "…"
}
