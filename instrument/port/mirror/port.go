package mirror

import (
	"net/netip"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Port is one port with its rules and its state. Seed and Epoch are those of the program that it is compared with.
type Port struct {
	Guest port.Guest
	Guard port.Guard
	Seed  uint64
	Epoch uint32

	Counts    port.Counts // but for the estimates and Top, which are made of what follows
	Addresses port.Bitmap
	Services  port.Bitmap
	Recent    [recentFlows]uint32
	Tops      [topPlaces]Top
	FullAt    [port.Kinds + 1]uint64 // when each bucket is full again, in 1/64 ns; the last is the guard's floor

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

// Out takes a frame that the guest sends; now is ns of the boot clock.
func (p *Port) Out(f Frame, now uint64) port.Cause {
	k := Parse(f)
	p.countOut(&k)
	var fresh, isUDP bool
	var fl flow
	if k.Dst.IsValid() {
		if len(p.Guest.Own) > 0 && p.spoofed(&k) {
			p.Counts.SpoofedOut += uint64(k.Packets)
		}
		h := hash(k.Dst, p.Seed)
		set(&p.Addresses, h)
		p.countTop(&k, h)
		fresh = k.Marks&SYN != 0
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
			set(&p.Services, hashMore(h, uint32(k.Protocol)<<16|uint32(k.DstPort)))
		}
	}
	cause := p.judgeOut(&k, fresh || isUDP && !fl.admitted, now)
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
