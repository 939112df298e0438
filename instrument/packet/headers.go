package packet

import "net/netip"

// The protocols that are told apart: the numbers of IANA's "Protocol Numbers".
const (
	ICMP   = 1
	IPIP   = 4
	TCP    = 6
	UDP    = 17
	IPv6in = 41 // IPv6 in IP
	GRE    = 47
	ICMPv6 = 58
	SCTP   = 132
)

// named are the protocols that rules and orders name.
var named = [...]struct {
	number uint8
	name   string
}{{ICMP, "icmp"}, {TCP, "tcp"}, {UDP, "udp"}, {GRE, "gre"}, {ICMPv6, "icmpv6"}, {SCTP, "sctp"}}

// Number returns the number of a protocol that rules and orders name, such as tcp; false of another name.
func Number(name string) (uint8, bool) {
	for _, p := range named {
		if p.name == name {
			return p.number, true
		}
	}
	return 0, false
}

// Name returns the name of a protocol by its number; "" where rules and orders have none for it.
func Name(number uint8) string {
	for _, p := range named {
		if p.number == number {
			return p.name
		}
	}
	return ""
}

// The flags of TCP, RFC 9293 section 3.1, as bits.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Fault is what is wrong with a packet.
type Fault uint8

// The faults. Cut is the capture's and not the packet's: it ends before a header that the
// packet says it has.
const (
	Sound     Fault = iota
	Cut             // not all of its headers were captured
	NotIP           // ARP, LLDP …: nothing is told but its length and EtherType
	BadLink         // shorter than a link header
	BadIP           // version, header length or total length contradict each other or the frame
	BadChain        // extension headers or tags run on beyond their bounds
	BadHeader       // the header of TCP, UDP, ICMP or GRE is longer than the packet, or too short
)

var faults = [...]string{
	Sound: "sound", Cut: "cut", NotIP: "not ip", BadLink: "bad link", BadIP: "bad ip",
	BadChain: "bad chain", BadHeader: "bad header",
}

// String returns the fault in words.
func (f Fault) String() string {
	if int(f) >= len(faults) {
		return "invalid"
	}
	return faults[f]
}

// Malformed says that whoever sent the packet broke it.
func (f Fault) Malformed() bool { return f >= BadIP }

// Headers is what the headers of a packet say. What was not reached is zero.
type Headers struct {
	Source, Destination           netip.Addr // of the outermost IP header
	InnerSource, InnerDestination netip.Addr // of the packet in a tunnel, where it is one
	SourcePort, DestinationPort   uint16     // TCP and UDP
	Length                        int        // bytes on the wire, of the link header on
	Payload                       int        // bytes behind the header of TCP, UDP or ICMP, as IP says
	EtherType                     uint16     // behind the tags; of an IP packet without a link 0x0800 or 0x86dd
	VLAN                          [2]uint16  // identifiers of the tags, outer one first
	Tags                          uint8      // how many: 0 to 2
	Protocol                      uint8      // behind the extension headers
	InnerProtocol                 uint8
	Flags                         uint8 // TCP
	Type, Code                    uint8 // ICMP and ICMPv6
	Fragment                      bool  // a part of a packet
	Later                         bool  // a part that is not the first: it has no header of TCP or UDP
	Tunnel                        bool  // GRE or IP in IP; the ports are of no header then
	Fault                         Fault
}

// Opens says whether the packet asks for a TCP connection: SYN without ACK, whatever else is set.
func (h *Headers) Opens() bool {
	return h.Protocol == TCP && h.Flags&(SYN|ACK|RST|FIN) == SYN
}

// Accepts says whether the packet answers that a TCP connection is wanted: SYN and ACK.
func (h *Headers) Accepts() bool {
	return h.Protocol == TCP && h.Flags&(SYN|ACK|RST) == SYN|ACK
}

// Pings says whether the packet asks for an echo: RFC 792, RFC 4443 section 4.1.
func (h *Headers) Pings() bool { return h.isICMP(8, 128) }

// Echoes says whether the packet answers an echo request.
func (h *Headers) Echoes() bool { return h.isICMP(0, 129) }

// isICMP says whether the packet is ICMP of a type, or ICMPv6 of another.
func (h *Headers) isICMP(four, six uint8) bool {
	if h.Later || h.Fault.Malformed() {
		return false
	}
	return h.Protocol == ICMP && h.Type == four || h.Protocol == ICMPv6 && h.Type == six
}

// Refuses says whether the packet breaks a TCP connection off.
func (h *Headers) Refuses() bool { return h.Protocol == TCP && h.Flags&RST != 0 }
