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
	return p.spare(k, k.Dst, now, cause)
}

func (p *Port) judgeIn(k *Packet, now uint64) port.Cause {
	if now >= p.rules.Isolate.Until || p.rules.Isolate.Allows(k.Src) {
		return port.ByNothing
	}
	return p.spare(k, k.Src, now, port.ByIsolationIn)
}

func (p *Port) asks(limits *[port.Kinds]port.Limit) bool {
	for _, l := range limits {
		if l.IsSet() {
			return true
		}
	}
	return false
}

// spare lets a packet pass after all, up to the floor, if its other end is never touched.
func (p *Port) spare(k *Packet, other netip.Addr, now uint64, cause port.Cause) port.Cause {
	if cause == port.ByNothing || !essential(k) && !p.Guard.Has(other) {
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

// essential is what a network needs to work at all: ARP, neighbour discovery, DHCP.
func essential(k *Packet) bool {
	pair := [2]uint16{k.SrcPort, k.DstPort}
	switch {
	case k.Marks&ARP != 0:
		return true
	case !k.Dst.IsValid():
		return false
	case k.Dst.Is6() && k.Protocol == 58 && k.Marks&ICMP != 0:
		return k.SrcPort >= 133 && k.SrcPort <= 136
	case k.Protocol == 17 && k.Marks&Ports != 0 && k.Dst.Is4():
		return pair == [2]uint16{68, 67} || pair == [2]uint16{67, 68}
	case k.Protocol == 17 && k.Marks&Ports != 0:
		return pair == [2]uint16{546, 547} || pair == [2]uint16{547, 546}
	}
	return false
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
