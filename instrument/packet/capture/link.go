package capture

import (
	"fmt"

	"github.com/evenkeel/evenkeel/instrument/packet"
)

// Link is the kind of link that a packet was taken from: a LINKTYPE_ of tcpdump.org.
type Link uint16

// The links that are read.
const (
	Null     Link = 0   // BSD loopback: a family in the order of bytes of whoever captured
	Ethernet Link = 1   // IEEE 802.3
	rawOld   Link = 12  // raw IP of some systems
	rawBSD   Link = 14  // raw IP of OpenBSD
	Raw      Link = 101 // IPv4 or IPv6
	Loop     Link = 108 // OpenBSD loopback: a family in network order
	SLL      Link = 113 // "any" of Linux
	RawIPv4  Link = 228
	RawIPv6  Link = 229
	SLL2     Link = 276 // "any" of Linux since 2018
)

// Known says whether the headers of a packet of this link can be read.
func (l Link) Known() bool {
	switch l {
	case Null, Ethernet, rawOld, rawBSD, Raw, Loop, SLL, RawIPv4, RawIPv6, SLL2:
		return true
	}
	return false
}

// String returns the name of a known link, else its number.
func (l Link) String() string {
	switch l {
	case Null:
		return "null"
	case Ethernet:
		return "ethernet"
	case rawOld, rawBSD, Raw, RawIPv4, RawIPv6:
		return "raw ip"
	case Loop:
		return "loop"
	case SLL:
		return "linux sll"
	case SLL2:
		return "linux sll2"
	}
	return fmt.Sprintf("link type %d", uint16(l))
}

const (
	sllBytes  = 16 // the EtherType stands at its end
	sll2Bytes = 20 // the EtherType stands at its beginning
	nullBytes = 4
)

// Headers reads the packet's headers; not ok where its link is not known.
func (p *Packet) Headers() (h packet.Headers, ok bool) {
	switch p.Link {
	case Ethernet:
		return packet.Ethernet(p.Data, p.Wire), true
	case rawOld, rawBSD, Raw, RawIPv4, RawIPv6:
		return packet.IP(p.Data, p.Wire), true
	case SLL:
		return packet.Typed(p.Data, sllBytes, p.Wire), true
	case SLL2:
		kind := uint16(0)
		if len(p.Data) >= 2 {
			kind = uint16(p.Data[0])<<8 | uint16(p.Data[1])
		}
		return packet.Link(p.Data, kind, sll2Bytes, p.Wire), true
	case Null, Loop:
		return packet.Link(p.Data, p.family(), nullBytes, p.Wire), true
	}
	return h, false
}

// family is the EtherType of a loopback's address family, whichever way round it stands: 2 is
// IPv4 everywhere; IPv6 is 24, 28 or 30, as the system has it.
func (p *Packet) family() uint16 {
	if len(p.Data) < nullBytes {
		return 0
	}
	v := p.Data[0] | p.Data[3]
	if p.Data[1] != 0 || p.Data[2] != 0 || p.Data[0] != 0 && p.Data[3] != 0 {
		return 0
	}
	switch v {
	case 2:
		return 0x0800
	case 10, 24, 28, 30:
		return 0x86dd
	}
	return 0
}
