package port

import "net/netip"

// Reflectors are the UDP ports of which amplification is known: CHARGEN, DNS, portmap, NTP, SNMP,
// CLDAP, SLP, SSDP, WS-Discovery, mDNS, memcached.
var Reflectors = [11]uint16{19, 53, 111, 123, 161, 389, 427, 1900, 3702, 5353, 11211}

// MailPorts are the TCP ports of which the first use is told: relay and submission of mail.
var MailPorts = [3]uint16{25, 465, 587}

// LoginPorts are the TCP ports at which people log in from afar: SSH, Telnet, RDP, VNC.
var LoginPorts = [4]uint16{22, 23, 3389, 5900}

// ServicePlaces is among how many candidates the port that got most SYNs is found.
const ServicePlaces = 4

// Counts is what was seen at a port in a stretch of time. Packets and bytes are those on the
// wire: what a guest leaves to the host to be cut counts as the packets it becomes. Bytes include
// the Ethernet header. What this host dropped counts as sent, because the guest sent it; Refused
// says how much of it was dropped.
type Counts struct {
	PacketsOut, BytesOut uint64
	PacketsIn, BytesIn   uint64

	SynsOut    uint64 // TCP packets with SYN and without ACK
	SynAcksIn  uint64
	RstsIn     uint64
	SmallOut   uint64 // packets of at most 128 bytes
	UDPOut     uint64 // packets
	UDPIn      uint64
	ICMPOut    uint64 // ICMP and ICMPv6
	EchoesIn   uint64 // answers to echo requests
	FlowsOut   uint64 // SYNs, and UDP packets of a flow that was not seen lately in either direction
	TunnelsOut uint64 // GRE, IP in IP, IPv6 in IPv4; what is inside is not looked at

	FragmentsOut uint64
	MalformedOut uint64 // headers that contradict themselves or end early
	SpoofedOut   uint64 // a source that is not the guest's own; of a family of which any is known

	SpoofedPublic uint64 // of these, from addresses that are somebody's on the internet

	Logins    uint64                 // SYNs to LoginPorts of public addresses
	Mail      [len(MailPorts)]uint64 // SYNs to each of MailPorts
	Reflected [len(Reflectors)]Reflected

	// Which public addresses got a SYN, which pairs of such an address and a port, which public addresses got packets
	// from one of Reflectors, and which the first packet of a UDP flow or an echo request. One hash per port, for as
	// long as programs hang there.
	Hosts, HostPorts, Victims, Probed Bitmap

	// ServicePort is the destination port that surely got most SYNs, and ServiceSYNs how many it got at
	// least: no port got more than a ServicePlaces-th of SynsOut beyond that. Where only ServicePlaces ports
	// got any, both are exact. Zero where there were no SYNs.
	ServicePort uint16
	ServiceSYNs uint64

	Top    Top // the flow with the most packets, if it has a good part of them
	Victim Top // the address with the most, over all its flows; without port, or protocol, where it had several

	// Conversations had packets in this stretch: those that are not loud first, and of these the longest. What is
	// empty comes last.
	Conversations [MostConversations]Conversation

	Refused      [Causes]uint64 // packets that were dropped, by cause; nothing is at ByNothing
	RefusedBytes uint64
	Spared       uint64 // packets that a rule would have dropped, but their other end is never touched, or the guest needs them (Chatter)
	Untracked    uint64 // packets that a limit per destination did not ask about: its table had no room
	Looked       uint64 // packets whose payload was looked at
	Samples      uint64
	Overruns     uint64 // samples for which the ring had no room
}

// Reflected is the traffic of one reflection port, in bytes.
type Reflected struct {
	Out   uint64 // from this port of the guest: its answers
	In    uint64 // to this port of the guest: what it was asked
	Asked uint64 // from the guest to this port of others
}

// Top is the destination to which most packets went. Packets, Bytes and SYNs are at least what
// went there.
type Top struct {
	To       netip.AddrPort // invalid where nothing was sent
	Protocol uint8          // of IP
	Packets  uint64
	Bytes    uint64
	SYNs     uint64
}

// More is the one with more packets; of two with as many, the one whose address and port are less.
func More(a, b Top) Top {
	if b.Packets > a.Packets || b.Packets == a.Packets && b.To.Compare(a.To) < 0 {
		return b
	}
	return a
}

// Cause is why a packet was dropped.
type Cause uint8

// The causes, in the order in which they are asked.
const (
	ByNothing Cause = iota
	ByFlow          // one destination, protocol and port is dropped
	BySYNsTo        // limits per destination
	ByFlowsTo
	ByPacketsTo
	ByBitsTo
	BySYNs // limits of the port
	ByFlows
	ByPackets
	ByBits
	ByIsolation   // sent by an isolated guest
	ByIsolationIn // sent to an isolated guest

	Causes = int(ByIsolationIn) + 1
)

var causes = [Causes]string{
	"nothing", "drop-flow", "syn_rate_to", "new_flows_to", "rate_to", "bit_rate_to",
	"syn_rate", "new_flows", "rate", "bit_rate", "isolate", "isolate-in",
}

// String names a cause as the parameter of a measure is named.
func (c Cause) String() string {
	if int(c) < len(causes) {
		return causes[c]
	}
	return "unknown"
}

// Limited is how many packets limits dropped.
func (c *Counts) Limited() uint64 {
	var n uint64
	for i := BySYNsTo; i <= ByBits; i++ {
		n += c.Refused[i]
	}
	return n
}

// Dropped is how many packets were dropped for any cause.
func (c *Counts) Dropped() uint64 {
	var n uint64
	for _, v := range c.Refused {
		n += v
	}
	return n
}

// Sample is the beginning of one packet, as evidence: its headers, at most 128 bytes, and nothing
// behind them unless the port's rules say so.
type Sample struct {
	At    uint64 // ns of the boot clock
	Slot  Slot
	Bytes uint32 // on the wire
	Cause Cause  // why it was dropped, if it was
	Data  []byte // from the Ethernet header on
}
