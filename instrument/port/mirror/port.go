package mirror

import (
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Port is one port with its rules and its state. Seed and Epoch are those of the program that it is compared with.
type Port struct {
	Guest port.Guest
	Guard port.Guard
	Reads bool // the first payload of conversations is looked at, for Stratum
	Seed  uint64
	Epoch uint32

	Counts port.Counts // but for the estimates and Top, which are made of what follows
	Recent [recentFlows]uint32
	Tops   [topPlaces]Top
	Talks  [talkPlaces]Talk

	ServiceEpoch uint32
	ByService    [port.ServicePlaces]Service

	FullAt  [port.Kinds + 1]uint64 // when each bucket is full again, in 1/64 ns; the last is the guard's floor
	NeedsAt [8]uint64              // the same of what the guest needs: out and in of each sort

	rules port.Rules
	drops map[dropped]uint64 // until when
	to    map[netip.Addr]*[port.Kinds]uint64
}

// dropped is a flow that is dropped.
type dropped struct {
	to       netip.AddrPort
	protocol uint8
	fragment bool
}

// Set puts rules in force. Buckets go on as they are.
func (p *Port) Set(r port.Rules) {
	p.rules = r
	p.drops = map[dropped]uint64{}
	if p.to == nil {
		p.to = map[netip.Addr]*[port.Kinds]uint64{}
	}
	for _, d := range r.Drops {
		fragments := dropped{netip.AddrPortFrom(d.To.Addr(), 0), d.Protocol, true}
		p.drops[dropped{d.To, d.Protocol, false}] = d.Until
		p.drops[fragments] = max(p.drops[fragments], d.Until)
	}
}

// Read is what was seen since the reading before, and begins the next, as the program's reader does.
func (p *Port) Read() port.Counts {
	c := p.Counts
	c.Top, c.Victim = p.top()
	c.ServicePort, c.ServiceSYNs = p.service()
	c.Conversations = p.conversations()
	p.Counts = port.Counts{}
	p.Epoch++
	return c
}

// top is the flow and the address with most packets, of this reading.
func (p *Port) top() (flow, victim port.Top) {
	for _, t := range p.Tops {
		if t.Epoch != p.Epoch || t.Packets == 0 {
			continue
		}
		one := port.Top{To: netip.AddrPortFrom(t.To, t.Port), Protocol: t.Protocol, Packets: t.Packets, Bytes: t.Bytes, SYNs: uint64(t.SYNs)}
		flow = port.More(flow, one)
		if t.Ports {
			one.To = netip.AddrPortFrom(t.To, 0)
		}
		if t.Protocols {
			one.Protocol = 0
		}
		one.Packets += t.Rest.Packets
		one.Bytes += t.Rest.Bytes
		one.SYNs += uint64(t.Rest.SYNs)
		victim = port.More(victim, one)
	}
	return flow, victim
}

// service is the port that surely got most SYNs, of this reading.
func (p *Port) service() (most uint16, syns uint64) {
	for _, s := range p.ByService {
		if n := uint64(s.SYNs - s.Others); p.ServiceEpoch == p.Epoch && (n > syns || n == syns && n > 0 && s.Port < most) {
			most, syns = s.Port, n
		}
	}
	return most, syns
}

// Out takes a frame that the guest sends; now is ns of the boot clock.
func (p *Port) Out(f Frame, now uint64) port.Cause {
	k := Parse(f)
	p.countOut(&k)
	var fresh, isUDP bool
	var fl flow
	if k.Dst.IsValid() {
		if p.Guest.Knows(k.Src.Is4()) && p.spoofed(&k) {
			p.Counts.SpoofedOut += uint64(k.Packets)
			if public(k.Src) {
				p.Counts.SpoofedPublic += uint64(k.Packets)
			}
		}
		h := hash(k.Dst, p.Seed)
		p.countTop(&k, h)
		p.look(p.countTalk(&k, h), &k, f.Data)
		if fresh = k.Marks&SYN != 0; fresh {
			p.countSYN(&k, h)
		}
		if k.Protocol == 17 && slices.Contains(port.Reflectors[:], k.SrcPort) && public(k.Dst) {
			set(&p.Counts.Victims, h)
		}
		if isUDP = k.Protocol == 17 && k.Marks&Ports != 0; isUDP {
			fl = p.findFlow(hashMore(h, uint32(k.SrcPort)<<16|uint32(k.DstPort)))
			fresh = !fl.known
		}
		if fresh {
			if k.Marks&SYN != 0 {
				p.Counts.FlowsOut += uint64(k.Packets)
			} else {
				p.Counts.FlowsOut++
			}
		}
		if (isUDP && fresh || k.echo(8, 128)) && public(k.Dst) {
			set(&p.Counts.Probed, h)
		}
	}
	ping := k.Dst.IsValid() && (k.Protocol == 1 || k.Protocol == 58)
	cause := p.judgeOut(&k, fresh || isUDP && !fl.admitted || ping, now)
	p.refuse(&k, cause)
	if isUDP {
		p.keepFlow(fl, cause != port.ByNothing)
	}
	return cause
}

// In takes a frame that the guest is sent.
func (p *Port) In(f Frame, now uint64) port.Cause {
	k := Parse(f)
	p.countIn(&k)
	cause := p.judgeIn(&k, now)
	p.refuse(&k, cause)
	if cause == port.ByNothing && k.Protocol == 17 && k.Marks&Ports != 0 {
		h := hashMore(hash(k.Src, p.Seed), uint32(k.DstPort)<<16|uint32(k.SrcPort))
		p.keepFlow(p.findFlow(h), false)
	}
	return cause
}

func (p *Port) refuse(k *Packet, cause port.Cause) {
	if cause != port.ByNothing {
		p.Counts.Refused[cause] += uint64(k.Packets)
		p.Counts.RefusedBytes += uint64(k.Bytes)
	}
}

// spoofed says whether a source is not the guest's own. Link-local addresses are everybody's, and who has no
// address yet asks for one without: by DHCP (RFC 2131), by neighbour and listener discovery (RFC 4861, 3810).
func (p *Port) spoofed(k *Packet) bool {
	switch {
	case k.Src.IsLinkLocalUnicast(), p.Guest.Has(k.Src):
		return false
	case k.Src.IsUnspecified() && k.Src.Is4():
		return !(k.Protocol == 17 && k.Marks&Ports != 0 && k.DstPort == 67)
	case k.Src.IsUnspecified():
		return k.Protocol != 58
	}
	return true
}
