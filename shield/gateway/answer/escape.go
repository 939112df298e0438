package answer

import (
	"strings"
	"unicode/utf8"
)

// appendHTML appends a text such that HTML takes it for text, in an element and between quotes. Control characters, among them
// those that turn the direction of writing, are left out, and what is no UTF-8 becomes U+FFFD.
func appendHTML(dst []byte, s string) []byte {
	for s != "" {
		n := 0
		for n < len(s) && ordinary[s[n]] {
			n++
		}
		if dst = append(dst, s[:n]...); n < len(s) {
			c, size := utf8.DecodeRuneInString(s[n:])
			dst = appendRune(dst, c)
			n += size
		}
		s = s[n:]
	}
	return dst
}

// ordinary are the characters of ASCII that stand in HTML as they are.
var ordinary = func() (is [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		is[c] = !strings.ContainsRune(`&<>"'`, c)
	}
	return is
}()

// appendWithin does the same for as much of the text as fits into so many bytes, and says whether that was all.
func appendWithin(dst []byte, s string, most int) (_ []byte, all bool) {
	end := len(dst) + most
	for _, c := range s {
		at := len(dst)
		if dst = appendRune(dst, c); len(dst) > end {
			return dst[:at], false
		}
	}
	return dst, true
}

func appendRune(dst []byte, c rune) []byte {
	switch {
	case c == '&':
		return append(dst, "&amp;"...)
	case c == '<':
		return append(dst, "&lt;"...)
	case c == '>':
		return append(dst, "&gt;"...)
	case c == '"':
		return append(dst, "&#34;"...)
	case c == '\'':
		return append(dst, "&#39;"...)
	case unseen(c):
		return dst
	}
	return utf8.AppendRune(dst, c)
}

// unseen says whether a character is not to be shown: controls, what turns the direction of writing (Unicode Standard Annex 9), and
// what takes part in no text (byte order mark, tags).
func unseen(c rune) bool {
	switch {
	case c < 0x20, c >= 0x7f && c < 0xa0:
		return true
	case c == 0x061c, c == 0x200e, c == 0x200f, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
		return true
	case c == 0xfeff, c >= 0xfff9 && c <= 0xfffb, c >= 0xe0000 && c <= 0xe007f:
		return true
	}
	return false
}

// appendQuery appends a text as a value in the query of an address: all but the unreserved characters of RFC 3986 is
// percent-encoded, so that neither HTML nor a header field has anything to escape.
func appendQuery(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// MostReturn is the longest path, with its query, to which a visitor is sent back, in bytes. mostReturnEscaped is the longest as HTML: a page
// has it twice, and once more as part of an address.
const (
	MostReturn        = 1 << 10
	mostReturnEscaped = 3 << 9
)

// ReturnTo returns where a visitor goes back to after an answer: the path and query that was asked for, as it came. It is always of
// the same site: what is none, or too long for a page, becomes the path alone, or the front page. Whoever
// reads it back from a form has to ask again.
func ReturnTo(target string) string {
	if len(target) > MostReturn {
		target, _, _ = strings.Cut(target[:MostReturn+1], "?")
	}
	if len(target) > MostReturn || target == "" || target[0] != '/' {
		return "/"
	}
	if len(target) > 1 && (target[1] == '/' || target[1] == '\\') {
		return "/"
	}
	escaped := 0
	for i := range len(target) {
		switch c := target[i]; {
		case c <= 0x20 || c >= 0x7f || c == '\\':
			return "/"
		case strings.IndexByte(`&<>"'`, c) >= 0:
			escaped += len("&#34;") - 1
		}
	}
	if escaped += len(target); escaped > mostReturnEscaped {
		path, _, query := strings.Cut(target, "?")
		if !query {
			return "/"
		}
		return ReturnTo(path)
	}
	return target
}
