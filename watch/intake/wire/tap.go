package wire

import (
	"cmp"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

// fallBack is how far a packet may be dated before the present second and still be counted to it:
// captures of several queues are out of order by less. What is dated further back begins anew.
const fallBack = 60 * second

// Packet counts one packet, and appends the records of the seconds that are over by it.
func (m *Meter) Packet(b *evenkeel.Batch, at evenkeel.Moment, h *packet.Headers) {
	m.tally.Packets++
	if h.Fault.Malformed() {
		m.tally.Malformed++
	}
	if at -= at % second; at > m.now || at < m.now-fallBack {
		m.turn(b, at < m.now, false)
		m.now = at
	}
	if m.opt.Egress != "" {
		m.through(h)
		return
	}
	if !h.Source.IsValid() {
		m.tally.Nobodys++
		m.tally.Unread++
		return
	}
	from, to := m.opt.Guests.Of(h.Source), m.opt.Guests.Of(h.Destination)
	if from == "" && to == "" {
		m.tally.Nobodys++
		return
	}
	if from != "" {
		m.counting(from).out(h, true)
	}
	if to != "" && to != from {
		m.counting(to).in(h)
	}
}

// through counts a packet that passed the port of one guest.
func (m *Meter) through(h *packet.Headers) {
	g := m.opt.Egress
	own := h.Source.IsValid() && m.opt.Guests.Of(h.Source) == g
	if !own && h.Destination.IsValid() && m.opt.Guests.Of(h.Destination) == g {
		m.counting(g).in(h)
		return
	}
	if h.Source.IsValid() && !m.knows4 && h.Source.Is4() || !m.knows6 && h.Source.Is6() {
		own = true // of its own of this family nothing is known, which speaks against nobody
	}
	m.counting(g).out(h, own)
}

// counting is the tally of a guest in the present second.
func (m *Meter) counting(asset evenkeel.AssetID) *tally {
	g := m.guest(asset)
	if g.packets == nil {
		g.packets = newTally(m.opt.Key, &g.connections)
	}
	if !g.counting {
		g.counting = true
		m.active = append(m.active, g)
	}
	return g.packets
}

// turn tells the present second of all guests that had packets in it.
func (m *Meter) turn(b *evenkeel.Batch, anew, end bool) {
	slices.SortFunc(m.active, func(a, b *guest) int { return cmp.Compare(a.asset, b.asset) })
	for _, g := range m.active {
		c := g.packets.close()
		g.counting = false
		if c.Seen() {
			g.last = m.now
			m.tell(b, g, m.now, &c, end)
		}
	}
	m.active = m.active[:0]
	if anew {
		for _, g := range m.guests {
			g.connections, g.last = connections{}, 0
		}
		return
	}
	m.forget(m.now)
}

// Flush appends the records of the present second: the end of what is seen.
func (m *Meter) Flush(b *evenkeel.Batch) {
	m.turn(b, false, true)
}
