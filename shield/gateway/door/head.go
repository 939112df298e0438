package door

import (
	"bytes"
	"errors"
	"net"
)

// What is read of a request in the clear that is passed through, at most.
const (
	headBytes  = 8 << 10
	headFields = 100
)

var (
	errNotHTTP = errors.New("read the head of a request: it is none of HTTP/1.0 or 1.1 for a path")
	errHead    = errors.New("read the head of a request: a field is malformed, or there is not one host")
	errHeadBig = errors.New("read the head of a request: expected at most 8,192 bytes and 100 fields")
)

// head reads until the head of the first request is whole, and returns its host, without a port.
func (g *greetingBuffer) head(c net.Conn) ([]byte, error) {
	for at := 0; ; {
		if i := bytes.Index(g.b[at:], []byte("\r\n\r\n")); i >= 0 {
			return hostOf(g.b[:at+i+2])
		}
		if len(g.b) > 0 && (g.b[0] < 'A' || g.b[0] > 'Z') || bytes.HasPrefix(g.b, []byte("PRI ")) {
			return nil, errNotHTTP // TLS, for example; nothing more is waited for
		}
		at = max(0, len(g.b)-3)
		if len(g.b) >= headBytes {
			return nil, errHeadBig
		}
		if _, err := g.more(c, headBytes); err != nil {
			return nil, err
		}
	}
}

// hostOf reads a head, the empty line at its end left out (RFC 9112, sections 3 and 5). It takes what all readers take alike: whatever
// would be read in two ways is refused, for it is decided by one and answered by another.
func hostOf(b []byte) (host []byte, err error) {
	line, rest, _ := bytes.Cut(b, []byte("\r\n"))
	method, line, ok1 := bytes.Cut(line, []byte(" "))
	target, version, ok2 := bytes.Cut(line, []byte(" "))
	if !ok1 || !ok2 || !token(method) || len(method) > 32 || len(target) == 0 || !visible(target) {
		return nil, errNotHTTP
	}
	if target[0] != '/' && string(target) != "*" { // with a host of its own, before which the field gives way
		return nil, errNotHTTP
	}
	if string(version) != "HTTP/1.1" && string(version) != "HTTP/1.0" {
		return nil, errNotHTTP
	}
	hosts := 0
	for fields := 0; len(rest) > 0; fields++ {
		if fields == headFields {
			return nil, errHeadBig
		}
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !token(name) || !text(value) {
			return nil, errHead
		}
		if bytes.EqualFold(name, []byte("host")) {
			hosts++
			host = bytes.Trim(value, " \t")
		}
	}
	if hosts > 1 || hosts == 0 && string(version) == "HTTP/1.1" {
		return nil, errHead
	}
	if i := bytes.LastIndexByte(host, ':'); i >= 0 && bytes.IndexByte(host, ']') < i && bytes.IndexByte(host, ':') == i {
		if _, ok := digits(host[i+1:]); !ok {
			return nil, errHead
		}
		host = host[:i]
	}
	return host, nil
}

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' || n > 65535 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n <= 65535
}

func token(b []byte) bool {
	for _, c := range b {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0) {
			return false
		}
	}
	return len(b) > 0
}

func visible(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}

func text(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// Answers to a request in the clear that is not passed.
var (
	clearBad  = clearAnswer("400 Bad Request", "This request cannot be read in one way only.\n")
	clearBig  = clearAnswer("431 Request Header Fields Too Large", "The head of this request is too long.\n")
	clearNo   = clearAnswer("403 Forbidden", "This request is not let in.\n")
	clearGone = clearAnswer("503 Service Unavailable", "The site's gateway is not reached.\n")
)

func clearAnswer(status, says string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + says)
}
