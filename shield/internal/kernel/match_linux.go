package kernel

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Match is what a rule asks of a packet, and in the end what it does.
type Match []expr.Any

// Registers: the first of 16 bytes, and those of 4 bytes, of which it is 8 to 11.
const (
	Reg1  = unix.NFT_REG_1
	Reg32 = unix.NFT_REG32_00
)

// Then returns both, one after the other.
func (m Match) Then(more ...expr.Any) Match { return append(append(Match{}, m...), more...) }

// Equal asks whether what was loaded is this.
func Equal(data ...byte) expr.Any { return &expr.Cmp{Op: expr.CmpOpEq, Register: Reg1, Data: data} }

// Ethertype asks what is behind the header of the link.
func Ethertype(n uint16) Match {
	return Match{&expr.Meta{Key: expr.MetaKeyPROTOCOL, Register: Reg1}, Equal(byte(n>>8), byte(n))}
}

// Version is one of the two of IP, and where its header has its addresses (RFC 791, 3.1; RFC 8200, 3).
type Version struct {
	Name     string
	ether    uint16
	src, dst uint32 // offsets, bytes
	Size     uint32 // of an address, bytes
}

// Versions are both.
var Versions = []Version{{"4", unix.ETH_P_IP, 12, 16, 4}, {"6", unix.ETH_P_IPV6, 8, 24, 16}}

// Holds says whether an address or a range is of this version.
func (v *Version) Holds(a netip.Addr) bool { return a.Is4() == (v.Size == 4) }

// Is asks for packets of this version.
func (v *Version) Is() Match { return Ethertype(v.ether) }

// To loads the address that a packet goes to.
func (v *Version) To(reg uint32) expr.Any { return v.load(v.dst, reg) }

// From loads the address that it comes from.
func (v *Version) From(reg uint32) expr.Any { return v.load(v.src, reg) }

func (v *Version) load(offset, reg uint32) expr.Any {
	return &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: v.Size}
}

// Words is how many registers of 4 bytes an address takes.
func (v *Version) Words() uint32 { return v.Size / 4 }

// Transport loads from the header behind IP. A later fragment has none, and the rule does not hold for it.
func Transport(offset, size, reg uint32) expr.Any {
	return &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: size}
}

// Protocol asks what is behind IP.
func Protocol(n uint8) Match {
	return Match{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: Reg1}, Equal(n)}
}

// In asks whether what was loaded from Reg1 on is in a set.
func In(set string, invert bool) expr.Any {
	return &expr.Lookup{SourceRegister: Reg1, SetName: set, Invert: invert}
}

// Dropped counts and drops.
func Dropped() Match { return Match{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}} }

// Key is an element of a concatenation: each field takes whole registers of 4 bytes.
func Key(fields ...[]byte) (out []byte) {
	for _, f := range fields {
		out = append(out, f...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// Port is one as a packet has it.
func Port(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
