package streams

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

// MostStreams is how many streams are followed at once, each way counted.
const MostStreams = 1 << 16

// Found is a hello, or why a client's stream has none. The Hello is valid until the call returns.
type Found struct {
	Source, Destination netip.AddrPort
	Transport           hello.Transport
	Nth                 int // 1, or 2 for the hello after a server's HelloRetryRequest
	Hello               *hello.Hello
	Err                 error // of package hello or hello/initial; nil with a whole hello
}

// ends are those of a stream, one way.
type ends struct{ from, to netip.AddrPort }

func (e ends) back() ends { return ends{e.to, e.from} }

// Finder follows streams.
type Finder struct {
	tell func(*Found)
	tcp  map[ends]*stream
	udp  map[ends]*flow
	left int64
}

// New returns a finder that calls tell for each hello.
func New(tell func(*Found)) *Finder {
	return &Finder{tell: tell, tcp: map[ends]*stream{}, udp: map[ends]*flow{}}
}

// Left returns how many packets were not looked at because too many streams were followed already.
func (f *Finder) Left() int64 { return f.left }

// Packet takes a packet of a capture. It keeps nothing of its bytes.
func (f *Finder) Packet(p *capture.Packet) {
	h, ok := p.Headers()
	if !ok || h.Fault != packet.Sound || h.Fragment || h.Tunnel || h.Protocol != packet.TCP && h.Protocol != packet.UDP {
		return
	}
	head, payload, ok := locate(p, &h)
	if !ok {
		return
	}
	e := ends{netip.AddrPortFrom(h.Source, h.SourcePort), netip.AddrPortFrom(h.Destination, h.DestinationPort)}
	if h.Protocol == packet.UDP {
		f.datagram(e, payload)
		return
	}
	f.segment(e, &h, binary.BigEndian.Uint32(head[4:]), payload)
}

// End tells of the streams that the capture ends in the middle of, those of TCP first, in the order of their ends.
func (f *Finder) End() {
	for _, e := range sorted(f.tcp) {
		if s := f.tcp[e]; !s.over && s.pieces.Prefix() != nil && s.nth == 0 {
			f.tell(&Found{Source: e.from, Destination: e.to, Nth: 1, Hello: s.reader.Hello(), Err: hello.ErrMore})
		}
	}
	for _, e := range sorted(f.udp) {
		f.udp[e].cut(f, e)
	}
}

// sorted returns the streams in an order that is always the same.
func sorted[T any](m map[ends]T) []ends {
	return slices.SortedFunc(maps.Keys(m), func(a, b ends) int {
		return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to))
	})
}

// locate finds where the header of TCP or UDP stands in a packet, and what is behind it, up to what was
// captured. Not ok: extension headers of IPv6 stand before it.
func locate(p *capture.Packet, h *packet.Headers) (head, payload []byte, ok bool) {
	at := 0
	switch p.Link {
	case capture.Ethernet:
		at = 14 + 4*int(h.Tags)
	case capture.SLL:
		at = 16 + 4*int(h.Tags)
	case capture.SLL2:
		at = 20
	case capture.Null, capture.Loop:
		at = 4
	}
	b := p.Data
	if at+20 > len(b) {
		return nil, nil, false
	}
	end, long := 0, 0
	if h.Source.Is4() {
		long = 4 * int(b[at]&15)
		if end = at + int(binary.BigEndian.Uint16(b[at+2:])); end == at { // the network card cuts segments later
			end = p.Wire
		}
	} else {
		long = 40
		if at+long > len(b) || b[at+6] != h.Protocol {
			return nil, nil, false
		}
		if end = at + long + int(binary.BigEndian.Uint16(b[at+4:])); end == at+long {
			end = p.Wire
		}
	}
	from := end - h.Payload
	if at+long+8 > from || from > len(b) {
		return nil, nil, false
	}
	return b[at+long : from], b[from:min(end, len(b))], true
}
