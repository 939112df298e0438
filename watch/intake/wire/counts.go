package wire

import (
	"net/netip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/sketch"
)

// The bounds of a second.
const (
	// TopDestinations is how many destinations of a second are named.
	TopDestinations = 8
	// MostTalks is how many conversations of a second are named.
	MostTalks = 16
	// topFlows is how many destinations become flow records.
	topFlows = 4
	// SmallBytes is the longest small packet, in bytes on the wire.
	SmallBytes = 128
)

// Counts is what passed the port of one guest in one second. Packets, where nothing else is said;
// "out" is from the guest. It holds no pointers: whoever counts may copy it.
type Counts struct {
	PacketsOut, BytesOut uint64 // bytes on the wire
	PacketsIn, BytesIn   uint64
	SynsOut              uint64 // SYN without ACK, RST and FIN
	SynAcksIn            uint64
	ResetsIn             uint64
	SmallOut             uint64 // of at most SmallBytes
	UDPOut, UDPIn        uint64
	FragmentsOut         uint64
	MalformedOut         uint64
	SpoofedOut           uint64 // from a public address that is not the guest's own: see Public
	FlowsOut             uint64 // SYNs and the first datagrams of UDP flows
	ICMPOut              uint64 // ICMP and ICMPv6
	EchoesIn             uint64 // answers to echo requests
	MailOut              uint64 // SYNs to ports 25, 465 and 587
	LoginsOut            uint64 // SYNs to ports 22, 23, 3389 and 5900 of public addresses
	Limited, Dropped     uint64 // by a measure

	// Bytes by index in evenkeel.ReflectionPorts: out from such a port of the guest, in to it.
	ReflectedOut, ReflectedIn [len(evenkeel.ReflectionPorts)]uint64

	// Which public addresses a SYN was sent to, which pairs of such an address and a port,
	// which public addresses got packets from a port of evenkeel.ReflectionPorts, and which the first datagram of
	// a UDP flow or an echo request. The bits of a guest are by one hash for as long as a Meter sees it.
	Hosts, Services, Victims, Probed sketch.Bits

	// ServicePort is the destination port that got most SYNs, and ServiceSyns how many. With port 0 nobody
	// counted them.
	ServicePort uint16
	ServiceSyns uint64

	// Victim is the address that got most packets, over all of its ports; its Port is 0 where
	// these were several. Top are the destinations that got most, most first; what is not there is
	// zero.
	Victim Destination
	Top    [TopDestinations]Destination

	// Talks are ports of public addresses with which the guest spoke over TCP, but for clients of its own services;
	// those that it goes on speaking with for long are among them. Packets, Bytes and Syns are at least what went
	// there. What is not there is zero.
	Talks [MostTalks]Destination

	// Deaf says that what the guest is sent was not seen: see Unheard.
	Deaf bool
}

// Unheard says that what the guest is sent was not seen at its port, as on kernels that have no TCX. What is missing speaks
// against nobody: of what came in nothing is told, and as accepted count as many SYNs as can have been: each
// answer makes the guest send at least one packet of TCP more.
func (c *Counts) Unheard() {
	other := c.SynsOut + c.UDPOut + c.ICMPOut
	c.Deaf, c.SynAcksIn = true, min(c.SynsOut, c.PacketsOut-min(c.PacketsOut, other))
}

// Destination is where packets were sent to.
type Destination struct {
	Address        netip.Addr
	Port           uint16 // 0 without one
	Protocol       uint8  // as in IP
	Packets, Bytes uint64
	Syns           uint64
	Stratum        bool // the first payload was that of a miner; false where nobody looks
}

// Seen says whether anything passed at all.
func (c *Counts) Seen() bool {
	return c.PacketsOut|c.PacketsIn|c.Limited|c.Dropped != 0
}

// reflection is the index in evenkeel.ReflectionPorts, or -1.
func reflection(port uint16) int {
	switch { // most packets are of neither
	case port > 11211 || port < 19:
		return -1
	}
	for i, p := range evenkeel.ReflectionPorts {
		if p == port {
			return i
		}
	}
	return -1
}

func isMail(port uint16) bool { return port == 25 || port == 465 || port == 587 }

func isLogin(port uint16) bool { return port == 22 || port == 23 || port == 3389 || port == 5900 }

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// Public says whether an address is somebody's on the internet. Private and shared ranges, links, loops
// and groups are not: a guest that sends to or from those harms nobody outside, and
// packets from the networks of its own containers leak at times.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}
