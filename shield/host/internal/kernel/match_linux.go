package kernel

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/shield/plan"
)

// match is what a rule asks of a packet, and in the end what it does.
type match []expr.Any

// Registers: the first of 16 bytes, and those of 4 bytes, of which it is 8 to 11.
const (
	reg1  = unix.NFT_REG_1
	reg32 = unix.NFT_REG32_00
)

// then returns both, one after the other.
func (m match) then(more ...expr.Any) match { return append(append(match{}, m...), more...) }

func equal(data ...byte) expr.Any { return &expr.Cmp{Op: expr.CmpOpEq, Register: reg1, Data: data} }

// ethertype asks what is behind the header of the link.
func ethertype(n uint16) match {
	return match{&expr.Meta{Key: expr.MetaKeyPROTOCOL, Register: reg1}, equal(byte(n>>8), byte(n))}
}

// version is one of the two of IP, and where its header has its addresses (RFC 791, 3.1; RFC 8200, 3).
type version struct {
	name     string
	ether    uint16
	src, dst uint32 // offsets, bytes
	size     uint32 // of an address, bytes
}

var versions = []version{{"4", unix.ETH_P_IP, 12, 16, 4}, {"6", unix.ETH_P_IPV6, 8, 24, 16}}

// holds says whether an address or a range is of this version.
func (v *version) holds(a netip.Addr) bool { return a.Is4() == (v.size == 4) }

func (v *version) is() match { return ethertype(v.ether) }

// to and from load an address.
func (v *version) to(reg uint32) expr.Any   { return v.load(v.dst, reg) }
func (v *version) from(reg uint32) expr.Any { return v.load(v.src, reg) }

func (v *version) load(offset, reg uint32) expr.Any {
	return &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: v.size}
}

// words is how many registers of 4 bytes an address takes.
func (v *version) words() uint32 { return v.size / 4 }

// transport loads from the header behind IP. A later fragment has none, and the rule does not hold for it.
func transport(offset, size, reg uint32) expr.Any {
	return &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: size}
}

func protocol(n uint8) match {
	return match{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: reg1}, equal(n)}
}

// syn asks for SYN without ACK (RFC 9293, 3.1: the flags are in byte 13).
func syn() match {
	return protocol(unix.IPPROTO_TCP).then(
		transport(13, 1, reg1),
		&expr.Bitwise{SourceRegister: reg1, DestRegister: reg1, Len: 1, Mask: []byte{0x12}, Xor: []byte{0}},
		equal(0x02),
	)
}

// datagram asks for UDP between two ports.
func (v *version) datagram(from, to uint16) match {
	return v.is().then(protocol(unix.IPPROTO_UDP)...).then(
		transport(0, 4, reg1), equal(byte(from>>8), byte(from), byte(to>>8), byte(to)),
	)
}

// neighbour asks for neighbour discovery (RFC 4861, 4.1 to 4.4).
func neighbour() match {
	return ethertype(unix.ETH_P_IPV6).then(protocol(unix.IPPROTO_ICMPV6)...).then(
		transport(0, 1, reg1),
		&expr.Cmp{Op: expr.CmpOpGte, Register: reg1, Data: []byte{133}},
		&expr.Cmp{Op: expr.CmpOpLte, Register: reg1, Data: []byte{136}},
	)
}

// in asks whether what was loaded from reg1 on is in a set.
func in(set string, invert bool) expr.Any {
	return &expr.Lookup{SourceRegister: reg1, SetName: set, Invert: invert}
}

// lives asks whether a lease is still there: the kernel takes it away at its end.
func lives(set string, lease int) match {
	return match{&expr.Immediate{Register: reg1, Data: binaryutil.NativeEndian.PutUint32(uint32(lease))}, in(set, false)}
}

// bucket holds for what is beyond it, or else for what is within. The kernel's bucket of bytes holds a second of the rate
// beside its burst (nft_limit_init), so the burst is what is beyond a second.
func bucket(k plan.Kind, b plan.Bucket, over bool) expr.Any {
	l := &expr.Limit{Type: expr.LimitTypePkts, Rate: b.Rate, Unit: expr.LimitTimeSecond, Burst: uint32(b.Burst), Over: over}
	if k == plan.Bits {
		l.Type, l.Rate, l.Burst = expr.LimitTypePktBytes, b.Rate/8, uint32(b.Burst/8-b.Rate/8)
	}
	return l
}

func verdict(kind expr.VerdictKind, chain string) expr.Any {
	return &expr.Verdict{Kind: kind, Chain: chain}
}

// dropped counts and drops.
func dropped() match { return match{&expr.Counter{}, verdict(expr.VerdictDrop, "")} }

// key is an element of a concatenation: each field takes whole registers of 4 bytes.
func key(fields ...[]byte) (out []byte) {
	for _, f := range fields {
		out = append(out, f...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

func port(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
