package mirror

import (
	"math/bits"
	"net/netip"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// judgeOut says why a packet of the guest is dropped. Where SYNs are limited, what cannot be read counts as one:
// a header that is not understood must not be a way round.
func (p *Port) judgeOut(k *Packet, fresh bool, now uint64) port.Cause {
	syn := k.Marks&(SYN|Malformed) != 0
	cause := port.ByNothing
	r := &p.rules
	switch {
	case now < r.Isolate.Until && !r.Isolate.Allows(k.Dst):
		cause = port.ByIsolation
	case k.Dst.IsValid() && p.flowDropped(k, now):
		cause = port.ByFlow
	default:
		if k.Dst.IsValid() && p.asks(&r.To) {
			if p.to[k.Dst] == nil {
				p.to[k.Dst] = new([port.Kinds]uint64)
			}
			if kind, refused := ask(p.to[k.Dst][:], &r.To, k, syn, fresh, now); refused {
				cause = port.BySYNsTo + port.Cause(kind)
				break
			}
		}
		if kind, refused := ask(p.FullAt[:], &r.Limit, k, syn, fresh, now); refused {
			cause = port.BySYNs + port.Cause(kind)
		}
	}
	return p.spare(k, false, now, cause)
}

func (p *Port) judgeIn(k *Packet, now uint64) port.Cause {
	if now >= p.rules.Isolate.Until || p.rules.Isolate.Allows(k.Src) {
		return port.ByNothing
	}
	return p.spare(k, true, now, port.ByIsolationIn)
}

func (p *Port) asks(limits *[port.Kinds]port.Limit) bool {
	for _, l := range limits {
		if l.IsSet() {
			return true
		}
	}
	return false
}

// spare lets a packet pass after all if the guest needs it and it is of no flow that is cut, or, up to the floor, if
// its other end is never touched.
func (p *Port) spare(k *Packet, in bool, now uint64, cause port.Cause) port.Cause {
	other := k.Dst
	if in {
		other = k.Src
	}
	switch {
	case cause == port.ByNothing:
		return cause
	case cause != port.ByFlow && p.needs(k, in, now):
		return port.ByNothing
	case !p.Guard.Has(other):
		return cause
	}
	floor := port.Limit{PerSecond: p.Guard.Floor}
	cost, burst := floor.Cost(port.Packets)
	if floor.IsSet() && !take(&p.FullAt[port.Kinds], now, cost*uint64(k.Packets), burst) {
		return cause
	}
	p.Counts.Spared += uint64(k.Packets)
	return port.ByNothing
}

// needs lets a packet pass that the guest needs to keep its address, up to port.Chatter of its sort and direction.
func (p *Port) needs(k *Packet, in bool, now uint64) bool {
	sort := needed(k, in)
	if sort < 0 {
		return false
	}
	at := &p.NeedsAt[2*sort]
	if in {
		at = &p.NeedsAt[2*sort+1]
	}
	cost, burst := port.Limit{PerSecond: port.Chatter}.Cost(port.Packets)
	if !take(at, now, cost*uint64(k.Packets), burst) {
		return false
	}
	p.Counts.Spared += uint64(k.Packets)
	return true
}

// Where DHCP of a guest goes: RFC 2131, 4.1, and RFC 8415, 7.1.
var (
	broadcast  = netip.MustParseAddr("255.255.255.255")
	allServers = netip.MustParseAddr("ff02::1:2")
)

// needed is the sort of what keeps a guest's address: ARP, neighbour discovery, DHCP of each version; or -1. DHCP
// from the guest goes to everybody on its link and nowhere else.
func needed(k *Packet, in bool) int {
	pair := [2]uint16{k.SrcPort, k.DstPort}
	if in {
		pair[0], pair[1] = pair[1], pair[0]
	}
	switch {
	case k.Marks&ARP != 0:
		return 0
	case !k.Dst.IsValid():
		return -1
	case k.Dst.Is6() && k.Protocol == 58 && k.Marks&ICMP != 0 && k.SrcPort >= 133 && k.SrcPort <= 136:
		return 1
	case k.Protocol != 17 || k.Marks&Ports == 0:
		return -1
	case pair == [2]uint16{68, 67} && k.Dst.Is4() && (in || k.Dst == broadcast):
		return 2
	case pair == [2]uint16{546, 547} && k.Dst.Is6() && (in || k.Dst == allServers):
		return 3
	}
	return -1
}

func (p *Port) flowDropped(k *Packet, now uint64) bool {
	anyPort := netip.AddrPortFrom(k.Dst, 0)
	if k.Marks&Later != 0 {
		return now < p.drops[dropped{anyPort, k.Protocol, true}]
	}
	if now < p.drops[dropped{anyPort, k.Protocol, false}] {
		return true
	}
	return k.Marks&Ports != 0 && now < p.drops[dropped{netip.AddrPortFrom(k.Dst, k.DstPort), k.Protocol, false}]
}

// ask asks the buckets in the order of port.Kind; the one that refuses ends it.
func ask(fullAt []uint64, limits *[port.Kinds]port.Limit, k *Packet, syn, fresh bool, now uint64) (port.Kind, bool) {
	for kind := range port.Kind(port.Kinds) {
		l := limits[kind]
		if !l.IsSet() || now >= l.Until || kind == port.SYNs && !syn || kind == port.Flows && !fresh {
			continue
		}
		cost, burst := l.Cost(kind)
		switch kind {
		case port.SYNs, port.Packets:
			cost *= uint64(k.Packets)
		case port.Bits:
			_, low := bits.Mul64(cost, uint64(k.Bytes))
			cost = low / port.BitScale
		}
		if !take(&fullAt[kind], now, cost, burst) {
			return kind, true
		}
	}
	return 0, false
}

// take takes a cost out of a bucket. What costs more than the whole bucket passes when it is full.
func take(fullAt *uint64, now, cost, burst uint64) bool {
	now *= 64
	from := *fullAt
	if int64(from-now) < 0 {
		from = now
	}
	if from-now+min(cost, burst) > burst {
		return false
	}
	*fullAt = from + cost
	return true
}
