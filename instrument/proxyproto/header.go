package proxyproto

import (
	"bytes"
	"errors"
	"net/netip"
)

// The bounds of what is read.
const (
	MostBytes   = 2048 // of a header of version 2: addresses, and fields of some hundred bytes
	mostVersion = 107  // bytes of version 1 with its line end (section 2.1)
)

// What reading ends with, besides a header.
var (
	ErrMore      = errors.New("read the PROXY header: it goes on, more bytes are wanted")
	ErrNone      = errors.New("read the PROXY header: there is none; expected PROXY and a space, or the twelve bytes of version 2")
	ErrMalformed = errors.New("read the PROXY header: it is malformed")
	ErrTooLong   = errors.New("read the PROXY header: expected at most 2,048 bytes")
	ErrChecksum  = errors.New("read the PROXY header: its checksum is of other bytes")
)

// Header is what a proxy says of a connection.
type Header struct {
	Version uint8          // 1 or 2
	Local   bool           // the proxy speaks for itself, as when it checks health: the socket's addresses count
	Source  netip.AddrPort // who opened the connection; not valid where the proxy does not know, or does not say
	Target  netip.AddrPort // where to
	Fields  Fields         // of version 2
}

// Known says whether the header has addresses.
func (h *Header) Known() bool { return !h.Local && h.Source.IsValid() && h.Target.IsValid() }

var signature = []byte("\r\n\r\n\x00\r\nQUIT\n")

// Begins says whether bytes begin as a header does, of either version, as far as they go.
func Begins(b []byte) bool { return begins(b, signature) || begins(b, []byte("PROXY ")) }

func begins(b, with []byte) bool {
	return len(b) > 0 && bytes.HasPrefix(with, b[:min(len(b), len(with))])
}

// Parse reads a header from the first bytes of a connection, and returns how many bytes it took. ErrMore: all is well so far, and
// more bytes are wanted, never more than MostBytes in all. Any other error is for good. The Header's fields point into b.
func Parse(b []byte) (h Header, n int, err error) {
	switch {
	case len(b) == 0:
		return h, 0, ErrMore
	case begins(b, signature):
		return parse2(b)
	case begins(b, []byte("PROXY ")):
		return parse1(b)
	}
	return h, 0, ErrNone
}
