package suspect

import (
	"strings"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Shape is the template of a path: what differs between requests for the same kind of page is taken out. Digits become #, what looks
// like a hash ~, what is long +; of a query the names stay. Make it with Shaper.Of.
type Shape struct {
	full, bare, top uint64 // with the query, without it, and the first segment
	text            [shapeText]byte
	n, pathN, topN  uint8 // how much of text is the whole, the path, the first segment
}

// The bounds of a template.
const (
	shapeText   = 47
	segments    = 5  // further ones become one *
	longSegment = 24 // bytes, beyond which a segment is a text and no name
	hexSegment  = 6
	hashTurns   = 3 // between letters and digits, from which on a segment looks like a hash
	queries     = 4 // names of a query; further ones become one *
)

// Shaper makes shapes. Their hashes are made under its key.
type Shaper struct{ seed siphash.Hash }

// NewShaper returns one. All that has to do with a domain needs the same key.
func NewShaper(key siphash.Key) Shaper {
	h := siphash.New(key)
	h.Uint64(0x7061746873) // these hashes are of paths
	return Shaper{h}
}

// Of returns the shape of a path and a query without its question mark, as they were sent. It reads 1 KiB of each at most, and
// allocates nothing.
func (s Shaper) Of(path, query string) (x Shape) {
	const most = 1 << 10
	path, query = path[:min(len(path), most)], query[:min(len(query), most)]
	x.path(path)
	x.pathN = x.n
	if x.topN == 0 {
		x.topN = x.n
	}
	x.query(query)
	sum := func(n uint8) uint64 {
		h := s.seed
		for at := uint8(0); at < n; at += 8 {
			var word uint64
			for i := at; i < min(at+8, n); i++ {
				word |= uint64(x.text[i]) << (8 * (i - at))
			}
			h.Uint64(word)
		}
		return h.Sum() | 1
	}
	x.top, x.bare = sum(x.topN), sum(x.pathN)
	x.full = x.bare
	if x.n > x.pathN {
		x.full = sum(x.n)
	}
	return x
}

func (x *Shape) path(path string) {
	path = strings.TrimPrefix(path, "/")
	for i := 0; ; i++ {
		segment, rest, more := strings.Cut(path, "/")
		x.put("/")
		if i == segments {
			x.put("*")
			return
		}
		x.segment(segment)
		if i == 0 {
			x.topN = x.n
		}
		if !more {
			return
		}
		path = rest
	}
}

func (x *Shape) query(query string) {
	for i := 0; query != ""; i++ {
		pair, rest, _ := strings.Cut(query, "&")
		query = rest
		x.put("?&"[min(i, 1):][:1])
		if i == queries {
			x.put("*")
			return
		}
		name, _, _ := strings.Cut(pair, "=")
		x.segment(name)
	}
}

// segment writes one piece as a template.
func (x *Shape) segment(s string) {
	stem, ending := s, ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 6 {
		stem, ending = s[:i], s[i:]
	}
	whole := look(stem)
	switch {
	case stem == "":
	case whole.digits == len(stem):
		x.put("#")
	case whole.hash(len(stem)) && (!strings.ContainsAny(stem, "-_.") || whole.hex == len(stem) && len(stem) >= 32): // a UUID is one
		x.put("~")
	case len(stem) > longSegment:
		x.put("+")
	default:
		for stem != "" { // a name of parts, some of which may be numbers or hashes
			n := 0
			for n < len(stem) && stem[n] != '-' && stem[n] != '_' && stem[n] != '.' {
				n++
			}
			x.part(stem[:n])
			if n == len(stem) {
				break
			}
			x.put(stem[n : n+1])
			stem = stem[n+1:]
		}
	}
	x.put(ending)
}

func (x *Shape) part(s string) {
	if look(s).hash(len(s)) {
		x.put("~")
		return
	}
	run := false // several digits are one number
	for i := range len(s) {
		digit := s[i] >= '0' && s[i] <= '9'
		if digit && !run {
			x.put("#")
		} else if !digit {
			if int(x.n) < len(x.text) {
				x.text[x.n] = s[i]
				x.n++
			}
		}
		run = digit
	}
}

// looks is of what a name consists.
type looks struct {
	digits int
	hex    int // digits of base 16, and dashes between them
	turns  int // from a letter to a digit or back
}

// hash says whether a name of a length looks like one.
func (l looks) hash(length int) bool {
	return l.digits > 0 && l.digits < length && (l.hex == length && length >= hexSegment || l.turns >= hashTurns)
}

func look(s string) (l looks) {
	var before byte // what kind the one before was
	for i := range len(s) {
		kind := byte('-')
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			kind = '0'
			l.digits++
			l.hex++
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			kind = 'a'
			l.hex++
		case c == '-':
			l.hex++
		case c > 'f' && c <= 'z', c > 'F' && c <= 'Z':
			kind = 'a'
		}
		if kind != before && kind != '-' && before != '-' && i > 0 {
			l.turns++
		}
		before = kind
	}
	return l
}

func (x *Shape) put(s string) {
	x.n += uint8(copy(x.text[x.n:], s))
}

// Path returns the template of the path alone, without names of a query, likewise.
func (x *Shape) Path() string { return printable(x.text[:x.pathN]) }

// Kind is a hash of the template of the path; 0 where there is none.
func (x *Shape) Kind() uint64 { return x.bare }

// String returns the template, with what is no printable ASCII as a question mark.
func (x *Shape) String() string { return printable(x.text[:x.n]) }

func printable(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if out[i] = c; c <= ' ' || c > '~' {
			out[i] = '?'
		}
	}
	return string(out)
}
