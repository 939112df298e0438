package jsonpull

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

func (r *Reader) space() {
	for r.pos < len(r.data) && r.data[r.pos] <= ' ' {
		switch r.data[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// literal walks over a word. It returns whether it was there.
func (r *Reader) literal(word string) bool {
	if r.err != nil {
		return false
	}
	if len(r.data)-r.pos < len(word) || r.data[r.pos:r.pos+len(word)] != word {
		r.expected(word)
		return false
	}
	r.pos += len(word)
	return true
}

// number walks over a number by the grammar of RFC 8259, section 6.
func (r *Reader) number() bool {
	s, p := r.data, r.pos
	digits := func() bool {
		from := p
		for p < len(s) && s[p]-'0' <= 9 {
			p++
		}
		return p > from
	}
	if p < len(s) && s[p] == '-' {
		p++
	}
	switch {
	case p < len(s) && s[p] == '0':
		p++
	case !digits():
		r.expected("a number")
		return false
	}
	if p < len(s) && s[p] == '.' {
		p++
		if !digits() {
			r.pos = p
			r.expected("a digit")
			return false
		}
	}
	if p < len(s) && s[p]|0x20 == 'e' {
		p++
		if p < len(s) && (s[p] == '+' || s[p] == '-') {
			p++
		}
		if !digits() {
			r.pos = p
			r.expected("a digit")
			return false
		}
	}
	r.pos = p
	return true
}

// quoted reads a string at the next byte.
func (r *Reader) quoted(what string) string {
	if r.err != nil {
		return ""
	}
	if r.pos >= len(r.data) || r.data[r.pos] != '"' {
		r.expected(what)
		return ""
	}
	s, from := r.data, r.pos+1
	var high byte
	for p := from; p < len(s); p++ {
		c := s[p]
		switch {
		case c == '"':
			r.pos = p + 1
			if high >= 0x80 && !utf8.ValidString(s[from:p]) {
				r.Fail("a string is not valid UTF-8")
				return ""
			}
			return s[from:p]
		case c == '\\':
			return r.unescape(from, p)
		case c < 0x20:
			r.pos = p
			r.Fail("control character %#02x in a string; expected its escape", c)
			return ""
		}
		high |= c
	}
	r.pos = len(s)
	r.expected("the end of a string")
	return ""
}

// unescape reads a string whose first escape is at p.
func (r *Reader) unescape(from, p int) string {
	start := len(r.text)
	r.text = append(r.text, r.data[from:p]...)
	for p < len(r.data) {
		c := r.data[p]
		switch {
		case c == '"':
			r.pos = p + 1
			text := r.text[start:]
			if !utf8.Valid(text) {
				r.Fail("a string is not valid UTF-8")
				return ""
			}
			return unsafe.String(unsafe.SliceData(text), len(text))
		case c < 0x20:
			r.pos = p
			r.Fail("control character %#02x in a string; expected its escape", c)
			return ""
		case c != '\\':
			r.text = append(r.text, c)
			p++
		default:
			n := r.escape(p)
			if n == 0 {
				r.pos = min(p+1, len(r.data))
				r.expected(`one of " \ / b f n r t or u and four hexadecimal digits`)
				return ""
			}
			p += n
		}
	}
	r.pos = len(r.data)
	r.expected("the end of a string")
	return ""
}

// escape appends what the escape at p stands for and returns its length, 0 if it is none.
func (r *Reader) escape(p int) int {
	if p+1 >= len(r.data) {
		return 0
	}
	switch c := r.data[p+1]; c {
	case '"', '\\', '/':
		r.text = append(r.text, c)
	case 'b':
		r.text = append(r.text, '\b')
	case 'f':
		r.text = append(r.text, '\f')
	case 'n':
		r.text = append(r.text, '\n')
	case 'r':
		r.text = append(r.text, '\r')
	case 't':
		r.text = append(r.text, '\t')
	case 'u':
		u, ok := r.hex4(p)
		if !ok {
			return 0
		}
		// A pair of surrogates is one character; one alone becomes U+FFFD, as in encoding/json.
		if utf16.IsSurrogate(u) {
			if low, ok := r.hex4(p + 6); ok && utf16.DecodeRune(u, low) != utf8.RuneError {
				r.text = utf8.AppendRune(r.text, utf16.DecodeRune(u, low))
				return 12
			}
			u = utf8.RuneError
		}
		r.text = utf8.AppendRune(r.text, u)
		return 6
	default:
		return 0
	}
	return 2
}

// hex4 reads the four digits of a \u escape at p.
func (r *Reader) hex4(p int) (rune, bool) {
	if p+6 > len(r.data) || r.data[p] != '\\' || r.data[p+1] != 'u' {
		return 0, false
	}
	digits := r.data[p+2 : p+6]
	for i := range digits {
		if c := digits[i]; c-'0' > 9 && c|0x20 < 'a' || c|0x20 > 'f' {
			return 0, false
		}
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	return rune(v), err == nil
}

// Skip walks over the next value and checks it.
func (r *Reader) Skip() {
	bottom := r.depth
	for {
		switch c := r.Peek(); {
		case r.err != nil:
			return
		case c == '{' || c == '[':
			if r.depth == r.most {
				r.Fail("nested deeper than %d", r.most)
				return
			}
			r.push(c)
		default:
			r.skipScalar(c)
		}
		for r.depth > bottom && !r.More() {
			if r.err != nil {
				return
			}
		}
		if r.depth <= bottom || r.err != nil {
			return
		}
		if r.inObject() {
			r.skipKey()
		}
	}
}

// Leap walks over the next value without checking what is inside it: for a value that the
// caller will return to and read.
func (r *Reader) Leap() {
	if c := r.Peek(); c != '[' && c != '{' {
		r.Skip()
		return
	}
	s, depth := r.data, 0
	for p := r.pos; p < len(s); p++ {
		switch s[p] {
		case '"':
			end := closing(s, p)
			if end < 0 {
				r.pos = len(s)
				r.expected("the end of a string")
				return
			}
			p = end
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				r.pos = p + 1
				return
			}
		}
	}
	r.pos = len(s)
	r.expected("the end of an array or object")
}

// closing returns where the string that opens at p ends, or -1.
func closing(s string, p int) int {
	for {
		n := strings.IndexByte(s[p+1:], '"')
		if n < 0 {
			return -1
		}
		p += n + 1
		slashes := 0
		for s[p-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return p
		}
	}
}

func (r *Reader) skipKey() {
	r.Peek()
	r.skipString("the name of a member")
	if r.Peek() != ':' || r.err != nil {
		r.expected("a colon")
		return
	}
	r.pos++
}

func (r *Reader) skipScalar(c byte) {
	switch c {
	case '"':
		r.skipString("a string")
	case 't':
		r.literal("true")
	case 'f':
		r.literal("false")
	case 'n':
		r.literal("null")
	default:
		if c != '-' && c-'0' > 9 {
			r.expected("a value")
			return
		}
		r.number()
	}
}

// skipString is quoted without making the string: escaped text leaves no trace in memory.
func (r *Reader) skipString(what string) {
	mark := len(r.text)
	r.quoted(what)
	r.text = r.text[:mark]
}
