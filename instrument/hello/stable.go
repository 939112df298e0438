package hello

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Key is a stable key. It is not secret, and whoever copies a hello has its key.
type Key [8]byte

// String returns the key as 16 hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// fleeting are the extensions that a client sends on one connection and not on the next: those of
// resumption (tickets, pre-shared keys and their modes, early data), of a second hello (cookie), padding,
// encrypted hellos, and what depends on where it goes and what it wants there: the server's name, and
// protocols and their settings, which a browser leaves out for WebSockets.
func fleeting(kind uint16) bool {
	switch kind {
	case extName, extProtocols, extALPSOld, extALPS, extPadding, extTicket, extPSK, extPSKModes, extEarly, extCookie, extECH:
		return true
	}
	return Grease(kind)
}

// Stable returns a key that the same client keeps when it resumes, pads, encrypts its hello, opens a WebSocket
// or is asked for a second hello. A browser has another one for QUIC than for TLS. It is the project's own form: the first eight
// bytes of the SHA-256 of the transport, the versions, the cipher suites and the extensions (both sorted, as
// browsers shuffle the latter and whoever hides shuffles both), the groups and the signature
// algorithms in the client's order, without what RFC 8701 reserves.
func (h *Hello) Stable() Key {
	var buf [len("evenkeel hello 1 ") + 1 + 5*(MostCiphers+MostExtensions+3*MostCodes) + 5]byte
	var sort [MostCiphers + MostExtensions]uint16
	b := append(buf[:0], "evenkeel hello 1 "...)
	b = append(b, "tqd"[h.Transport])
	list := func(codes []uint16) {
		slices.Sort(codes)
		b = appendCodes(append(b, '_'), codes)
	}
	listed := func(c Codes) {
		b = append(b, '_')
		for i := range c.Len() {
			if code := c.At(i); !Grease(code) {
				b = append(appendCode(b, code), ',')
			}
		}
	}
	if listed(h.Versions); len(h.Versions) == 0 {
		b = appendCode(b, h.Version)
	}
	s := sort[:0]
	for i := range h.Ciphers.Len() {
		if code := h.Ciphers.At(i); !Grease(code) {
			s = append(s, code)
		}
	}
	list(s)
	s = sort[:0]
	for rest := h.Extensions; len(rest) > 0; rest = rest[4+int(rest[2])<<8+int(rest[3]):] {
		if kind := uint16(rest[0])<<8 | uint16(rest[1]); !fleeting(kind) {
			s = append(s, kind)
		}
	}
	list(s)
	listed(h.Groups)
	listed(h.Signatures)
	sum := sha256.Sum256(b)
	return Key(sum[:8])
}
