package mirror

import (
	"net/netip"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// The places of conversations, four in a set, and when one is given up, in readings.
const (
	talkPlaces  = 16
	talkOnce    = 10
	talkPause   = 30
	talkSettled = 60
	talkOver    = 300
	ephemeral   = 32768
)

// Talk is the place of a conversation. Tag is zero where nobody has it.
type Talk struct {
	Tag, First, Last, Now uint32
	To                    netip.AddrPort
	Packets, Bytes        uint32
	SYNs                  uint16
	Looks                 uint8
	Stratum               bool
	was                   said // when it was read last
}

// said is what was counted of a conversation until a reading.
type said struct {
	packets, bytes uint32
	syns           uint16
}

// countTalk counts a packet for its conversation, which it returns if it is followed, and begins one where there is room. Packets of the guest's
// services, which come from the lower of both ports, are not of any.
func (p *Port) countTalk(k *Packet, h uint64) *Talk {
	if k.Protocol != 6 || k.Marks&Ports == 0 || k.SrcPort < k.DstPort && k.SrcPort < ephemeral {
		return nil
	}
	h = hashMore(h, uint32(k.DstPort))
	tag := uint32(h>>32) | 1
	first := int(h%(talkPlaces/4)) * 4
	to := netip.AddrPortFrom(k.Dst, k.DstPort)
	for i := first; i < first+4; i++ {
		t := &p.Talks[i]
		if t.Tag != tag {
			continue
		}
		if t.Last != p.Epoch {
			t.Last, t.Now = p.Epoch, 0
		}
		if t.Now >= port.LoudPackets || t.To != to {
			return nil
		}
		t.Now += k.Packets
		t.Packets += k.Packets
		t.Bytes += k.Bytes
		if k.Marks&SYN != 0 {
			t.SYNs += uint16(k.Packets)
		}
		return t
	}
	if k.Marks&(SYN|SYNACK|RST) != 0 || !public(k.Dst) {
		return nil
	}
	for i := first; i < first+4; i++ {
		t := &p.Talks[i]
		silent, age := p.Epoch-t.Last, t.Last-t.First
		if t.Tag == 0 || silent >= talkOver || silent >= talkPause && age < talkSettled || silent >= talkOnce && age == 0 || silent == 0 && t.Now >= port.LoudPackets {
			*t = Talk{Tag: tag, First: p.Epoch, Last: p.Epoch, Now: k.Packets, To: to, Packets: k.Packets, Bytes: k.Bytes}
			return t
		}
	}
	return nil
}

// conversations are those that had packets since the reading before.
func (p *Port) conversations() [port.MostConversations]port.Conversation {
	var all []port.Followed
	for i := range p.Talks {
		t := &p.Talks[i]
		if n := t.Packets - t.was.packets; n > 0 {
			c := port.Conversation{To: t.To, Packets: uint64(n), Bytes: uint64(t.Bytes - t.was.bytes), SYNs: uint64(t.SYNs - t.was.syns), Stratum: t.Stratum}
			all = append(all, port.Followed{Conversation: c, For: p.Epoch - t.First})
		}
		t.was = said{t.Packets, t.Bytes, t.SYNs}
	}
	return port.Told(all)
}
