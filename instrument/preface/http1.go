package preface

import "bytes"

// The bounds of what is kept of HTTP/1. Browsers send 10 to 20 fields, their names about 250 bytes.
const (
	MaxFields = 64
	MaxName   = 64
	maxNames  = 1024 // bytes of all names with a comma after each
)

// HTTP1 is which fields the first request has, and in which order.
type HTTP1 struct {
	names   [maxNames]byte // as they came, each with a comma behind it
	length  uint16
	minor   byte  // of the version
	feeds   bool  // a line ends without a carriage return
	entered uint8 // all fields
}

// Fields returns how many fields the request has, those included that the text leaves out.
func (h *HTTP1) Fields() int { return int(h.entered) }

// varies says whether a field, by its name in lower case, comes and goes from one request of a client to the next.
func varies(name []byte) bool {
	switch string(name) {
	case "cookie", "referer", "origin", "authorization", "proxy-authorization", "range", "if-range", "if-match", "if-none-match",
		"if-modified-since", "if-unmodified-since", "cache-control", "pragma", "content-length", "content-type",
		"content-encoding", "transfer-encoding", "expect", "upgrade", "sec-fetch-user", "purpose", "sec-purpose", "x-requested-with",
		"upgrade-insecure-requests", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol":
		return true
	}
	return false
}

// AppendText appends, separated by |: h1, the version, and the names of the fields as they were written, without those that come
// and go from request to request; and lf where lines end with a line feed alone.
func (h *HTTP1) AppendText(dst []byte) []byte {
	dst = append(dst, "h1|1."...)
	dst = append(dst, h.minor, '|')
	if h.length > 0 {
		dst = append(dst, h.names[:h.length-1]...)
	}
	if h.feeds {
		dst = append(dst, "|lf"...)
	}
	return dst
}

// String returns the text.
func (h *HTTP1) String() string { return string(h.AppendText(nil)) }

// Key is a number for the text, the same wherever it is made.
func (h *HTTP1) Key() uint64 {
	var b [maxText]byte
	return keyOf(h.AppendText(b[:0]))
}

// line is where in a line the reader stands.
type line uint8

const (
	inRequest line = iota
	atName1        // where the next field begins, or the head ends
	inName1
	inValue1
	atEnd // a carriage return where a field would begin
)

// lines reads the head of a request, RFC 9112.
type lines struct {
	at    line
	tail  [9]byte // the last bytes of the line
	name  [MaxName]byte
	lower [MaxName]byte
	long  int
}

// pass goes to the end of a line of which only the end counts, and says how far that is.
func (l *lines) pass(b []byte) int {
	if l.at != inRequest && l.at != inValue1 {
		return 0
	}
	n := bytes.IndexByte(b, '\n')
	if n < 0 {
		n = len(b)
	}
	last := b[max(n-len(l.tail), 0):n]
	copy(l.tail[:], l.tail[len(last):])
	copy(l.tail[len(l.tail)-len(last):], last)
	return n
}

// take reads a byte, and says whether the head ends with it.
func (l *lines) take(c byte, h *HTTP1) (done bool, err error) {
	switch l.at {
	case inRequest:
		if c == '\n' {
			return false, l.version(h)
		}
		copy(l.tail[:], l.tail[1:])
		l.tail[8] = c
	case atName1:
		switch {
		case c == '\r':
			l.at = atEnd
		case c == '\n':
			h.feeds = true
			return true, nil
		case isToken(c):
			l.at, l.long = inName1, 0
			l.add(c)
		default:
			return false, ErrMalformed
		}
	case inName1:
		switch {
		case c == ':':
			l.at, l.tail[8] = inValue1, 0
			return false, l.keep(h)
		case !isToken(c):
			return false, ErrMalformed
		case l.long == MaxName:
			return false, ErrTooMuch
		}
		l.add(c)
	case inValue1:
		if c == '\n' {
			h.feeds = h.feeds || l.tail[8] != '\r'
			l.at = atName1
		}
		l.tail[8] = c
	case atEnd:
		if c != '\n' {
			return false, ErrMalformed
		}
		return true, nil
	}
	return false, nil
}

// version ends the request line.
func (l *lines) version(h *HTTP1) error {
	said := l.tail[:8]
	if l.tail[8] != '\r' {
		said, h.feeds = l.tail[1:], true
	}
	if string(said[:7]) != "HTTP/1." || said[7] != '0' && said[7] != '1' {
		return ErrMalformed
	}
	h.minor, l.at = said[7], atName1
	return nil
}

func (l *lines) add(c byte) {
	l.name[l.long] = c
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	l.lower[l.long] = c
	l.long++
}

// keep ends a name.
func (l *lines) keep(h *HTTP1) error {
	if h.entered == MaxFields {
		return ErrTooMuch
	}
	h.entered++
	if varies(l.lower[:l.long]) {
		return nil
	}
	if int(h.length)+l.long+1 > maxNames {
		return ErrTooMuch
	}
	n := int(h.length)
	n += copy(h.names[n:], l.name[:l.long])
	h.names[n] = ','
	h.length = uint16(n + 1)
	return nil
}
