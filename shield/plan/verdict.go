package plan

import (
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

// Packet is what a verdict asks of one packet at a port.
type Packet struct {
	Port     int  // index of the interface
	ToGuest  bool // else it comes from the guest
	Link     Link
	Src, Dst netip.Addr // not mapped, without a zone
	Proto    uint8
	Ported   bool // it has its ports or its type of ICMP: it is no later fragment
	SrcPort  uint16
	DstPort  uint16
	ICMP     uint8 // type
	SYN      bool  // TCP with SYN and without ACK
	Size     int   // bytes, with the header of the link
}

// Link is what a frame carries.
type Link uint8

// What a frame carries.
const (
	IP Link = iota // version 4 or 6, as the addresses say
	ARP
	Other
)

// Verdict is what happens to a packet, and by which rule.
type Verdict struct {
	Pass bool
	By   Rule
	Kind Kind // of the limit, where one is the reason
	To   bool // it is the destination's
}

// Rule is why.
type Rule uint8

// The rules, in the order in which a packet meets them.
const (
	ByNone    Rule = iota // nothing holds at the port, or nothing was against it
	ByKept                // it speaks with whom nothing cuts off
	ByNeed                // the guest is isolated or limited, and needs this to keep its address
	ByIsolate             // it is isolated
	ByDrop                // the flow is dropped
	ByLimit               // a bucket is empty
)

var rules = [...]string{ByNone: "none", ByKept: "kept", ByNeed: "need", ByIsolate: "isolate", ByDrop: "drop-flow", ByLimit: "limit"}

// String returns none, kept, need, isolate, drop-flow or limit.
func (r Rule) String() string {
	if int(r) >= len(rules) {
		return "invalid"
	}
	return rules[r]
}

// Drops are packets that were dropped at a port so far, by the rule that dropped them.
type Drops [len(rules)]uint64

// Of is how many of them an order of a measure with these parameters answers for; another order of the same kind at that
// port may too.
func (d *Drops) Of(m evenkeel.Measure, params map[string]string) uint64 {
	switch m {
	case evenkeel.MeasureLimit:
		return d[ByLimit]
	case evenkeel.MeasureDropFlow:
		if len(params) > 1 { // it limits what it does not cut
			return d[ByDrop] + d[ByLimit]
		}
		return d[ByDrop]
	case evenkeel.MeasureIsolate:
		return d[ByIsolate]
	}
	return 0
}

// Chatter is how much ARP, neighbour discovery and DHCP of each version a guest has, each in each direction, whether
// it is isolated or whatever limit stands: packets a second. What is beyond it is as any other packet.
const Chatter = 100

// IsolatedRate is how many packets a second an isolated guest sends to what stays open to it, beyond the floor: so many
// bring 120 Mbit/s out to an export, and a resolver that others share stands them. Without a floor it holds nothing.
const IsolatedRate = 10_000

// Where DHCP of a guest goes.
var (
	Broadcast  = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	AllServers = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 13: 1, 15: 2}) // ff02::1:2, RFC 8415, 7.1
)

// Verdict says what happens to a packet at a moment: the reference to which hands are held. It changes s
// and nothing else.
func (r *Ruleset) Verdict(s *Memory, p *Packet, at evenkeel.Moment) Verdict {
	port := r.At(p.Port)
	if port == nil {
		return Verdict{Pass: true}
	}
	v := visit{port, s, p, at}
	if r.keeps(p) {
		if r.floor.Rate == 0 || v.take(bucketKey{rule: ByKept}, r.floor, 1) {
			return Verdict{Pass: true, By: ByKept}
		}
		return v.limited() // beyond the floor, and still nothing but a limit
	}
	if port.Isolated > at {
		if v.needs() {
			return Verdict{Pass: true, By: ByNeed}
		}
		return Verdict{By: ByIsolate}
	}
	if v.dropped() {
		return Verdict{By: ByDrop}
	}
	return v.limited()
}

// keeps says whether the far end is one that nothing cuts off.
func (r *Ruleset) keeps(p *Packet) bool {
	if p.Link != IP {
		return false
	}
	far := p.Dst
	if p.ToGuest {
		far = p.Src
	}
	// Sorted, and none in another: only the last that begins at or before it can hold it.
	i, _ := slices.BinarySearchFunc(r.kept, far, func(k netip.Prefix, a netip.Addr) int {
		if k.Addr().Compare(a) <= 0 {
			return -1
		}
		return 1
	})
	return i > 0 && r.kept[i-1].Contains(far)
}

