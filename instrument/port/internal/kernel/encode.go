//go:build linux

package kernel

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Bits of ekEkRules.Has, as in bpf/layout.h.
const (
	hasLimit   = 1 << 0 // of kind k: shifted by k
	hasLimitTo = 1 << 4
	hasExact   = 1 << 8
	hasAny     = 1 << 9
	hasIsolate = 1 << 10
	knowsOwn4  = 1 << 12
	reads      = 1 << 13
	knowsOwn6  = 1 << 14
)

// families in keys
const (
	familyV4 = 4
	familyV6 = 6
)

// encode writes rules as the program reads them. Drops are in tables of their own; what is said here is whether there
// are any, and to which destinations there may be, so that other packets need no look at the tables.
func encode(to *ekEkRules, generation uint32, seed uint64, g port.Guest, r port.Rules, guard port.Guard) {
	*to = ekEkRules{
		Generation:   generation,
		Sample:       r.Sample.Every,
		Payload:      r.Sample.Payload,
		IsolateUntil: r.Isolate.Until,
	}
	for k := range port.Kind(port.Kinds) {
		if l := r.Limit[k]; l.IsSet() {
			to.Has |= hasLimit << k
			to.Limit[k].Until = l.Until
			to.Limit[k].Cost, to.Limit[k].Burst = l.Cost(k)
			to.Told[k] = [2]uint64{l.PerSecond, l.Burst}
		}
		if l := r.To[k]; l.IsSet() {
			to.Has |= hasLimitTo << k
			to.To[k].Until = l.Until
			to.To[k].Cost, to.To[k].Burst = l.Cost(k)
			to.Told[port.Kinds+int(k)] = [2]uint64{l.PerSecond, l.Burst}
		}
	}
	for _, d := range r.Drops {
		if d.To.Port() == 0 {
			to.Has |= hasAny
		} else {
			to.Has |= hasExact
		}
	}
	if r.Isolate.Until > 0 {
		to.Has |= hasIsolate
	}
	if g.Knows(true) {
		to.Has |= knowsOwn4
	}
	if g.Knows(false) {
		to.Has |= knowsOwn6
	}
	to.Floor.Cost, to.Floor.Burst = port.Limit{PerSecond: guard.Floor}.Cost(port.Packets)
	for _, d := range r.Drops {
		bit := hash(d.To.Addr(), seed) >> 54
		to.Dropped[bit/64] |= 1 << (bit % 64)
	}
	encodeNets(unsafeNets(&to.Own), g.Own)
	encodeNets(unsafeNets(&to.Allow), r.Isolate.Allow)
}

// nets is what the generated code calls by no name.
type nets struct {
	n4, n6 uint32
	v4     [port.MaxPrefixes]struct{ address, mask uint32 }
	v6     [port.MaxPrefixes]struct{ address, mask [2]uint64 }
}

func unsafeNets[T any](p *T) *nets {
	if unsafe.Sizeof(*p) != unsafe.Sizeof(nets{}) {
		panic("the layout of networks differs from the program's") // a test calls this for both lists
	}
	return (*nets)(unsafe.Pointer(p))
}

func encodeNets(to *nets, list []netip.Prefix) {
	for _, p := range list {
		p = p.Masked()
		if p.Addr().Is4() {
			m := mask(p.Bits(), 4)
			a := p.Addr().As4()
			e := &to.v4[to.n4]
			e.address, e.mask = binary.NativeEndian.Uint32(a[:]), binary.NativeEndian.Uint32(m[:])
			to.n4++
			continue
		}
		m := mask(p.Bits(), 16)
		e := &to.v6[to.n6]
		e.address, e.mask = words(p.Addr()), [2]uint64{binary.NativeEndian.Uint64(m[:]), binary.NativeEndian.Uint64(m[8:])}
		to.n6++
	}
}

func mask(bits, size int) []byte {
	m := make([]byte, size)
	for i := range bits {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return m
}

// words are an address as the program loads it: IPv4 in the second word.
func words(a netip.Addr) [2]uint64 {
	if a.Is4() {
		b := a.As4()
		return [2]uint64{0, uint64(binary.NativeEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return [2]uint64{binary.NativeEndian.Uint64(b[:]), binary.NativeEndian.Uint64(b[8:])}
}

// hash is what the program calls ek_hash: of an address, as words.
func hash(a netip.Addr, seed uint64) uint64 {
	w := words(a.Unmap())
	h := (w[1] ^ seed) * 0x9e3779b97f4a7c15
	h ^= h >> 32
	h = (h + w[0]) * 0xc2b2ae3d27d4eb4f
	return h ^ h>>29
}

func address(family uint8, w [2]uint64) netip.Addr {
	var b [16]byte
	switch family {
	case familyV4:
		binary.NativeEndian.PutUint32(b[:], uint32(w[1]))
		return netip.AddrFrom4([4]byte(b[:4]))
	case familyV6:
		binary.NativeEndian.PutUint64(b[:], w[0])
		binary.NativeEndian.PutUint64(b[8:], w[1])
		return netip.AddrFrom16(b)
	}
	return netip.Addr{}
}

// decode reads rules back, but for the drops.
func decode(from *ekEkRules) (port.Guest, port.Rules) {
	r := port.Rules{
		Sample:  port.Sampling{Every: from.Sample, Payload: from.Payload},
		Isolate: port.Isolation{Until: from.IsolateUntil, Allow: decodeNets(unsafeNets(&from.Allow))},
	}
	for k := range port.Kinds {
		r.Limit[k] = port.Limit{PerSecond: from.Told[k][0], Burst: from.Told[k][1], Until: from.Limit[k].Until}
		r.To[k] = port.Limit{PerSecond: from.Told[port.Kinds+k][0], Burst: from.Told[port.Kinds+k][1], Until: from.To[k].Until}
	}
	return port.Guest{Own: decodeNets(unsafeNets(&from.Own))}, r
}

func decodeNets(n *nets) []netip.Prefix {
	var out []netip.Prefix
	for _, e := range n.v4[:min(n.n4, port.MaxPrefixes)] {
		out = append(out, netip.PrefixFrom(address(familyV4, [2]uint64{0, uint64(e.address)}), ones(uint64(e.mask))))
	}
	for _, e := range n.v6[:min(n.n6, port.MaxPrefixes)] {
		out = append(out, netip.PrefixFrom(address(familyV6, e.address), ones(e.mask[0])+ones(e.mask[1])))
	}
	return out
}

func ones(mask uint64) int {
	n := 0
	for ; mask != 0; mask &= mask - 1 {
		n++
	}
	return n
}
