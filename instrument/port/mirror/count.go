package mirror

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// halves are an address as the program holds it: two words as they lie in memory of a little-endian machine.
func halves(a netip.Addr) (hi, lo uint64) {
	if a.Is4() {
		b := a.As4()
		return 0, uint64(binary.LittleEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
}

func hash(a netip.Addr, seed uint64) uint64 {
	hi, lo := halves(a)
	h := (lo ^ seed) * 0x9e3779b97f4a7c15
	h ^= h >> 32
	h = (h + hi) * 0xc2b2ae3d27d4eb4f
	return h ^ h>>29
}

func hashMore(h uint64, more uint32) uint64 {
	h = (h + uint64(more)) * 0x165667b19e3779f9
	return h ^ h>>31
}

func set(b *port.Bitmap, h uint64) { b[h>>58] |= 1 << (h >> 52 & 63) }

// topPlaces is among how many candidates for the top destination flows are spread.
const topPlaces = 4

// Top is a candidate for the address that gets most, and within it one for the flow. What the address got in
// other flows is in Rest.
type Top struct {
	To             netip.Addr
	Port           uint16
	Protocol       uint8
	Ports          bool // several ports or protocols
	Protocols      bool // several protocols
	Epoch          uint32
	SYNs           uint32
	Packets, Bytes uint64
	Rest           Rest
	Lost, LostFlow uint64 // packets that speak against the address, against the flow
}

// Rest is what an address got beside its candidate flow.
type Rest struct {
	SYNs           uint32
	Packets, Bytes uint64
}

// countTop keeps the majority of the addresses that share a place, if there is one, and of the flows to it (Boyer and
// Moore 1981).
func (p *Port) countTop(k *Packet, h uint64) {
	t := &p.Tops[h%topPlaces]
	n, bytes := uint64(k.Packets), uint64(k.Bytes)
	var syns uint32
	if k.Marks&SYN != 0 {
		syns = k.Packets
	}
	if t.Epoch != p.Epoch || t.To != k.Dst {
		if t.Epoch == p.Epoch && t.Packets+t.Rest.Packets > t.Lost+n {
			t.Lost += n
			return
		}
		*t = Top{To: k.Dst, Port: k.DstPort, Protocol: k.Protocol, Epoch: p.Epoch, SYNs: syns, Packets: n, Bytes: bytes}
		return
	}
	if t.Port == k.DstPort && t.Protocol == k.Protocol {
		t.SYNs += syns
		t.Packets += n
		t.Bytes += bytes
		return
	}
	t.Ports, t.Protocols = true, t.Protocols || t.Protocol != k.Protocol
	if t.Packets > t.LostFlow+n {
		t.LostFlow += n
		t.Rest.add(syns, n, bytes)
		return
	}
	t.Rest.add(t.SYNs, t.Packets, t.Bytes)
	t.Port, t.Protocol, t.LostFlow, t.SYNs, t.Packets, t.Bytes = k.DstPort, k.Protocol, 0, syns, n, bytes
}

func (r *Rest) add(syns uint32, packets, bytes uint64) {
	r.SYNs += syns
	r.Packets += packets
	r.Bytes += bytes
}

// Service is a candidate for the port that got most SYNs; of its SYNs, so many may have been to others.
type Service struct {
	Port         uint16
	SYNs, Others uint32
}

// countService keeps the ports that got most SYNs (space-saving; Metwally, Agrawal and El Abbadi 2005).
func (p *Port) countService(k *Packet) {
	if p.ServiceEpoch != p.Epoch {
		p.ServiceEpoch, p.ByService = p.Epoch, [port.ServicePlaces]Service{}
	}
	least := &p.ByService[0]
	for i := range p.ByService {
		s := &p.ByService[i]
		if s.Port == k.DstPort && s.SYNs > 0 {
			s.SYNs += k.Packets
			return
		}
		if s.SYNs < least.SYNs {
			least = s
		}
	}
	*least = Service{k.DstPort, least.SYNs + k.Packets, least.SYNs}
}

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// public says whether an address is somebody's on the internet: not private, shared, of a link, a loop or a group.
func public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// countSYN counts what is asked of SYNs alone.
func (p *Port) countSYN(k *Packet, h uint64) {
	p.countService(k)
	if !public(k.Dst) {
		return
	}
	set(&p.Counts.Hosts, h)
	set(&p.Counts.HostPorts, hashMore(h, uint32(k.DstPort)))
	if slices.Contains(port.LoginPorts[:], k.DstPort) {
		p.Counts.Logins += uint64(k.Packets)
	}
}

// recent remembers UDP flows: sets of four entries of 23 bits of the flow's hash, a bit that says that it
// was refused, and the epoch in which it was last seen, modulo 256.
const (
	recentFlows = 1024
	refusedFlow = 256
	flowForget  = 64 // epochs
)

type flow struct {
	tag             uint32
	at              int
	known, admitted bool
	full            bool // only flows that were let through lately are in its set
}

func (p *Port) findFlow(h uint64) flow {
	f := flow{tag: uint32(h>>32) &^ 511}
	if f.tag == 0 {
		f.tag = 512
	}
	first := int(h%(recentFlows/4)) * 4
	worst := uint32(0)
	for i := first; i < first+4; i++ {
		e := p.Recent[i]
		age := (p.Epoch - e) & 255
		if e != 0 && age < flowForget && e&^511 == f.tag {
			return flow{tag: f.tag, at: i, known: true, admitted: e&refusedFlow == 0}
		}
		worth := age + 1
		switch {
		case e == 0 || age >= flowForget:
			worth = 1000
		case e&refusedFlow != 0:
			worth = 500 + age
		}
		if worth > worst {
			worst, f.at = worth, i
		}
	}
	f.full = worst < 500
	return f
}

func (p *Port) keepFlow(f flow, refused bool) {
	if !f.known && refused && f.full {
		return
	}
	e := f.tag | p.Epoch&255
	if refused {
		e |= refusedFlow
	}
	p.Recent[f.at] = e
}

func (p *Port) countOut(k *Packet) {
	c, n, bytes := &p.Counts, uint64(k.Packets), uint64(k.Bytes)
	c.PacketsOut += n
	c.BytesOut += bytes
	if k.Size <= 128 {
		c.SmallOut += n
	}
	if k.Marks&SYN != 0 {
		c.SynsOut += n
		if i := slices.Index(port.MailPorts[:], k.DstPort); i >= 0 {
			c.Mail[i] += n
		}
	}
	if k.Protocol == 17 {
		c.UDPOut += n
		if i := slices.Index(port.Reflectors[:], k.SrcPort); i >= 0 {
			c.Reflected[i].Out += bytes
		}
		if i := slices.Index(port.Reflectors[:], k.DstPort); i >= 0 {
			c.Reflected[i].Asked += bytes
		}
	}
	if k.Marks&ICMP != 0 {
		c.ICMPOut += n
	}
	if k.Marks&Fragment != 0 {
		c.FragmentsOut += n
	}
	if k.Marks&Malformed != 0 {
		c.MalformedOut += n
	}
	if k.Marks&Tunnel != 0 {
		c.TunnelsOut += n
	}
}

// echo says whether a packet is a ping or an answer to one, by the type that it has in IPv4 (RFC 792) and in IPv6 (RFC 4443).
func (k *Packet) echo(v4, v6 uint16) bool {
	if k.Dst.Is4() {
		v6 = v4
	}
	return k.Marks&ICMP != 0 && k.SrcPort == v6
}

func (p *Port) countIn(k *Packet) {
	c, n := &p.Counts, uint64(k.Packets)
	c.PacketsIn += n
	c.BytesIn += uint64(k.Bytes)
	if k.Marks&SYNACK != 0 {
		c.SynAcksIn += n
	}
	if k.Marks&RST != 0 {
		c.RstsIn += n
	}
	if k.echo(0, 129) {
		c.EchoesIn += n
	}
	if k.Protocol == 17 {
		c.UDPIn += n
		if i := slices.Index(port.Reflectors[:], k.DstPort); i >= 0 {
			c.Reflected[i].In += uint64(k.Bytes)
		}
	}
}
