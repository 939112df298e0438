package mirror

import (
	"encoding/binary"
	"net/netip"
)

// Marks are what is said of a packet.
type Marks uint16

// The marks, with the values of bpf/parse.h.
const (
	Fragment  Marks = 1 << iota
	Later           // a fragment that is not the first: no ports
	Malformed       // headers that contradict themselves or end early
	SYN             // without ACK
	SYNACK
	RST
	Tunnel // GRE, IP in IP, IPv6 in IPv4
	Ports  // TCP or UDP, with both ports
	ARP
	ICMP // its type is in SrcPort
)

// Frame is a frame as it comes to the hook.
type Frame struct {
	Data     []byte
	Piece    uint32 // bytes of payload of each packet that it is to be cut into; 0 if it is one packet
	Segments uint32 // into how many; 0 where only the size of a piece is known
}

// Packet is what the headers of a frame say.
type Packet struct {
	Src, Dst         netip.Addr // invalid where there is no IP header that can be read
	SrcPort, DstPort uint16
	Protocol         uint8
	Marks            Marks
	Headers          int    // where they end in the frame
	Packets          uint32 // on the wire
	Bytes            uint32 // on the wire, of all of them
	Size             uint32 // on the wire, of one
}

// mostExtensions is the number of extension headers that are walked over.
const mostExtensions = 8

// Parse reads the headers of a frame: Ethernet, at most two VLAN tags, IPv4 (RFC 791) or IPv6 (RFC 8200),
// TCP, UDP or ICMP. Padding behind the IP packet is not looked at.
func Parse(f Frame) Packet {
	var p Packet
	p.parse(f.Data, f.Piece > 0)
	n := uint32(len(f.Data))
	p.Packets, p.Bytes, p.Size = 1, n, n
	if headers := uint32(p.Headers); f.Piece > 0 && n > headers {
		p.Packets = f.Segments
		if p.Packets == 0 {
			p.Packets = (n - headers + f.Piece - 1) / f.Piece
		}
		p.Bytes = n + (p.Packets-1)*headers
		if p.Packets > 1 {
			p.Size = headers + f.Piece
		}
	}
	return p
}

func (p *Packet) parse(data []byte, uncut bool) {
	p.Headers = 14
	if len(data) < 14 {
		p.Marks = Malformed
		return
	}
	kind := binary.BigEndian.Uint16(data[12:])
	for range 2 {
		if kind != 0x8100 && kind != 0x88a8 && kind != 0x9100 {
			break
		}
		if len(data) < p.Headers+4 {
			// The program moves on over tags only once all are read.
			p.Marks, p.Headers = Malformed, 14
			return
		}
		kind = binary.BigEndian.Uint16(data[p.Headers+2:])
		p.Headers += 4
	}
	rest := data[p.Headers:]
	switch kind {
	case 0x0800:
		p.v4(rest, uncut)
	case 0x86dd:
		p.v6(rest, uncut)
	case 0x0806:
		p.Marks = ARP
	}
}

func (p *Packet) v4(d []byte, uncut bool) {
	if len(d) < 20 || d[0]>>4 != 4 {
		p.Marks = Malformed
		return
	}
	size, total := int(d[0]&15)*4, int(binary.BigEndian.Uint16(d[2:]))
	if uncut {
		total = len(d) // a packet that is to be cut may be longer than its length field can say
	}
	if size < 20 || total < size || total > len(d) {
		p.Marks = Malformed
		return
	}
	p.Src, p.Dst = netip.AddrFrom4([4]byte(d[12:])), netip.AddrFrom4([4]byte(d[16:]))
	p.Protocol = d[9]
	p.Headers += size
	if fragment := binary.BigEndian.Uint16(d[6:]); fragment&0x3fff != 0 {
		p.Marks |= Fragment
		if fragment&0x1fff != 0 {
			p.Marks |= Later
			return
		}
	}
	p.transport(d[size:total], uncut)
}

func (p *Packet) v6(d []byte, uncut bool) {
	if len(d) < 40 || d[0]>>4 != 6 {
		p.Marks = Malformed
		return
	}
	payload, next := int(binary.BigEndian.Uint16(d[4:])), d[6]
	if uncut || payload == 0 && next == 0 { // which may be a jumbogram (RFC 2675)
		payload = len(d) - 40
	}
	if payload > len(d)-40 {
		p.Marks = Malformed
		return
	}
	p.Src, p.Dst = netip.AddrFrom16([16]byte(d[8:])), netip.AddrFrom16([16]byte(d[24:]))
	p.Headers += 40
	d = d[40 : 40+payload]
	for range mostExtensions {
		if !isExtension(next) {
			break
		}
		if len(d) < 8 {
			p.Marks |= Malformed
			return
		}
		n := int(d[1])*8 + 8
		switch next {
		case 51: // authentication (RFC 4302) counts in words of four bytes
			n = int(d[1])*4 + 8
		case 44:
			n = 8
			p.Marks |= Fragment
			if binary.BigEndian.Uint16(d[2:])&0xfff8 != 0 {
				p.Marks |= Later
			}
		}
		if len(d) < n {
			p.Marks |= Malformed
			return
		}
		next, d = d[0], d[n:]
		p.Headers += n
		if p.Marks&Later != 0 {
			p.Protocol = next
			return
		}
	}
	p.Protocol = next
	if isExtension(next) {
		p.Marks |= Malformed
		return
	}
	p.transport(d, uncut)
}

// isExtension says whether a protocol number is an extension header with its length where RFC 6564 puts it:
// hop-by-hop, routing, fragment, authentication, destination, mobility, host identity, shim6.
func isExtension(next uint8) bool {
	switch next {
	case 0, 43, 44, 51, 60, 135, 139, 140:
		return true
	}
	return false
}

func (p *Packet) transport(d []byte, uncut bool) {
	switch p.Protocol {
	case 6:
		if len(d) < 20 {
			p.Marks |= Malformed
			return
		}
		size := int(d[12]>>4) * 4
		if size < 20 || size > len(d) {
			p.Marks |= Malformed
			return
		}
		p.Headers += size
		switch d[13] & 0x12 {
		case 0x02:
			p.Marks |= SYN
		case 0x12:
			p.Marks |= SYNACK
		}
		if d[13]&0x04 != 0 {
			p.Marks |= RST
		}
	case 17:
		if len(d) < 8 {
			p.Marks |= Malformed
			return
		}
		size := int(binary.BigEndian.Uint16(d[4:]))
		if !uncut && (size < 8 || size > len(d) && p.Marks&Fragment == 0) {
			p.Marks |= Malformed
			return
		}
		p.Headers += 8
	case 1, 58:
		if len(d) < 8 {
			p.Marks |= Malformed
			return
		}
		p.SrcPort = uint16(d[0])
		p.Headers += 8
		p.Marks |= ICMP
		return
	case 4, 41, 47:
		p.Marks |= Tunnel
		return
	default:
		return
	}
	p.SrcPort, p.DstPort = binary.BigEndian.Uint16(d), binary.BigEndian.Uint16(d[2:])
	p.Marks |= Ports
}
