package hello

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Form says how a JA4 is written.
type Form uint8

// The forms, by the names that the specification gives them.
const (
	Hashed         Form = iota // ja4
	Raw                        // ja4_r: the sorted lists themselves
	Original                   // ja4_o: the client's own order, hashed, server name and protocols too
	OriginalAndRaw             // ja4_ro
)

// most a raw one takes: eleven bytes, the lists with a separator each, and two underscores
const mostRaw = 11 + 5*(MostCiphers+MostExtensions+MostCodes) + 2

// JA4 returns the JA4 of the hello: FoxIO's "JA4: TLS Client Fingerprinting",
// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md, BSD 3-Clause, © FoxIO. Of the family of
// fingerprints with that name it is the only one under that licence.
//
// Where the first protocol (ALPN) begins with a byte above 7f, the text says that its first and last
// hexadecimal digits are written, but both of FoxIO's programs and their recorded answers
// have 99, and so does this.
func (h *Hello) JA4() string {
	var b [mostRaw]byte
	return string(h.AppendJA4(b[:0], Hashed))
}

// AppendJA4 appends the JA4 in a form. It allocates nothing where dst has room.
func (h *Hello) AppendJA4(dst []byte, form Form) []byte {
	var ciphers [MostCiphers]uint16
	var extensions [MostExtensions]uint16
	c, counted := ciphers[:0], 0
	for i := range h.Ciphers.Len() {
		if code := h.Ciphers.At(i); !Grease(code) {
			c = append(c, code)
		}
	}
	sorted := form == Hashed || form == Raw
	e := extensions[:0]
	for rest := h.Extensions; len(rest) > 0; rest = rest[4+int(rest[2])<<8+int(rest[3]):] {
		kind := uint16(rest[0])<<8 | uint16(rest[1])
		if Grease(kind) {
			continue
		}
		counted++
		if sorted && (kind == extName || kind == extProtocols) {
			continue
		}
		e = append(e, kind)
	}
	if sorted {
		slices.Sort(c)
		slices.Sort(e)
	}
	dst = h.head(dst, len(c), counted)
	var lists [mostRaw]byte
	first := appendCodes(lists[:0], c)
	second := appendCodes(lists[len(first):len(first)], e)
	between := byte('_')
	for i := range h.Signatures.Len() {
		if code := h.Signatures.At(i); !Grease(code) {
			second = appendCode(append(second, between), code)
			between = ','
		}
	}
	dst = append(dst, '_')
	dst = appendPart(dst, first, len(c) == 0, form)
	dst = append(dst, '_')
	return appendPart(dst, second, len(e) == 0, form)
}

// head is the part before the first underscore.
func (h *Hello) head(dst []byte, ciphers, extensions int) []byte {
	dst = append(dst, "tqd"[h.Transport])
	dst = append(dst, h.version()...)
	if h.Flags.Has(Named) {
		dst = append(dst, 'd')
	} else {
		dst = append(dst, 'i')
	}
	dst = appendCount(appendCount(dst, ciphers), extensions)
	first, last := h.protocol()
	return append(dst, first, last)
}

func appendCount(dst []byte, n int) []byte {
	n = min(n, 99)
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// Best returns the highest version that the client can, as it stands on the wire (0304 is TLS 1.3). Of DTLS, whose
// versions count downwards, it is the lowest number.
func (h *Hello) Best() uint16 {
	best, any := uint16(0), false
	for i := range h.Versions.Len() {
		v := h.Versions.At(i)
		if Grease(v) {
			continue
		}
		if !any || h.Transport != DTLS && v > best || h.Transport == DTLS && v < best {
			best, any = v, true
		}
	}
	if len(h.Versions) == 0 {
		return h.Version
	}
	return best
}

func (h *Hello) version() string {
	switch h.Best() {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	case 0xfeff:
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// protocol is the first and the last character of the first protocol.
func (h *Hello) protocol() (first, last byte) {
	if len(h.Protocols) == 0 {
		return '0', '0'
	}
	p := h.Protocols[1 : 1+int(h.Protocols[0])]
	first, last = p[0], p[len(p)-1]
	if first > 0x7f {
		return '9', '9'
	}
	if !alphanumeric(first) || !alphanumeric(last) {
		return digits[first>>4], digits[last&15]
	}
	return first, last
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

const digits = "0123456789abcdef"

func appendCode(dst []byte, code uint16) []byte {
	return append(dst, digits[code>>12], digits[code>>8&15], digits[code>>4&15], digits[code&15])
}

func appendCodes(dst []byte, codes []uint16) []byte {
	for i, code := range codes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCode(dst, code)
	}
	return dst
}

// appendPart appends a list as the form has it: itself, or the first twelve digits of its SHA-256.
func appendPart(dst, list []byte, empty bool, form Form) []byte {
	switch {
	case form == Raw || form == OriginalAndRaw:
		return append(dst, list...)
	case empty:
		return append(dst, "000000000000"...)
	}
	sum := sha256.Sum256(list)
	return hex.AppendEncode(dst, sum[:6])
}
