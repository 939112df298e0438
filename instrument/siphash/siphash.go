package siphash

import (
	"encoding/binary"
	"math/bits"
)

// Key is the secret that the sums depend on.
type Key [16]byte

// Hash is a sum in the making. A copy is a copy: what several values begin with may be
// written once, and the Hash copied for each. Make it with New.
type Hash struct {
	v0, v1, v2, v3 uint64

	rest   uint64 // bytes that do not fill a word yet, little-endian
	length uint64 // bytes written; the low 3 bits say how many are in rest
}

// New returns the hash of nothing under key.
func New(key Key) Hash {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	return Hash{
		v0: k0 ^ 0x736f6d6570736575, v1: k1 ^ 0x646f72616e646f6d,
		v2: k0 ^ 0x6c7967656e657261, v3: k1 ^ 0x7465646279746573,
	}
}

// String writes the length of s as 8 bytes and s, so that "ab","c" and "a","bc" differ.
func (h *Hash) String(s string) {
	h.Uint64(uint64(len(s)))
	write(h, s)
}

// Raw writes the bytes of s as they are, without a length: for a caller that writes the
// lengths itself.
func (h *Hash) Raw(s string) { write(h, s) }

// Uint64 writes v as 8 bytes, little-endian.
func (h *Hash) Uint64(v uint64) {
	shift := h.length & 7 * 8
	h.length += 8
	h.word(h.rest | v<<shift)
	h.rest = v >> 1 >> (63 - shift) // v>>64 for a shift of 0
}

func write(h *Hash, s string) {
	shift := h.length & 7 * 8
	h.length += uint64(len(s))
	v0, v1, v2, v3, rest := h.v0, h.v1, h.v2, h.v3, h.rest
	for len(s) >= 8 {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		s = s[8:]
		m := rest | w<<shift
		rest = w >> 1 >> (63 - shift)
		v3 ^= m
		v0, v1, v2, v3 = round(v0, v1, v2, v3)
		v0, v1, v2, v3 = round(v0, v1, v2, v3)
		v0 ^= m
	}
	if len(s) > 0 {
		w := tail(s)
		m := rest | w<<shift
		if full := shift + 8*uint64(len(s)); full < 64 {
			rest = m
		} else {
			rest = w >> 1 >> (63 - shift)
			v3 ^= m
			v0, v1, v2, v3 = round(v0, v1, v2, v3)
			v0, v1, v2, v3 = round(v0, v1, v2, v3)
			v0 ^= m
		}
	}
	h.v0, h.v1, h.v2, h.v3, h.rest = v0, v1, v2, v3, rest
}

// tail returns 1 to 7 bytes as a little-endian number.
func tail(s string) uint64 {
	n := len(s)
	switch {
	case n >= 4:
		low := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
		high := uint64(s[n-4]) | uint64(s[n-3])<<8 | uint64(s[n-2])<<16 | uint64(s[n-1])<<24
		return low | high<<(8*(uint(n)-4)&63)
	case n == 3:
		return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16
	case n == 2:
		return uint64(s[0]) | uint64(s[1])<<8
	}
	return uint64(s[0])
}

// word mixes in one full word: the two compression rounds of SipHash-2-4.
func (h *Hash) word(m uint64) {
	v0, v1, v2, v3 := h.v0, h.v1, h.v2, h.v3^m
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	h.v0, h.v1, h.v2, h.v3 = v0^m, v1, v2, v3
}

// Sum returns the hash of what was written so far. More may be written after it.
func (h *Hash) Sum() uint64 {
	m := h.rest | h.length<<56
	v0, v1, v2, v3 := h.v0, h.v1, h.v2, h.v3^m
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v2 = v0^m, v2^0xff
	for range 4 {
		v0, v1, v2, v3 = round(v0, v1, v2, v3)
	}
	return v0 ^ v1 ^ v2 ^ v3
}

// round is SipRound of the paper's section 2.
func round(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v3
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 += v3
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 += v1
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v2 = bits.RotateLeft64(v2, 32)
	return v0, v1, v2, v3
}