// needed says whether a guest would lose its address without such a packet, as a number for each
// sort, or 0. DHCP from the guest goes to everybody on its link and nowhere else, so that no flood leaves as DHCP.
func needed(p *Packet) Kind {
	v6, from, to := p.Src.Is6(), p.SrcPort, p.DstPort
	switch {
	case p.Link == ARP:
		return 1
	case p.Link != IP || !p.Ported:
		return 0
	case p.Proto == packet.ICMPv6 && v6 && p.ICMP >= 133 && p.ICMP <= 136: // RFC 4861, 4.1 to 4.4
		return 2
	case p.Proto != packet.UDP:
		return 0
	case !p.ToGuest && !v6 && from == 68 && to == 67 && p.Dst == Broadcast, // RFC 2131, 4.1
		p.ToGuest && !v6 && from == 67 && to == 68:
		return 3
	case !p.ToGuest && v6 && from == 546 && to == 547 && p.Dst == AllServers,
		p.ToGuest && v6 && from == 547 && to == 546:
		return 4
	}
	return 0
}

// visit is one packet at one port.
type visit struct {
	port *PortRules
	s    *Memory
	p    *Packet
	at   evenkeel.Moment
}

// needs says whether the guest needs the packet, and has not had too many of its sort.
func (v *visit) needs() bool {
	need := needed(v.p)
	return need != 0 && v.take(bucketKey{rule: ByNeed, kind: need, in: v.p.ToGuest}, bucketOf(Packets, Chatter), 1)
}

// dropped says whether the packet is of a flow that is cut. A later fragment has no port: only a flow
// that names none holds for it.
func (v *visit) dropped() bool {
	p := v.p
	return !p.ToGuest && p.Link == IP && slices.ContainsFunc(v.port.Drops, func(d Drop) bool {
		f := d.Flow
		return d.Until > v.at && f.Proto == p.Proto && f.To == p.Dst && (f.Port == 0 || p.Ported && f.Port == p.DstPort)
	})
}

// limited takes from each bucket that holds for the packet, one after another, until one is empty. What the guest
// needs is asked first: a flood that empties the others must not cost it its address, and with that everything (D). A
// hand may ask it last, of what it is about to drop: as much passes in all.
func (v *visit) limited() Verdict {
	if v.p.ToGuest {
		return Verdict{Pass: true}
	}
	if len(v.port.Limits) > 0 && v.needs() {
		return Verdict{Pass: true, By: ByNeed}
	}
	noted := false
	for i := range v.port.Limits {
		l := &v.port.Limits[i]
		if l.Kind > Flows && !noted {
			v.note()
			noted = true
		}
		n := v.tokens(l)
		if n == 0 {
			continue
		}
		key := bucketKey{rule: ByLimit, kind: l.Kind, rate: l.Most.Rate}
		if l.To {
			key.to = v.p.Dst
		}
		if !v.take(key, l.Most, n) {
			return Verdict{By: ByLimit, Kind: l.Kind, To: l.To}
		}
	}
	if !noted {
		v.note()
	}
	return Verdict{Pass: true}
}

// tokens are what the packet takes of a limit: 0 where it does not hold for it.
func (v *visit) tokens(l *Limit) uint64 {
	p := v.p
	switch {
	case l.Until <= v.at, l.To && p.Link != IP, l.Kind == SYNs && !p.SYN:
		return 0
	case l.Kind == Flows && !p.SYN && !v.ping() && (!v.datagram() || v.s.knows(v.flow(), v.at)):
		return 0
	case l.Kind == Bits:
		return uint64(max(0, p.Size)) * 8
	}
	return 1
}

// datagram says whether the packet may begin a flow without a SYN.
func (v *visit) datagram() bool { return v.p.Link == IP && v.p.Proto == packet.UDP && v.p.Ported }

// ping says whether the packet is of ICMP: pings ask for answers as SYNs do, and no ports tell one exchange from another.
func (v *visit) ping() bool {
	return v.p.Link == IP && (v.p.Proto == packet.ICMP || v.p.Proto == packet.ICMPv6)
}

func (v *visit) flow() flowKey {
	p := v.p
	return flowKey{p.Port, netip.AddrPortFrom(p.Src, p.SrcPort), netip.AddrPortFrom(p.Dst, p.DstPort)}
}

// note remembers the flow of a datagram that was let through, where new flows are limited.
func (v *visit) note() {
	if v.datagram() && (v.port.Limit(Flows, true, v.at) > 0 || v.port.Limit(Flows, false, v.at) > 0) {
		v.s.note(v.flow(), v.at)
	}
}

func (v *visit) take(key bucketKey, b Bucket, n uint64) bool {
	key.port = v.p.Port
	return v.s.take(key, b, n, v.at)
}
