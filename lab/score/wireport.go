package score

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// ports are the guests' ports as the sensor's program sees them, by the mirror of that program: tests of
// instrument/port hold the two together.
type ports struct {
	meter *wire.Meter
	batch *evenkeel.Batch
	take  func(*evenkeel.Batch) error
	now   evenkeel.Moment // the present second
	of    map[evenkeel.AssetID]*mirror.Port
	order []evenkeel.AssetID
}

func newPorts(x wired, meter *wire.Meter, b *evenkeel.Batch, take func(*evenkeel.Batch) error) *ports {
	p := &ports{meter: meter, batch: b, take: take, of: map[evenkeel.AssetID]*mirror.Port{}, order: x.assets}
	for i, a := range x.assets {
		m := &mirror.Port{Seed: uint64(i+1) * 0x9e3779b97f4a7c15, Epoch: 1}
		if own, err := netip.ParseAddr(string(a)); err == nil {
			m.Guest.Own = []netip.Prefix{netip.PrefixFrom(own, own.BitLen())}
		}
		m.Set(port.Rules{})
		p.of[a] = m
	}
	return p
}

// packet gives one to the ports that it passes.
func (p *ports) packet(x *wired, at evenkeel.Moment, h *packet.Headers) error {
	const second = evenkeel.Moment(time.Second)
	if at -= at % second; p.now == 0 {
		p.now = at
	}
	if at > p.now { // what is late is counted to the present second, as a port does
		if err := p.read(); err != nil {
			return err
		}
		for _, m := range p.of { // seconds in which nothing passed
			m.Epoch += uint32((at-p.now)/second) - 1
		}
		p.now = at
	}
	if !h.Source.IsValid() {
		return nil
	}
	from, to := x.guests.Of(h.Source), x.guests.Of(h.Destination)
	if x.egress != "" {
		from = x.egress
	}
	if m := p.of[from]; m != nil {
		m.Out(mirror.Frame{Data: frameOf(h)}, uint64(at))
	}
	if m := p.of[to]; m != nil && to != from {
		m.In(mirror.Frame{Data: frameOf(h)}, uint64(at))
	}
	return nil
}

// read tells the present second.
func (p *ports) read() error {
	for _, a := range p.order {
		counts := p.of[a].Read()
		if c := wire.FromPort(&counts); c.Seen() {
			p.meter.Count(p.batch, a, p.now, &c)
		}
	}
	if len(p.batch.Records) < evenkeel.MaxBatchRecords/2 {
		return nil
	}
	defer p.batch.Reset("score", 0)
	return p.take(p.batch)
}

// frameOf is an Ethernet frame that says what the headers of a packet do, and has nothing behind them: captures are cut, and of
// other links.
func frameOf(h *packet.Headers) []byte {
	n := min(max(h.Length, 14+40+20), 60_000)
	f := make([]byte, n)
	binary.BigEndian.PutUint16(f[12:], 0x0800)
	ip := f[14:]
	var rest []byte
	if h.Source.Is4() && h.Destination.Is4() {
		rest = ip[20:]
		ip[0], ip[8], ip[9] = 0x45, 64, h.Protocol
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
		copy(ip[12:], h.Source.AsSlice())
		copy(ip[16:], h.Destination.AsSlice())
		if h.Later {
			ip[7] = 8
		}
	} else {
		rest = ip[40:]
		binary.BigEndian.PutUint16(f[12:], 0x86dd)
		from, to := h.Source.As16(), h.Destination.As16()
		ip[0], ip[6], ip[7] = 0x60, h.Protocol, 64
		binary.BigEndian.PutUint16(ip[4:], uint16(len(rest)))
		copy(ip[8:], from[:])
		copy(ip[24:], to[:])
	}
	binary.BigEndian.PutUint16(rest, h.SourcePort)
	binary.BigEndian.PutUint16(rest[2:], h.DestinationPort)
	switch h.Protocol {
	case packet.TCP:
		rest[12], rest[13] = 0x50, h.Flags
	case packet.UDP:
		binary.BigEndian.PutUint16(rest[4:], uint16(len(rest)))
	case packet.ICMP, packet.ICMPv6:
		rest[0], rest[1] = h.Type, h.Code
	}
	return f
}
