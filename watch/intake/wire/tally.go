package wire

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// The bounds of what is told apart in one second of a guest. What comes after so many is counted, and
// not named: whoever gets most of a second is among the first.
const (
	mostDestinations = 1024
	mostServicePorts = 512
	recentFlows      = 512
)

// A tally counts the packets of one guest and second.
type tally struct {
	key    siphash.Key
	counts Counts
	known  *connections // that are followed
	// Destinations by address and port, and by address alone: a flood at many ports of one
	// address has many of these and is one.
	places, addresses places
	talks             places              // what Counts.Talks is made of
	ports             map[uint16]uint64   // SYNs by destination port
	recent            [recentFlows]uint32 // flows of UDP that were seen last, over seconds
}

// place tells destinations apart.
type place struct {
	address  netip.Addr
	port     uint16
	protocol uint8
}

// places are the first destinations of a second, at most mostDestinations.
type places struct {
	at  map[place]int // into all
	all []Destination
}

// one returns the destination of a place; nil where there is no room.
func (p *places) one(at place, h *packet.Headers) *Destination {
	i, ok := p.at[at]
	if !ok {
		if i = len(p.all); i == mostDestinations {
			return nil
		}
		p.at[at] = i
		p.all = append(p.all, Destination{Address: h.Destination, Port: h.DestinationPort, Protocol: h.Protocol})
	}
	return &p.all[i]
}

func (p *places) clear() {
	clear(p.at)
	p.all = p.all[:0]
}

func (d *Destination) add(h *packet.Headers, opens bool) {
	d.Packets++
	d.Bytes += uint64(h.Length)
	if opens {
		d.Syns++
	}
}

func newTally(key siphash.Key, known *connections) *tally {
	return &tally{key: key, known: known, places: places{at: map[place]int{}}, addresses: places{at: map[place]int{}}, talks: places{at: map[place]int{}}, ports: map[uint16]uint64{}}
}

// hash is of an address and a number.
func (t *tally) hash(a netip.Addr, n uint64) uint64 {
	h := siphash.New(t.key)
	b := a.As16()
	for i := 0; i < len(b); i += 8 {
		v := uint64(0)
		for _, c := range b[i : i+8] {
			v = v<<8 | uint64(c)
		}
		h.Uint64(v)
	}
	h.Uint64(n)
	return h.Sum()
}

// out counts a packet that the guest sent.
func (t *tally) out(h *packet.Headers, own bool) {
	c := &t.counts
	c.PacketsOut++
	c.BytesOut += uint64(h.Length)
	if h.Length <= SmallBytes {
		c.SmallOut++
	}
	if h.Fragment {
		c.FragmentsOut++
	}
	if h.Fault.Malformed() {
		c.MalformedOut++
	}
	if !h.Source.IsValid() {
		return
	}
	if !own && Public(h.Source) {
		c.SpoofedOut++
	}
	opens, outside, begins := h.Opens(), Public(h.Destination), false
	switch {
	case opens:
		begins = true
		c.SynsOut++
		if n, ok := t.ports[h.DestinationPort]; ok || len(t.ports) < mostServicePorts {
			t.ports[h.DestinationPort] = n + 1
		}
		if isMail(h.DestinationPort) {
			c.MailOut++
		}
		if outside {
			if isLogin(h.DestinationPort) {
				c.LoginsOut++
			}
			c.Hosts.Add(t.hash(h.Destination, 0))
			c.Services.Add(t.hash(h.Destination, 1+uint64(h.DestinationPort)))
		}
	case h.Protocol == packet.UDP && !h.Later:
		c.UDPOut++
		if begins = t.begins(h.Destination, h.SourcePort, h.DestinationPort); begins && outside {
			c.Probed.Add(t.hash(h.Destination, 0))
		}
		if i := reflection(h.SourcePort); i >= 0 {
			c.ReflectedOut[i] += uint64(h.Length)
			if outside {
				c.Victims.Add(t.hash(h.Destination, 0))
			}
		}
	case h.Protocol == packet.UDP:
		c.UDPOut++
	case h.Pings():
		if outside {
			c.Probed.Add(t.hash(h.Destination, 0))
		}
	}
	if (h.Protocol == packet.ICMP || h.Protocol == packet.ICMPv6) && !h.Later && !h.Fault.Malformed() {
		c.ICMPOut++
	}
	if begins {
		c.FlowsOut++
	}
	t.toward(h, opens)
	t.talking(h, opens)
}

