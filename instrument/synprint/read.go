package synprint

import (
	"encoding/binary"
	"errors"

	"github.com/evenkeel/evenkeel/instrument/packet"
)

// Why there is no print.
var (
	// ErrMalformed: it is no IP packet, or its headers are cut or contradict each other.
	ErrMalformed = errors.New("read the SYN: the headers are cut or contradict each other")
	// ErrNoSYN: it is a packet that opens no TCP connection.
	ErrNoSYN = errors.New("read the SYN: the packet opens no TCP connection")
	// ErrChain: TCP stands behind extension headers of IPv6, which no browser sends.
	ErrChain = errors.New("read the SYN: extension headers stand before TCP")
)

const (
	ipv4Bytes = 20
	ipv6Bytes = 40
	tcpBytes  = 20

	optionEnd   = 0 // RFC 9293, section 3.1
	optionNone  = 1
	optionMSS   = 2
	optionScale = 3 // RFC 7323, section 2.2
	mostScale   = 14
)

// Read returns the print of a SYN: an IP packet from its first byte on, with at least the headers of IP and TCP. Data behind
// them need not be there.
func Read(syn []byte) (p Print, err error) {
	wire := len(syn) // what was captured may be less than the packet says
	switch {
	case len(syn) >= ipv4Bytes && syn[0]>>4 == 4:
		wire = max(wire, int(binary.BigEndian.Uint16(syn[2:])))
	case len(syn) >= ipv6Bytes && syn[0]>>4 == 6:
		wire = max(wire, ipv6Bytes+int(binary.BigEndian.Uint16(syn[4:])))
	default:
		return p, ErrMalformed
	}
	h := packet.IP(syn, wire)
	switch {
	case h.Fault != packet.Sound:
		return p, ErrMalformed
	case !h.Opens() || h.Tunnel || h.Later:
		return p, ErrNoSYN
	}
	at := ipv6Bytes
	if p.Version = syn[0] >> 4; p.Version == 4 {
		at = int(syn[0]&15) * 4
		p.TTL, p.DontFragment = syn[8], syn[6]&0x40 != 0
	} else {
		p.TTL = syn[7]
		if syn[6] != packet.TCP {
			return p, ErrChain
		}
	}
	tcp := syn[at:]
	if len(tcp) < tcpBytes || len(tcp) < int(tcp[12]>>4)*4 {
		return p, ErrMalformed
	}
	p.ECN = h.Flags&(packet.ECE|packet.CWR) == packet.ECE|packet.CWR
	p.Window = binary.BigEndian.Uint16(tcp[14:])
	p.options(tcp[tcpBytes : int(tcp[12]>>4)*4])
	return p, nil
}

// options reads RFC 9293, section 3.1. A kernel takes a SYN whose options are broken and passes over the rest of them.
func (p *Print) options(b []byte) {
	for len(b) > 0 {
		kind := b[0]
		p.order[p.many] = kind
		p.many++
		if kind == optionEnd {
			return
		}
		if kind == optionNone {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			p.Broken = true
			return
		}
		switch long := b[1]; {
		case kind == optionMSS && long == 4:
			p.MSS = binary.BigEndian.Uint16(b[2:])
		case kind == optionScale && long == 3:
			p.Scale, p.Scaled = min(b[2], mostScale), true
		case kind == optionMSS, kind == optionScale:
			p.Broken = true
			return
		}
		b = b[b[1]:]
	}
}
