package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inPlace stands in the place of an address.
const inPlace = "(address)"

// sign is what parts an address: an @ of any width, or one that was encoded once or more for an
// address of the web, a page, or JSON.
var sign = regexp.MustCompile(`@|＠|﹫|%(?:25)*40|&(?:amp;)*(?:#0*64|#[xX]0*40|commat);|\\+u(?:0040|\{0*40\})`)

// The longest quoted local part and the longest literal in bytes that are looked for. SMTP allows
// 64 and 255 octets (RFC 5321, section 4.5.3.1), and each may be written in several.
const (
	mostQuoted  = 512
	mostLiteral = 512
)

// Addresses returns a text with "(address)" in the place of each e-mail address.
func Addresses(text string) string {
	signs := sign.FindAllStringIndex(text, -1)
	var cuts [][2]int
	// From the end on: what seems to be the domain of one sign may be the local part of the next.
	end := len(text)
	for _, at := range slices.Backward(signs) {
		if at[1] > end {
			continue // it is in an address that was found
		}
		until := afterDomain(text, at[1], end)
		if until == at[1] {
			continue
		}
		from := beforeLocal(text, at[0])
		if from == at[0] {
			continue
		}
		cuts = append(cuts, [2]int{from, until})
		end = from
	}
	if len(cuts) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, c := range slices.Backward(cuts) {
		b.WriteString(text[last:c[0]])
		b.WriteString(inPlace)
		last = c[1]
	}
	b.WriteString(text[last:])
	return b.String()
}

// afterDomain returns where the domain that begins at from ends, at most at end: from itself where
// none begins. A full stop or a hyphen after it belongs to the sentence.
func afterDomain(text string, from, end int) int {
	if from < end && text[from] == '[' { // an address literal
		return afterLiteral(text, from, end)
	}
	s := text[from:end]
	if i := strings.IndexFunc(s, func(r rune) bool { return !inDomain(r) }); i >= 0 {
		s = s[:i]
	}
	return from + len(strings.TrimRight(s, ".-_%"))
}

// afterLiteral returns where a domain of the form [192.0.2.1] ends; one that is cut short ends with
// its word.
func afterLiteral(text string, from, end int) int {
	for i, r := range text[from:end] {
		switch {
		case r == ']':
			return from + i + 1
		case unicode.IsSpace(r) || r == '>' || i >= mostLiteral:
			return from + i
		}
	}
	return end
}

// beforeLocal returns where the local part that ends at a sign begins: at the sign where there is
// none. It is words and quoted words, parted by full stops.
func beforeLocal(text string, at int) int {
	from := at
	for from > 0 {
		if text[from-1] == '"' && (from == at || text[from] == '.') {
			from = beforeQuoted(text, from-1)
			if from == 0 || text[from-1] != '.' {
				return from
			}
			continue
		}
		word := beforeWord(text, from)
		if word == from {
			break
		}
		from = word
	}
	// What opens a quotation around an address is left, and signs alone are no local part.
	whole := text[from:at]
	if bare := strings.TrimLeft(whole, "'`.@＠﹫"); bare != "" {
		return at - len(strings.TrimLeft(whole, "'`"))
	}
	return at
}

func beforeWord(text string, end int) int {
	for end > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:end])
		if !inLocal(r) {
			break
		}
		end -= size
	}
	return end
}

// beforeQuoted returns where the quoted word whose last quote stands at shut begins. Where its first
// quote was cut off, it begins with the line.
func beforeQuoted(text string, shut int) int {
	least := max(0, shut-mostQuoted)
	if i := strings.LastIndexByte(text[least:shut], '\n'); i >= 0 {
		least += i + 1
	}
	escaped := -1
	for i := shut - 1; i >= least; i-- {
		if text[i] != '"' {
			continue
		}
		slashes := 0
		for j := i - 1; j >= least && text[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
		if escaped < 0 {
			escaped = i - slashes
		}
	}
	if escaped >= 0 { // the whole was quoted once more
		return escaped
	}
	for least < shut && !utf8.RuneStart(text[least]) {
		least++
	}
	return least
}

// inDomain takes letters, digits and marks of any script, and what stands between labels.
func inDomain(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._%", r)
	case strings.ContainsRune("＠﹫：，；！？、…", r) || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf):
		return false
	}
	return true
}

// inLocal takes what needs no quotes in a local part (RFC 5322, section 3.2.3, and RFC 6531), and
// further signs, so that of what runs together nothing stays.
func inLocal(r rune) bool { return inDomain(r) || strings.ContainsRune("!#$&'*+/=?^`{|}~@＠﹫\\", r) }