// begins says whether a datagram is the first of its flow among those seen last.
func (t *tally) begins(remote netip.Addr, own, port uint16) bool {
	sum := t.hash(remote, 1<<32|uint64(own)<<16|uint64(port))
	slot, mark := &t.recent[sum%recentFlows], uint32(sum>>32)|1
	was := *slot
	*slot = mark
	return was != mark
}

// ephemeral is the first of the ports that clients take for themselves, on Linux and as IANA says (RFC 6335).
const ephemeral = 32768

// talking counts a packet for its conversation. Neither a SYN nor a RST begins one, and what a service answers is of none: it comes
// from the lower port of the two.
func (t *tally) talking(h *packet.Headers, opens bool) {
	if h.Protocol != packet.TCP || h.Later || h.SourcePort < h.DestinationPort && h.SourcePort < ephemeral || !Public(h.Destination) {
		return
	}
	at := place{h.Destination, h.DestinationPort, h.Protocol}
	if h.Flags&(packet.SYN|packet.RST) != 0 {
		if _, began := t.talks.at[at]; !began && t.known.order(at.address, at.port) > 0 {
			return
		}
	}
	if d := t.talks.one(at, h); d != nil {
		d.add(h, opens)
	}
}

// toward counts a packet for its destination.
func (t *tally) toward(h *packet.Headers, opens bool) {
	if d := t.places.one(place{h.Destination, h.DestinationPort, h.Protocol}, h); d != nil {
		d.add(h, opens)
	}
	if d := t.addresses.one(place{address: h.Destination}, h); d != nil {
		if d.add(h, opens); d.Port != h.DestinationPort || d.Protocol != h.Protocol {
			d.Port = 0
		}
		if d.Protocol != h.Protocol {
			d.Protocol = 0
		}
	}
}

// in counts a packet that the guest got.
func (t *tally) in(h *packet.Headers) {
	c := &t.counts
	c.PacketsIn++
	c.BytesIn += uint64(h.Length)
	switch {
	case h.Accepts():
		c.SynAcksIn++
	case h.Refuses():
		c.ResetsIn++
	case h.Echoes():
		c.EchoesIn++
	case h.Protocol == packet.UDP:
		c.UDPIn++
		if i := reflection(h.DestinationPort); i >= 0 && !h.Later {
			c.ReflectedIn[i] += uint64(h.Length)
		}
		if !h.Later { // an answer to it is of this flow
			t.begins(h.Source, h.DestinationPort, h.SourcePort)
		}
	}
}

// close returns the second's Counts and begins the next one. Conversations that are followed come before others.
func (t *tally) close() Counts {
	c := t.counts
	for port, n := range t.ports {
		if n > c.ServiceSyns || n == c.ServiceSyns && port < c.ServicePort {
			c.ServicePort, c.ServiceSyns = port, n
		}
	}
	slices.SortFunc(t.places.all, moreFirst)
	copy(c.Top[:], t.places.all)
	if all := t.addresses.all; len(all) > 0 {
		c.Victim = slices.MinFunc(all, moreFirst)
	}
	slices.SortFunc(t.talks.all, func(a, b Destination) int {
		return cmp.Or(t.known.order(a.Address, a.Port)-t.known.order(b.Address, b.Port), moreFirst(a, b))
	})
	copy(c.Talks[:], t.talks.all)
	t.counts = Counts{}
	t.places.clear()
	t.addresses.clear()
	t.talks.clear()
	clear(t.ports)
	return c
}

// moreFirst orders destinations by packets; whatever order they came in, it is the same.
func moreFirst(a, b Destination) int {
	return cmp.Or(cmp.Compare(b.Packets, a.Packets), cmp.Compare(b.Bytes, a.Bytes), a.Address.Compare(b.Address),
		cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
}
