package packet

import "net/netip"

const (
	tcpBytes  = 20
	udpBytes  = 8
	icmpBytes = 4 // of which type and code are read
	greBytes  = 4
)

// transport reads the header behind IP. b is what was captured of long bytes.
func (h *Headers) transport(b []byte, long int) {
	h.Payload = long
	if h.Later {
		return
	}
	switch h.Protocol {
	case TCP:
		h.tcp(b, long)
	case UDP:
		h.udp(b, long)
	case ICMP, ICMPv6:
		if len(b) < icmpBytes {
			h.Fault = h.lacking(long, icmpBytes)
			return
		}
		h.Type, h.Code, h.Payload = b[0], b[1], long-icmpBytes
	case GRE:
		h.Tunnel = true
		h.gre(b, long)
	case IPIP, IPv6in:
		h.Tunnel = true
		h.inner(b, h.Protocol == IPv6in)
	}
}

// lacking is the fault of a header that is not all there. A first fragment may end in it: that is
// an old way to hide a header (RFC 1858), and still the sender's doing.
func (h *Headers) lacking(long, wanted int) Fault { return short(long, wanted, BadHeader) }

// tcp reads RFC 9293 section 3.1.
func (h *Headers) tcp(b []byte, long int) {
	if len(b) >= 4 {
		h.SourcePort, h.DestinationPort = be.Uint16(b), be.Uint16(b[2:])
	}
	if len(b) < 14 { // up to the flags
		h.Fault = h.lacking(long, tcpBytes)
		return
	}
	head := int(b[12]>>4) * 4
	if head < tcpBytes || head > long {
		h.Fault = BadHeader
		return
	}
	h.Flags, h.Payload = b[13], long-head
}

// udp reads RFC 768. A length of 0 is allowed in jumbograms and in segments that are cut later.
func (h *Headers) udp(b []byte, long int) {
	if len(b) < udpBytes {
		if len(b) >= 4 {
			h.SourcePort, h.DestinationPort = be.Uint16(b), be.Uint16(b[2:])
		}
		h.Fault = h.lacking(long, udpBytes)
		return
	}
	h.SourcePort, h.DestinationPort = be.Uint16(b), be.Uint16(b[2:])
	size := int(be.Uint16(b[4:]))
	if size != 0 && (size < udpBytes || size > long && !h.Fragment) {
		h.Fault = BadHeader
		return
	}
	h.Payload = long - udpBytes
}

// gre reads RFC 2784 and 2890 as far as what is in it.
func (h *Headers) gre(b []byte, long int) {
	if len(b) < greBytes {
		h.Fault = h.lacking(long, greBytes)
		return
	}
	flags, kind, size := be.Uint16(b), be.Uint16(b[2:]), greBytes
	if flags&7 != 0 { // version 1 is PPTP's
		return
	}
	for _, bit := range [...]uint16{0x8000, 0x2000, 0x1000} { // checksum, key, sequence number
		if flags&bit != 0 {
			size += 4
		}
	}
	if size > long {
		h.Fault = BadHeader
		return
	}
	if size > len(b) {
		return
	}
	switch kind {
	case typeIPv4:
		h.inner(b[size:], false)
	case typeIPv6:
		h.inner(b[size:], true)
	}
}

// inner tells whose packet is in a tunnel, where it can be read. What is wrong with it is no
// fault of the packet around it.
func (h *Headers) inner(b []byte, six bool) {
	switch {
	case !six && len(b) >= ipv4Bytes && b[0]>>4 == 4:
		h.InnerSource, h.InnerDestination = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
		h.InnerProtocol = b[9]
	case six && len(b) >= ipv6Bytes && b[0]>>4 == 6:
		h.InnerSource, h.InnerDestination = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
		h.InnerProtocol = b[6]
	}
}
