package kernel

import (
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	nft "github.com/evenkeel/evenkeel/shield/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// syn asks for SYN without ACK (RFC 9293, 3.1: the flags are in byte 13).
func syn() nft.Match {
	return nft.Protocol(unix.IPPROTO_TCP).Then(
		nft.Transport(13, 1, nft.Reg1),
		&expr.Bitwise{SourceRegister: nft.Reg1, DestRegister: nft.Reg1, Len: 1, Mask: []byte{0x12}, Xor: []byte{0}},
		nft.Equal(0x02),
	)
}

// datagram asks for UDP between two ports.
func datagram(v *nft.Version, from, to uint16) nft.Match {
	return v.Is().Then(nft.Protocol(unix.IPPROTO_UDP)...).Then(
		nft.Transport(0, 4, nft.Reg1), nft.Equal(byte(from>>8), byte(from), byte(to>>8), byte(to)),
	)
}

// neighbour asks for neighbour discovery (RFC 4861, 4.1 to 4.4).
func neighbour() nft.Match {
	return nft.Ethertype(unix.ETH_P_IPV6).Then(nft.Protocol(unix.IPPROTO_ICMPV6)...).Then(
		nft.Transport(0, 1, nft.Reg1),
		&expr.Cmp{Op: expr.CmpOpGte, Register: nft.Reg1, Data: []byte{133}},
		&expr.Cmp{Op: expr.CmpOpLte, Register: nft.Reg1, Data: []byte{136}},
	)
}

// lives asks whether a lease is still there: the kernel takes it away at its end.
func lives(set string, lease int) nft.Match {
	return nft.Match{&expr.Immediate{Register: nft.Reg1, Data: binaryutil.NativeEndian.PutUint32(uint32(lease))}, nft.In(set, false)}
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
