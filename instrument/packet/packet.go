package packet

import (
	"encoding/binary"
	"net/netip"
)

// EtherTypes, IEEE 802 numbers of IANA.
const (
	typeIPv4   = 0x0800
	typeIPv6   = 0x86dd
	typeVLAN   = 0x8100 // 802.1Q
	typeQinQ   = 0x88a8 // 802.1ad
	typeQinQ91 = 0x9100 // what came before 802.1ad
)

const (
	ethernetBytes = 14
	tagBytes      = 4
	mostTags      = 2
	ipv4Bytes     = 20
	ipv6Bytes     = 40
	mostChain     = 8 // extension headers; RFC 8200 expects each but one at most once
)

var be = binary.BigEndian

// Ethernet reads a frame. wire is the length that it had, at least len(frame).
func Ethernet(frame []byte, wire int) (h Headers) {
	h.Length = max(wire, len(frame))
	if h.Length < ethernetBytes {
		h.Fault = BadLink
		return h
	}
	if len(frame) < ethernetBytes {
		h.Fault = Cut
		return h
	}
	h.tagged(frame, 12)
	return h
}

// Typed reads what stands behind a link header that is not Ethernet's but ends with an EtherType,
// which is at offset at-2 of frame.
func Typed(frame []byte, at, wire int) (h Headers) {
	h.Length = max(wire, len(frame))
	if at < 2 || len(frame) < at {
		h.Fault = BadLink
		if h.Length >= at {
			h.Fault = Cut
		}
		return h
	}
	h.tagged(frame, at-2)
	return h
}

// Link reads a packet of a known EtherType that stands at offset at of frame.
func Link(frame []byte, etherType uint16, at, wire int) (h Headers) {
	h.Length = max(wire, len(frame))
	if at > len(frame) {
		h.Fault = Cut
		return h
	}
	h.EtherType = etherType
	h.network(frame[at:], h.Length-at)
	return h
}

// IP reads a packet without a link header.
func IP(packet []byte, wire int) (h Headers) {
	h.Length = max(wire, len(packet))
	if len(packet) == 0 {
		h.Fault = Cut
		return h
	}
	switch packet[0] >> 4 {
	case 4:
		h.EtherType = typeIPv4
	case 6:
		h.EtherType = typeIPv6
	default:
		h.Fault = BadIP
		return h
	}
	h.network(packet, h.Length)
	return h
}

// tagged reads tags from the EtherType at offset at on.
func (h *Headers) tagged(frame []byte, at int) {
	h.EtherType = be.Uint16(frame[at:])
	at += 2
	for h.EtherType == typeVLAN || h.EtherType == typeQinQ || h.EtherType == typeQinQ91 {
		if h.Tags == mostTags {
			h.Fault = BadChain
			return
		}
		if len(frame) < at+tagBytes {
			h.Fault = h.cutOr(at+tagBytes, BadChain)
			return
		}
		h.VLAN[h.Tags] = be.Uint16(frame[at:]) & 0x0fff
		h.Tags++
		h.EtherType = be.Uint16(frame[at+2:])
		at += tagBytes
	}
	h.network(frame[at:], h.Length-at)
}

// cutOr is Cut where the frame was long enough for what is wanted, else the fault.
func (h *Headers) cutOr(wanted int, f Fault) Fault {
	if h.Length >= wanted {
		return Cut
	}
	return f
}

// network reads an IP header. b is what was captured of it, of long bytes on the wire.
func (h *Headers) network(b []byte, long int) {
	switch h.EtherType {
	case typeIPv4:
		h.ipv4(b, long)
	case typeIPv6:
		h.ipv6(b, long)
	default:
		h.Fault = NotIP
	}
}

// ipv4 reads RFC 791 section 3.1. A frame may be padded beyond the packet's own length, which is
// what counts from here on. A total length of 0 is what the kernel hands to captures of
// segments that its network card cuts later: the frame's length counts then.
func (h *Headers) ipv4(b []byte, long int) {
	if len(b) < ipv4Bytes {
		h.Fault = short(long, ipv4Bytes, BadIP)
		return
	}
	head, total := int(b[0]&15)*4, int(be.Uint16(b[2:]))
	if total == 0 {
		total = long
	}
	if b[0]>>4 != 4 || head < ipv4Bytes || total < head || total > long {
		h.Fault = BadIP
		return
	}
	h.Source, h.Destination = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	h.Protocol = b[9]
	part := be.Uint16(b[6:])
	h.Fragment, h.Later = part&0x3fff != 0, part&0x1fff != 0
	if len(b) < head {
		h.Fault = Cut
		return
	}
	h.transport(b[head:min(total, len(b))], total-head)
}

// ipv6 reads RFC 8200 section 3, and the extension headers that have lengths of their own.
func (h *Headers) ipv6(b []byte, long int) {
	if len(b) < ipv6Bytes {
		h.Fault = short(long, ipv6Bytes, BadIP)
		return
	}
	rest := int(be.Uint16(b[4:]))
	if rest == 0 && b[6] != 0 && b[6] != noNext { // segments that the network card cuts later
		rest = long - ipv6Bytes
	}
	if b[0]>>4 != 6 || rest > long-ipv6Bytes {
		h.Fault = BadIP
		return
	}
	h.Source, h.Destination = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	h.chain(b[ipv6Bytes:min(ipv6Bytes+rest, len(b))], rest, b[6])
}

// The extension headers: RFC 8200 section 4, RFC 4302 (authentication), RFC 6275 (mobility), RFC
// 7401 (host identity), RFC 5533 (shim6).
const (
	hopByHop    = 0
	routing     = 43
	fragment    = 44
	security    = 50 // what stands behind is not to be read
	authentic   = 51
	noNext      = 59
	destOptions = 60
	mobility    = 135
	identity    = 139
	shim        = 140
)

// chain goes through the extension headers of IPv6.
func (h *Headers) chain(b []byte, long int, next uint8) {
	for range mostChain + 1 {
		h.Protocol = next
		size := 0
		switch next {
		case hopByHop, routing, destOptions, mobility, identity, shim, fragment, authentic:
			if len(b) < 8 {
				h.Fault = short(long, 8, BadChain)
				return
			}
		}
		switch next {
		case hopByHop, routing, destOptions, mobility, identity, shim:
			size = 8 + 8*int(b[1])
		case authentic:
			size = 8 + 4*int(b[1])
		case fragment:
			size = 8
			part := be.Uint16(b[2:])
			h.Fragment, h.Later = part&0xfff9 != 0, part&0xfff8 != 0
		default:
			h.transport(b, long)
			return
		}
		next = b[0]
		if size > long {
			h.Fault = BadChain
			return
		}
		if size > len(b) {
			h.Protocol, h.Fault = next, Cut
			return
		}
		b, long = b[size:], long-size
		if h.Later {
			h.Protocol, h.Payload = next, long
			return
		}
	}
	h.Fault = BadChain
}

// short is why fewer bytes are there than a header takes: not captured, or never sent.
func short(long, wanted int, f Fault) Fault {
	if long >= wanted {
		return Cut
	}
	return f
}
