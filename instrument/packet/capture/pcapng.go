package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// The kinds of block that are read, draft-ietf-opsawg-pcapng.
const (
	magicSection  = 0x0a0d0d0a // the same either way round
	blockIface    = 1
	blockOld      = 2 // what came before the enhanced one
	blockSimple   = 3
	blockEnhanced = 6

	byteOrderMagic = 0x1a2b3c4d
	blockHead      = 8
	leastBlock     = 12

	optionEnd    = 0
	optionResol  = 9
	optionOffset = 14
)

// iface is what a section says of an interface.
type iface struct {
	link  Link
	most  uint32 // bytes captured of a packet; 0 all
	per   uint64 // units of time in a second
	shift int64  // seconds to add
}

// block reads one block.
func (r *Reader) block() (p Packet, ok bool, err error) {
	at := r.offset
	b, err := r.take(blockHead)
	if err == io.EOF {
		return p, false, err
	}
	if err != nil {
		return p, false, r.ended(err, at, r.packets+1, "what stands before a block")
	}
	if binary.LittleEndian.Uint32(b) == magicSection {
		return p, false, r.section(b, at)
	}
	if r.order == nil {
		return p, false, &Damage{Packet: r.packets + 1, Offset: at, Says: "a block stands before any section"}
	}
	kind, size := r.order.Uint32(b), r.order.Uint32(b[4:])
	if size < leastBlock || size%4 != 0 {
		return p, false, r.lost(at, "a block says that it has %d bytes; expected a multiple of 4, at least %d, so where the next one begins is not known", size, leastBlock)
	}
	switch kind {
	case blockIface, blockOld, blockSimple, blockEnhanced:
	default:
		if err := r.skip(int64(size) - blockHead); err != nil {
			return p, false, r.ended(err, at, r.packets+1, "a block")
		}
		return p, false, nil
	}
	if kind != blockIface {
		r.packets++
	}
	if size > mostBlock {
		return p, false, r.lost(at, "a block says that it has %d bytes; expected at most %d", size, mostBlock)
	}
	body, err := r.take(int(size) - blockHead)
	if err != nil {
		return p, false, r.ended(err, at, max(r.packets, 1), "a block")
	}
	tail := len(body) - 4
	if again := r.order.Uint32(body[tail:]); again != size {
		return p, false, r.lost(at, "a block says that it has %d bytes, and at its end %d", size, again)
	}
	if kind == blockIface {
		return p, false, r.addInterface(body[:tail], at)
	}
	p, ok = r.packet(kind, body[:tail])
	if !ok {
		r.damaged++
	}
	return p, ok, nil
}

func (r *Reader) lost(at int64, format string, args ...any) error {
	return &Damage{Packet: max(r.packets, 1), Offset: at, Says: fmt.Sprintf(format, args...)}
}

// section begins a section: its own order of bytes, its own interfaces.
func (r *Reader) section(head []byte, at int64) error {
	raw := binary.LittleEndian.Uint32(head[4:])
	b, err := r.take(4)
	if err != nil {
		return r.ended(err, at, r.packets+1, "the head of a section")
	}
	switch binary.LittleEndian.Uint32(b) {
	case byteOrderMagic:
		r.order = binary.LittleEndian
	case swap(byteOrderMagic):
		r.order, raw = binary.BigEndian, swap(raw)
	default:
		return r.lost(at, "a section begins with %x; expected 4d3c2b1a or 1a2b3c4d", b)
	}
	r.interfaces = r.interfaces[:0]
	if raw < 28 || raw%4 != 0 || raw > mostBlock {
		return r.lost(at, "the head of a section says that it has %d bytes; expected a multiple of 4, 28 to %d", raw, mostBlock)
	}
	if err := r.skip(int64(raw) - blockHead - 4); err != nil {
		return r.ended(err, at, r.packets+1, "the head of a section")
	}
	return nil
}

// addInterface reads an interface, with the unit of its times.
func (r *Reader) addInterface(b []byte, at int64) error {
	if len(r.interfaces) == mostInterfaces {
		return r.lost(at, "a section has more than %d interfaces", mostInterfaces)
	}
	i := iface{per: 1e6}
	if len(b) < 8 {
		return r.lost(at, "an interface has %d bytes; expected at least 8", len(b))
	}
	i.link, i.most = Link(r.order.Uint16(b)), r.order.Uint32(b[4:])
	for b = b[8:]; len(b) >= 4; {
		code, size := r.order.Uint16(b), int(r.order.Uint16(b[2:]))
		if code == optionEnd || 4+size > len(b) {
			break
		}
		switch v := b[4 : 4+size]; {
		case code == optionResol && size == 1:
			i.per = unitsPer(v[0])
		case code == optionOffset && size == 8:
			i.shift = int64(r.order.Uint64(v))
		}
		b = b[min(4+(size+3)/4*4, len(b)):]
	}
	r.interfaces = append(r.interfaces, i)
	return nil
}

// unitsPer is how many units of time a second has: a negative power of ten or, with the highest
// bit set, of two. 0 stands for one that this reader cannot count in.
func unitsPer(v byte) uint64 {
	n := v & 0x7f
	if v&0x80 != 0 {
		if n > 63 {
			return 0
		}
		return 1 << n
	}
	if n > 19 {
		return 0
	}
	per := uint64(1)
	for range n {
		per *= 10
	}
	return per
}

// packet reads what a block holds of a packet.
func (r *Reader) packet(kind uint32, b []byte) (p Packet, ok bool) {
	from, has, wire := uint32(0), uint32(0), uint32(0)
	switch {
	case kind == blockSimple && len(b) >= 4:
		wire = r.order.Uint32(b)
		b = b[4:]
		has = min(wire, uint32(len(b)))
		if len(r.interfaces) > 0 && r.interfaces[0].most > 0 {
			has = min(has, r.interfaces[0].most)
		}
	case kind != blockSimple && len(b) >= 20:
		from = r.order.Uint32(b)
		if kind == blockOld {
			from = uint32(r.order.Uint16(b))
		}
		has, wire = r.order.Uint32(b[12:]), r.order.Uint32(b[16:])
	default:
		return p, false
	}
	if int64(from) >= int64(len(r.interfaces)) {
		return p, false
	}
	i := &r.interfaces[from]
	at := r.last // a simple block tells no time
	if kind != blockSimple {
		units := uint64(r.order.Uint32(b[4:]))<<32 | uint64(r.order.Uint32(b[8:]))
		if at, ok = i.time(units); !ok {
			return p, false
		}
		b = b[20:]
	}
	if int64(has) > int64(len(b)) || has > MostBytes || wire > 1<<30 {
		return p, false
	}
	r.last = at
	return Packet{At: at, Data: b[:has], Wire: max(int(wire), int(has)), Link: i.link}, true
}

// time is a number of units in nanoseconds since 1970; not ok where it is beyond the year 2262.
func (i *iface) time(units uint64) (ns int64, ok bool) {
	if i.per == 0 {
		return 0, false
	}
	sec, rest := units/i.per, units%i.per
	hi, lo := bits.Mul64(rest, 1e9)
	frac, _ := bits.Div64(hi, lo, i.per)
	whole := int64(sec) + i.shift
	if sec > 1<<33 || whole < 0 || whole > 1<<33 {
		return 0, false
	}
	return whole*1e9 + int64(frac), true
}
