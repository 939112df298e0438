package site

import (
	"strings"

	"golang.org/x/net/idna"

	"github.com/evenkeel/evenkeel"
)

// maxHost is the longest name in text, without the dot at its end (RFC 1035 section 2.3.4: 255 octets on the wire).
const maxHost = 253

// Host is what the host of a request is.
type Host uint8

// What a host is. Only Named can be a site's.
const (
	Missing   Host = iota // there is none
	Named                 // a name in ASCII
	Literal               // an address: 192.0.2.1, [2001:db8::1], or what a browser reads as one (0x7f.1, 2130706433)
	Malformed             // none of these
)

var hosts = [...]string{"missing", "named", "literal", "malformed"}

// String is the word for it.
func (h Host) String() string { return hosts[min(int(h), len(hosts)-1)] }

// read puts the name that host is into buf: without port, without the dot at its end, lower case.
// The name begins at buf[0].
func read(host string, buf *[maxHost + 1]byte) ([]byte, Host) {
	if host == "" {
		return nil, Missing
	}
	if host[0] == '[' {
		return nil, bracketed(host)
	}
	if i := strings.IndexByte(host, ':'); i >= 0 {
		if strings.IndexByte(host[i+1:], ':') >= 0 {
			return nil, bare(host)
		}
		if !isPort(host[i+1:]) {
			return nil, Malformed
		}
		host = host[:i]
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > maxHost {
		return nil, Malformed
	}
	start := 0 // of the label
	for i := range len(host) {
		c := host[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_': // _ is in no host name (RFC 1123), and in hosts that people run
		case c == '-' && i > start:
		case c == '.' && i > start && host[i-1] != '-':
			start = i + 1
		default:
			return nil, Malformed
		}
		if i-start >= 63 {
			return nil, Malformed
		}
		buf[i] = c
	}
	name := buf[:len(host)]
	switch {
	case start == len(host), name[len(name)-1] == '-':
		return nil, Malformed
	case isNumber(name[start:]):
		return nil, Literal
	}
	return name, Named
}

// isNumber says whether the last label of a host makes it an address: the WHATWG's URL standard, "ends
// in a number": digits, or 0x and hexadecimal digits, or nothing.
func isNumber(label []byte) bool {
	hex := len(label) >= 2 && label[0] == '0' && label[1] == 'x'
	if hex {
		label = label[2:]
	}
	for _, c := range label {
		if (c < '0' || c > '9') && (!hex || c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// bracketed is what [host]:port is.
func bracketed(host string) Host {
	end := strings.IndexByte(host, ']')
	if end < 0 {
		return Malformed
	}
	if rest := host[end+1:]; rest != "" && (rest[0] != ':' || !isPort(rest[1:])) {
		return Malformed
	}
	return bare(host[1:end])
}

// bare is what an IPv6 address without brackets is. Its exact form does not matter: nobody's name it is
// in any case.
func bare(host string) Host {
	if len(host) < 2 || len(host) > 128 || strings.IndexByte(host, ':') < 0 {
		return Malformed
	}
	for i := range len(host) {
		c := host[i]
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F', c == ':', c == '.':
		case c == '%' && i > 0: // a zone, whose letters are free
			return Literal
		default:
			return Malformed
		}
	}
	return Literal
}

// isPort says whether s may stand after the colon: nothing, or 0 to 65535 (RFC 3986 section 3.2.3).
func isPort(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || i > 4 {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n < 1<<16
}

// Name makes a name of a site normal: lower case, without port and without the dot at its end. Either
// it is exact, or a wildcard: *. before a name of two labels or more, standing for exactly one label.
func Name(s string) (string, error) {
	plain, wild := strings.CutPrefix(s, "*.")
	var buf [maxHost + 1]byte
	b, is := read(plain, &buf)
	name := string(b)
	switch {
	case is == Missing:
		return "", evenkeel.Invalid("the name is empty; expected a host such as shop.example.org or *.example.org")
	case is == Literal:
		return "", evenkeel.Invalid("%q is an address; expected a name", clip(s))
	case is == Malformed:
		return "", malformed(s, plain)
	case wild && !strings.Contains(name, "."):
		return "", evenkeel.Invalid("%q would stand for everything below %s; expected two labels or more after *.", s, name)
	case wild && len(name) > maxHost-2:
		return "", evenkeel.Invalid("%q leaves no room for a label; expected at most %d bytes after *.", clip(s), maxHost-2)
	}
	for label := range strings.SplitSeq(name, ".") {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		if _, err := idna.Lookup.ToUnicode(label); err != nil {
			return "", evenkeel.Invalid("%q: the label %q is no A-label (RFC 5890)", clip(s), clip(label))
		}
	}
	if wild {
		name = "*." + name
	}
	return name, nil
}

// malformed says what is wrong with a name, and which A-label was meant.
func malformed(s, plain string) error {
	for _, r := range plain {
		if r < 0x80 {
			continue
		}
		if a, err := idna.Lookup.ToASCII(strings.TrimSuffix(plain[:min(len(plain), 4*maxHost)], ".")); err == nil {
			return evenkeel.Invalid("%q is not ASCII; write its A-label: %s", clip(s), strings.TrimSuffix(s, plain)+a)
		}
		return evenkeel.Invalid("%q is not ASCII, and has no A-label", clip(s))
	}
	if strings.Contains(plain, "*") {
		return evenkeel.Invalid("%q: a * stands for one whole label, the first: *.example.org", clip(s))
	}
	return evenkeel.Invalid("%q is no host name; expected labels of 1 to 63 letters, digits and hyphens, %d bytes at most", clip(s), maxHost)
}

// clip cuts what a message repeats of what others wrote.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
