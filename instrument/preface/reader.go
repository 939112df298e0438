package preface

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// The bounds of what is read. A browser says all of it within some 300 bytes.
const (
	// MaxBytes is how far a Reader reads: what net/http allows a head of HTTP/1 is 1 MiB, and nobody's needs it.
	MaxBytes = 32 << 10

	maxFrames = 32
	maxFrame  = 1 << 14 // RFC 9113, section 4.2: before the server says that it takes larger ones
)

// Why an introduction cannot be read. A Reader that has given one gives it ever after.
var (
	// ErrNotHTTP: the first bytes are neither HTTP/2's nor a method's. TLS where none is expected begins so.
	ErrNotHTTP = errors.New("read the preface: the first bytes are not HTTP")
	// ErrMalformed: frames, fields or lines contradict the RFCs 9113, 7541 or 9112.
	ErrMalformed = errors.New("read the preface: it is malformed")
	// ErrTooMuch: it is beyond the bounds that are kept.
	ErrTooMuch = errors.New("read the preface: there is more of it than anybody sends")
)

// Protocol is which HTTP is spoken.
type Protocol uint8

// The protocols; 0 while that is not known.
const (
	One Protocol = 1
	Two Protocol = 2
)

var protocols = [...]string{One: "HTTP/1", Two: "HTTP/2"}

// String returns HTTP/1, HTTP/2 or unknown.
func (p Protocol) String() string {
	if int(p) < len(protocols) && protocols[p] != "" {
		return protocols[p]
	}
	return "unknown"
}

// magic is what a connection of HTTP/2 begins with (RFC 9113, section 3.4).
const magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Reader reads one introduction. The zero value is at its beginning.
type Reader struct {
	protocol Protocol
	done     bool
	err      error
	seen     int // bytes
	same     int // bytes that are those of the magic

	two    HTTP2
	frames frames
	one    HTTP1
	lines  lines
}

// Feed takes the next bytes, and says whether the introduction is complete: with HTTP/2 when the first fields are not
// pseudo-headers any more, with HTTP/1 when the head of the request ends. Bytes that come later are passed over.
func (r *Reader) Feed(b []byte) (done bool, err error) {
	for len(b) > 0 && !r.done && r.err == nil {
		n, err := r.take(b[:min(len(b), MaxBytes+1-r.seen)])
		r.seen += n
		if err == nil && r.seen > MaxBytes {
			err = ErrTooMuch
		}
		r.err, b = err, b[n:]
	}
	return r.done && r.err == nil, r.err
}

// take reads some of the bytes, at least one.
func (r *Reader) take(b []byte) (n int, err error) {
	switch r.protocol {
	case Two:
		n, r.done, err = r.frames.take(b, &r.two)
		return n, err
	case One:
		for n < len(b) && !r.done && err == nil {
			if n += r.lines.pass(b[n:]); n < len(b) {
				r.done, err = r.lines.take(b[n], &r.one)
				n++
			}
		}
		return n, err
	}
	if r.same == 0 && !isToken(b[0]) {
		return 1, ErrNotHTTP
	}
	if b[0] == magic[r.same] {
		r.same++
		if r.same == len(magic) {
			r.protocol = Two
		}
		return 1, nil
	}
	r.protocol = One
	for i := range r.same { // POST and PUT begin like the magic
		if r.done, err = r.lines.take(magic[i], &r.one); err != nil || r.done {
			return 1, ErrMalformed
		}
	}
	r.done, err = r.lines.take(b[0], &r.one)
	return 1, err
}

// Protocol returns which HTTP is spoken, once that is known.
func (r *Reader) Protocol() Protocol { return r.protocol }

// Two returns what was said in HTTP/2. It is whole when Feed says so.
func (r *Reader) Two() *HTTP2 { return &r.two }

// One returns what was said in HTTP/1. It is whole when Feed says so.
func (r *Reader) One() *HTTP1 { return &r.one }

// AppendText appends what was said as people compare it; nothing while the protocol is not known.
func (r *Reader) AppendText(dst []byte) []byte {
	switch r.protocol {
	case Two:
		return r.two.AppendText(dst)
	case One:
		return r.one.AppendText(dst)
	}
	return dst
}

// Key is the key of either; 0 while the protocol is not known.
func (r *Reader) Key() uint64 {
	switch r.protocol {
	case Two:
		return r.two.Key()
	case One:
		return r.one.Key()
	}
	return 0
}

// maxText is the longest text: of HTTP/1, whose names are bounded; of HTTP/2 it is below 900.
const maxText = 16 + maxNames

// keyOf is the beginning of the SHA-256 of a text: the same in every process and on every machine of a fleet.
func keyOf(text []byte) uint64 {
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:])
}

// isToken says whether a byte may be of a method or of a field's name (RFC 9110, section 5.6.2).
func isToken(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return false
}
