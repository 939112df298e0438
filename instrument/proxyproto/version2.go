package proxyproto

import (
	"encoding/binary"
	"hash/crc32"
	"iter"
	"net/netip"
)

// Types of fields (section 2.2). Those from 0xe0 to 0xef are for a site's own use.
const (
	ALPN      = 0x01
	Authority = 0x02 // the server name that the client asked for
	Checksum  = 0x03 // CRC-32C of the header with four zeros in its place
	NoOp      = 0x04
	UniqueID  = 0x05 // at most 128 bytes
	TLS       = 0x20
	Own       = 0xe0 // the first of a site's own
)

const (
	head2 = 16 // bytes: signature, version and command, family, length
	size4 = 12 // bytes of addresses and ports
	size6 = 36
)

// parse2 reads version 2 (section 2.2).
func parse2(b []byte) (h Header, n int, err error) {
	if len(b) > 12 && b[12] != 0x20 && b[12] != 0x21 {
		return h, 0, ErrMalformed
	}
	if len(b) < head2 {
		return h, 0, ErrMore
	}
	n = head2 + int(binary.BigEndian.Uint16(b[14:]))
	if n > MostBytes {
		return h, 0, ErrTooLong
	}
	if len(b) < n {
		return h, 0, ErrMore
	}
	b = b[:n]
	h = Header{Version: 2, Local: b[12] == 0x20}
	rest := b[head2:]
	switch family := b[13]; {
	case h.Local: // what addresses are told is to be passed over
		return h, n, nil
	case family == 0x11 && len(rest) >= size4:
		h.Source = netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest)), binary.BigEndian.Uint16(rest[8:]))
		h.Target = netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest[4:])), binary.BigEndian.Uint16(rest[10:]))
		rest = rest[size4:]
	case family == 0x21 && len(rest) >= size6:
		h.Source = netip.AddrPortFrom(netip.AddrFrom16([16]byte(rest)).Unmap(), binary.BigEndian.Uint16(rest[32:]))
		h.Target = netip.AddrPortFrom(netip.AddrFrom16([16]byte(rest[16:])).Unmap(), binary.BigEndian.Uint16(rest[34:]))
		rest = rest[size6:]
	case family == 0x00: // not known: the fields cannot be told from addresses
		return h, n, nil
	default: // datagrams and UNIX sockets open no connection of TCP
		return Header{}, 0, ErrMalformed
	}
	h.Fields = rest
	if !h.Fields.whole() {
		return Header{}, 0, ErrMalformed
	}
	if sum, ok := h.Fields.Find(Checksum); ok && !matches(b, sum) {
		return Header{}, 0, ErrChecksum
	}
	return h, n, nil
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	zeros      = make([]byte, 4)
)

// matches says whether sum, which stands in b, is the checksum of b with zeros in its place.
func matches(b, sum []byte) bool {
	if len(sum) != 4 {
		return false
	}
	at := cap(b) - cap(sum) // sum is a piece of b
	c := crc32.Update(0, castagnoli, b[:at])
	c = crc32.Update(c, castagnoli, zeros)
	c = crc32.Update(c, castagnoli, b[at+4:])
	return c == binary.BigEndian.Uint32(sum)
}

// Fields are those behind the addresses, as they lie on the wire: type, length in two bytes, value.
type Fields []byte

func (f Fields) whole() bool {
	for len(f) > 0 {
		if len(f) < 3 {
			return false
		}
		n := 3 + int(binary.BigEndian.Uint16(f[1:]))
		if n > len(f) {
			return false
		}
		f = f[n:]
	}
	return true
}

// All goes through the fields that are whole.
func (f Fields) All() iter.Seq2[uint8, []byte] {
	return func(yield func(uint8, []byte) bool) {
		for len(f) >= 3 {
			n := 3 + int(binary.BigEndian.Uint16(f[1:]))
			if n > len(f) || !yield(f[0], f[3:n]) {
				return
			}
			f = f[n:]
		}
	}
}

// Find returns the value of the first field of a type.
func (f Fields) Find(kind uint8) ([]byte, bool) {
	for k, v := range f.All() {
		if k == kind {
			return v, true
		}
	}
	return nil, false
}

// Append appends a field, for a Header that is to be written. It appends nothing where the value has more than 65,535 bytes.
func (f Fields) Append(kind uint8, value []byte) Fields {
	if len(value) > 0xffff {
		return f
	}
	f = append(f, kind, byte(len(value)>>8), byte(len(value)))
	return append(f, value...)
}
