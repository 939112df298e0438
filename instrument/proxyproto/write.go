package proxyproto

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"strconv"
)

// AppendV2 appends the header in version 2, with its fields and, last of them, a checksum. One whose addresses are not known, or
// are not both valid, says so (LOCAL where Local is set, else the family that is not specified, without fields). ErrTooLong, and
// nothing appended, where it would have more than MostBytes. It allocates nothing where dst has room.
func (h *Header) AppendV2(dst []byte) ([]byte, error) {
	from := len(dst)
	command, family, size := byte(0x21), byte(0), 0
	switch {
	case h.Local:
		command = 0x20
	case !h.Known():
	case h.Source.Addr().Unmap().Is4() && h.Target.Addr().Unmap().Is4():
		family, size = 0x11, size4
	default:
		family, size = 0x21, size6
	}
	if family != 0 {
		size += len(h.Fields) + 7
	}
	if head2+size > MostBytes {
		return dst, ErrTooLong
	}
	dst = append(dst, signature...)
	dst = append(dst, command, family, byte(size>>8), byte(size))
	switch family {
	case 0x11:
		a, b := h.Source.Addr().Unmap().As4(), h.Target.Addr().Unmap().As4()
		dst = append(append(dst, a[:]...), b[:]...)
	case 0x21:
		a, b := h.Source.Addr().As16(), h.Target.Addr().As16()
		dst = append(append(dst, a[:]...), b[:]...)
	default:
		return dst, nil
	}
	dst = binary.BigEndian.AppendUint16(dst, h.Source.Port())
	dst = binary.BigEndian.AppendUint16(dst, h.Target.Port())
	dst = append(dst, h.Fields...)
	dst = append(dst, Checksum, 0, 4, 0, 0, 0, 0)
	sum := crc32.Checksum(dst[from:], castagnoli)
	binary.BigEndian.PutUint32(dst[len(dst)-4:], sum)
	return dst, nil
}

// AppendV1 appends the header in version 1, which has no fields.
func (h *Header) AppendV1(dst []byte) []byte {
	source, target := h.Source.Addr().Unmap(), h.Target.Addr().Unmap()
	switch {
	case !h.Known():
		return append(dst, "PROXY UNKNOWN\r\n"...)
	case source.Is4() && target.Is4():
		dst = append(dst, "PROXY TCP4 "...)
	default:
		dst = append(dst, "PROXY TCP6 "...)
		source, target = netip.AddrFrom16(source.As16()), netip.AddrFrom16(target.As16())
	}
	dst = append(source.WithZone("").AppendTo(dst), ' ')
	dst = append(target.WithZone("").AppendTo(dst), ' ')
	dst = append(strconv.AppendUint(dst, uint64(h.Source.Port()), 10), ' ')
	dst = strconv.AppendUint(dst, uint64(h.Target.Port()), 10)
	return append(dst, "\r\n"...)
}
