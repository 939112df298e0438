//go:build linux

package kernel

import (
	"net/netip"
	"sync/atomic"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// talked is a conversation as it was read last.
type talked struct {
	to             [2]uint64
	what, first    uint32
	packets, bytes uint32
	syns           uint16
	stratum        bool
}

// talks are the conversations of a port, by place.
type talks [len(ekEkPort{}.Talks)]talked

// talksOf copies what the program writes. A place that changes hands meanwhile is empty.
func talksOf(p *ekEkPort, to *talks) {
	for i := range to {
		at, t := &p.TalkAt[i], &p.Talks[i]
		to[i] = talked{}
		tag := atomic.LoadUint32(&at.Tag)
		if tag == 0 {
			continue
		}
		now := talked{to: t.To, what: t.What, first: at.First, packets: atomic.LoadUint32(&t.Packets), bytes: atomic.LoadUint32(&t.Bytes), syns: t.Syns, stratum: t.Stratum != 0}
		if atomic.LoadUint32(&at.Tag) == tag {
			to[i] = now
		}
	}
}

// conversations says what was said in them since the reading before.
func conversations(p *ekEkPort, epoch uint32, last *talks) [port.MostConversations]port.Conversation {
	var now talks
	talksOf(p, &now)
	var room [len(now)]port.Followed
	all := room[:0]
	for i := range now {
		t, was := &now[i], &last[i]
		if t.to != was.to || t.what != was.what || t.first != was.first {
			*was = talked{}
		}
		if t.packets == was.packets {
			continue
		}
		to := netip.AddrPortFrom(address(uint8(t.what), t.to), uint16(t.what>>16))
		all = append(all, port.Followed{
			Conversation: port.Conversation{To: to, Packets: uint64(t.packets - was.packets), Bytes: uint64(t.bytes - was.bytes), SYNs: uint64(t.syns - was.syns), Stratum: t.stratum},
			For:          epoch - t.first,
		})
	}
	*last = now
	return port.Told(all)
}
