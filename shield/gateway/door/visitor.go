package door

import (
	"context"
	"crypto/tls"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/preface"
	"github.com/evenkeel/evenkeel/instrument/synprint"
)

// Naming is what a hello says of whom it looks for.
type Naming uint8

// The ways.
const (
	Nameless Naming = iota // no server name, as from very old clients and from scanners
	Named                  // a name of DNS
	Literal                // an IP address, which RFC 6066 forbids
	NoName                 // no name of DNS
)

// Visitor is what is known of whoever opened a connection. Fields are filled as they become known, and are not written any more
// once the connection was handed on.
type Visitor struct {
	Remote   netip.AddrPort // who visits: as the PROXY header says, else the other end of the socket
	Local    netip.AddrPort // whom it visits, likewise
	Peer     netip.AddrPort // the other end of the socket
	Proxied  bool           // the addresses are from a PROXY header
	SYN      synprint.Print // of the socket's SYN
	SYNSaved bool           // there is one; never where a proxy opened the socket
	Secure   bool           // TLS
	Name     string         // server name, in lower case and without a last dot, if Naming is Named
	Naming   Naming
	Protocol string        // agreed by ALPN: h2, http/1.1 or empty
	Tenant   string        // as decided
	Held     time.Duration // how long it was held so far
	Accepted time.Time     // when the connection was taken
	Greeted  time.Time     // when its hello was whole
	Shaken   time.Time     // when hands were shaken

	hello   hello.Hello
	state   *tls.ConnectionState
	opening atomic.Pointer[Opening]
	misuse  atomic.Uint32
}

// Opening is how a visitor began to speak HTTP.
type Opening struct {
	Protocol preface.Protocol
	Text     string // see preface.Reader.AppendText
	Key      uint64
}

// Hello returns the ClientHello, nil where there is none. It is the visitor's, and must not be changed.
func (v *Visitor) Hello() *hello.Hello {
	if !v.Secure {
		return nil
	}
	return &v.hello
}

// JA4 returns the JA4 of the hello; empty where there is none. It is computed each time.
func (v *Visitor) JA4() string {
	if !v.Secure {
		return ""
	}
	return v.hello.JA4()
}

// Stable returns the hello's stable key; zero where there is none. It is computed each time.
func (v *Visitor) Stable() hello.Key {
	if !v.Secure {
		return hello.Key{}
	}
	return v.hello.Stable()
}

// Contradicts says whether the hello cannot come from the browser that a User-Agent header names; see hello.Contradicts.
func (v *Visitor) Contradicts(userAgent string) (hello.Answer, string) {
	if !v.Secure {
		return hello.Unsure, ""
	}
	return hello.Contradicts(&v.hello, userAgent)
}

// Opening returns how the visitor began to speak HTTP. False while that is not known, and where it said more than is kept.
func (v *Visitor) Opening() (Opening, bool) {
	if o := v.opening.Load(); o != nil {
		return *o, true
	}
	return Opening{}, false
}

// Misuse returns the connection's present points of misuse; see MisuseLimits.
func (v *Visitor) Misuse() int { return int(v.misuse.Load()) }

// TLS returns what was agreed; nil without TLS.
func (v *Visitor) TLS() *tls.ConnectionState { return v.state }

type contextKey struct{}

// From returns the visitor whose connection a request came on; nil where it came on none of a Listener's.
func From(ctx context.Context) *Visitor {
	if c, ok := ctx.Value(contextKey{}).(*Conn); ok {
		return c.visitor
	}
	return nil
}

// naming reads a server name as it was sent (RFC 6066, section 3): A-labels, and no address.
func naming(b []byte) (string, Naming) {
	if len(b) == 0 {
		return "", Nameless
	}
	if len(b) > 254 {
		return "", NoName
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	label, digits := 0, true
	for _, c := range b {
		switch {
		case c == '.':
			if label == 0 {
				return "", NoName
			}
			label, digits = 0, true
			continue
		case '0' <= c && c <= '9':
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '_':
			digits = false
		case c == ':':
			if _, err := netip.ParseAddr(string(b)); err == nil {
				return "", Literal
			}
			return "", NoName
		default:
			return "", NoName
		}
		if label++; label > 63 {
			return "", NoName
		}
	}
	switch {
	case label == 0:
		return "", NoName
	case digits: // no name ends in a label of digits alone
		if _, err := netip.ParseAddr(string(b)); err == nil {
			return "", Literal
		}
		return "", NoName
	}
	return strings.ToLower(string(b)), Named
}
