package guard

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// This file reads and writes SPOP 2.0, the protocol between HAProxy and its agents, as sections 3.1 to 3.3 of HAProxy's doc/SPOE.txt have it.

// Bounds of a frame in bytes, without the four of its length. Section 3.2: 256 is the least; MostFrame is what is taken at most, and
// HAProxy offers 16,380, its buffer without the length.
const (
	LeastFrame = 256
	MostFrame  = 64 << 10
)

// Types of frames (section 3.2.2).
const (
	frameUnset      = 0 // another part of the frame before
	frameHello      = 1
	frameDisconnect = 2
	frameNotify     = 3
	agentHello      = 101
	agentDisconnect = 102
	agentAck        = 103
)

const flagFin = 1 // the frame is whole

// Codes of a disconnect (section 3.3).
const (
	codeNormal     = 0
	codeTooBig     = 3
	codeInvalid    = 4
	codeNoVersion  = 5
	codeNoSize     = 6
	codeNoCapable  = 7
	codeVersion    = 8
	codeSize       = 9
	codeFragment   = 10
	codeNoResource = 13
)

var errFrame = errors.New("the frame ends too early or says what SPOP 2.0 does not know")

// words are what is left of a frame. The first mistake empties it and stays.
type words struct {
	b   []byte
	bad bool
}

func (w *words) fail() { w.b, w.bad = nil, true }

func (w *words) take(n uint64) []byte {
	if uint64(len(w.b)) < n {
		w.fail()
		return nil
	}
	b := w.b[:n:n]
	w.b = w.b[n:]
	return b
}

func (w *words) octet() byte {
	if b := w.take(1); b != nil {
		return b[0]
	}
	return 0
}

// number reads a variable-length integer: the first byte holds 4 bits beside the mark 0xf0, each further one 7, and what is carried is added.
func (w *words) number() uint64 {
	n := uint64(w.octet())
	if n < 240 {
		return n
	}
	for shift := 4; shift <= 60; shift += 7 {
		c := w.octet()
		n += uint64(c) << shift
		if c < 128 {
			return n
		}
	}
	w.fail()
	return 0
}

func (w *words) text() []byte { return w.take(w.number()) }

// value is typed data (section 3.1).
type value struct {
	kind byte
	n    uint64 // of a boolean and of numbers
	b    []byte // of addresses, strings and binaries; it is part of the frame
}

const (
	kindNull, kindBool, kindInt32, kindUint32, kindInt64, kindUint64 = 0, 1, 2, 3, 4, 5
	kindIPv4, kindIPv6, kindString, kindBinary                       = 6, 7, 8, 9
)

func (w *words) value() (v value) {
	c := w.octet()
	v.kind = c & 0x0f
	switch v.kind {
	case kindNull:
	case kindBool:
		v.n = uint64(c >> 4 & 1)
	case kindInt32, kindUint32, kindInt64, kindUint64:
		v.n = w.number()
	case kindIPv4:
		v.b = w.take(4)
	case kindIPv6:
		v.b = w.take(16)
	case kindString, kindBinary:
		v.b = w.text()
	default:
		w.fail()
	}
	return v
}

// addr returns an address, zero where there is none.
func (v value) addr() netip.Addr {
	switch v.kind {
	case kindIPv4, kindIPv6:
		a, _ := netip.AddrFromSlice(v.b)
		return a.Unmap()
	case kindString:
		a, _ := hop(string(v.b))
		return a
	}
	return netip.Addr{}
}

// whole returns a number that is not negative; false where there is none.
func (v value) whole() (int64, bool) {
	ok := v.kind >= kindBool && v.kind <= kindUint64 && v.n < 1<<62
	return int64(v.n), ok
}

// head is what every frame begins with.
type head struct {
	kind          byte
	flags         uint32
	stream, frame uint64
}

// readHead reads it; what follows is the frame's own.
func readHead(b []byte) (h head, w words) {
	w.b = b
	h.kind = w.octet()
	if f := w.take(4); f != nil {
		h.flags = binary.BigEndian.Uint32(f)
	}
	h.stream, h.frame = w.number(), w.number()
	return h, w
}

// appendHead begins a frame that is whole, with room for its length, which seal fills in.
func appendHead(dst []byte, kind byte, stream, frame uint64) []byte {
	dst = append(dst, 0, 0, 0, 0, kind, 0, 0, 0, flagFin)
	return appendNumber(appendNumber(dst, stream), frame)
}

// seal writes the length of the frame that begins at from.
func seal(dst []byte, from int) []byte {
	binary.BigEndian.PutUint32(dst[from:], uint32(len(dst)-from-4))
	return dst
}

func appendNumber(dst []byte, n uint64) []byte {
	if n < 240 {
		return append(dst, byte(n))
	}
	dst = append(dst, byte(n)|0xf0)
	for n = (n - 240) >> 4; n >= 128; n = (n - 128) >> 7 {
		dst = append(dst, byte(n)|0x80)
	}
	return append(dst, byte(n))
}

func appendText(dst []byte, s string) []byte {
	return append(appendNumber(dst, uint64(len(s))), s...)
}

func appendString(dst []byte, s string) []byte { return appendText(append(dst, kindString), s) }

func appendUint32(dst []byte, n uint32) []byte {
	return appendNumber(append(dst, kindUint32), uint64(n))
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, kindBool|1<<4)
	}
	return append(dst, kindBool)
}

// appendSetVar appends the action that sets a variable of the transaction (section 3.2.9). HAProxy puts the engine's prefix before the name.
func appendSetVar(dst []byte, name string) []byte {
	const setVar, args, transaction = 1, 3, 2
	return appendText(append(dst, setVar, args, transaction), name)
}
