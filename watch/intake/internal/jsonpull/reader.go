package jsonpull

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxDepth is the deepest nesting that a Reader can be asked to accept.
const MaxDepth = 128

// Reader walks over one JSON text. After the first error every method returns zero values
// and More returns false, so a caller may ask for Err once at the end.
//
//	if r.Object() {
//		for r.More() {
//			switch r.Key() {
//			case "name":
//				name = r.String()
//			default:
//				r.Skip()
//			}
//		}
//	}
type Reader struct {
	data  string
	pos   int
	depth int
	most  int
	fresh bool // a container was just opened: no comma is due
	open  [MaxDepth/64 + 1]uint64
	err   error
	text  []byte // unescaped strings; only appended to, so that they stay valid
}

// Reset begins a text. depth is how deep it may nest, at most MaxDepth. Strings that are
// returned alias data, or memory that is kept until the next Reset.
func (r *Reader) Reset(data string, depth int) {
	*r = Reader{data: data, most: min(depth, MaxDepth), text: r.text[:0]}
}

// Err returns the first error: what was expected at which byte.
func (r *Reader) Err() error { return r.err }

// Pos is the offset of the next byte.
func (r *Reader) Pos() int { return r.pos }

// Fail ends the walk with an error at the value that was read last or comes next.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %s", r.pos, fmt.Sprintf(format, args...))
	}
}

func (r *Reader) expected(what string) {
	switch {
	case r.err != nil:
	case r.pos >= len(r.data):
		r.err = fmt.Errorf("byte %d: the text ends; expected %s", r.pos, what)
	default:
		r.err = fmt.Errorf("byte %d: %q; expected %s", r.pos, r.data[r.pos], what)
	}
}

// Peek returns the first byte of the next value: one of { [ " t f n - or a digit, or
// another byte where there is no value, or 0 at the end.
func (r *Reader) Peek() byte {
	if r.err != nil {
		return 0
	}
	r.space()
	if r.pos >= len(r.data) {
		return 0
	}
	return r.data[r.pos]
}

// Object enters an object and returns true, or walks over null and returns false.
func (r *Reader) Object() bool { return r.enter('{', "an object") }

// Array enters an array and returns true, or walks over null and returns false.
func (r *Reader) Array() bool { return r.enter('[', "an array") }

func (r *Reader) enter(opening byte, what string) bool {
	switch c := r.Peek(); {
	case r.err != nil:
		return false
	case c == 'n':
		r.literal("null")
		return false
	case c != opening:
		r.expected(what)
		return false
	case r.depth == r.most:
		r.Fail("nested deeper than %d", r.most)
		return false
	}
	r.push(opening)
	return true
}

func (r *Reader) push(opening byte) {
	r.pos++
	bit := uint64(1) << (r.depth & 63)
	if opening == '{' {
		r.open[r.depth>>6] |= bit
	} else {
		r.open[r.depth>>6] &^= bit
	}
	r.depth++
	r.fresh = true
}

// inObject says whether the innermost open container is an object.
func (r *Reader) inObject() bool { return r.open[(r.depth-1)>>6]>>((r.depth-1)&63)&1 == 1 }

// More says whether another member or element follows in the innermost container, and
// leaves the container where none does.
func (r *Reader) More() bool {
	if r.err != nil || r.depth == 0 {
		return false
	}
	r.space()
	closing := byte(']')
	if r.inObject() {
		closing = '}'
	}
	fresh := r.fresh
	r.fresh = false
	switch {
	case r.pos < len(r.data) && r.data[r.pos] == closing:
		r.pos++
		r.depth--
		return false
	case fresh:
		return true
	case r.pos < len(r.data) && r.data[r.pos] == ',':
		r.pos++
		return true
	}
	r.expected("a comma or " + string(closing))
	return false
}

// Key reads the name of a member, after More.
func (r *Reader) Key() string {
	r.Peek()
	key := r.quoted("the name of a member")
	if r.Peek() != ':' || r.err != nil {
		r.expected("a colon")
		return ""
	}
	r.pos++
	return key
}

// Null walks over null and returns true, or stays before another value.
func (r *Reader) Null() bool { return r.Peek() == 'n' && r.literal("null") }

// String reads a string; null is "".
func (r *Reader) String() string {
	if r.Null() {
		return ""
	}
	return r.quoted("a string")
}

// Bool reads true or false; null is false.
func (r *Reader) Bool() bool {
	switch r.Peek() {
	case 't':
		return r.literal("true")
	case 'f':
		r.literal("false")
		return false
	case 'n':
		r.literal("null")
		return false
	}
	r.expected("true or false")
	return false
}

// Number reads a number as it is written.
func (r *Reader) Number() string {
	if r.Peek(); r.err != nil {
		return ""
	}
	from := r.pos
	if !r.number() {
		return ""
	}
	return r.data[from:r.pos]
}

// Int reads a whole number, plain or in quotes as JSON of protobuf writes 64 bits; null
// is 0.
func (r *Reader) Int() int64 {
	text, from, ok := r.numeric()
	if !ok {
		return 0
	}
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		return v
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == float64(int64(f)) && f >= -1<<53 && f <= 1<<53 {
		return int64(f)
	}
	r.pos = from
	r.Fail("%.40q; expected a whole number of 64 bits", text)
	return 0
}

// Uint is Int without a sign.
func (r *Reader) Uint() uint64 {
	text, from, ok := r.numeric()
	if !ok {
		return 0
	}
	if v, err := strconv.ParseUint(text, 10, 64); err == nil {
		return v
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f >= 0 && f <= 1<<53 && f == float64(uint64(f)) {
		return uint64(f)
	}
	r.pos = from
	r.Fail("%.40q; expected a whole number from 0 of 64 bits", text)
	return 0
}

// Float reads a number, plain or in quotes; "NaN", "Infinity" and "-Infinity" in quotes
// count, and what is too large for 64 bits is infinite; null is 0.
func (r *Reader) Float() float64 {
	text, from, ok := r.numeric()
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && v == 0 || text[0] == '+' || strings.ContainsAny(text, "xX_") {
		r.pos = from
		r.Fail("%.40q; expected a number", text)
		return 0
	}
	return v
}

// numeric reads a number or the string that holds one.
func (r *Reader) numeric() (text string, from int, ok bool) {
	c := r.Peek()
	from = r.pos
	switch c {
	case 'n':
		r.literal("null")
		return "", from, false
	case '"':
		text = r.quoted("a number")
	default:
		text = r.Number()
	}
	return text, from, r.err == nil
}

// Mark is a place to come back to: the beginning of a value.
type Mark struct {
	pos, depth int
	fresh, set bool
}

// Set says whether the mark was made by Mark.
func (m Mark) Set() bool { return m.set }

// Mark remembers the beginning of the next value, for Return. After a return to a value
// whose container was left, read that value and then Return to where the walk was.
func (r *Reader) Mark() Mark { return Mark{r.pos, r.depth, r.fresh, true} }

// Return goes back to a mark, or forward to one made later.
func (r *Reader) Return(m Mark) {
	if r.err == nil {
		r.pos, r.depth, r.fresh = m.pos, m.depth, m.fresh
	}
}

// End says that nothing but space may follow.
func (r *Reader) End() {
	if r.Peek(); r.err == nil && r.pos < len(r.data) {
		r.expected("the end of the text")
	}
}
