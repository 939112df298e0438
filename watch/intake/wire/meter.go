package wire

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// MostRecords is how many records a guest and second give at most.
const MostRecords = 46

// mostReflected is how many ports of evenkeel.ReflectionPorts are told of a second: those with most bytes
// out.
const mostReflected = 4

// anew is how far a second may be before the last and still be one that was told already.
const anew = 5 * second

// stratumFlows is how many flows of a second are told to be Stratum.
const stratumFlows = 2

// second is in nanoseconds.
const second = evenkeel.Moment(1e9)

// Options say how a Meter works.
type Options struct {
	Source string // the sender's name: part of what records are told apart by
	Guests Guests // whose an address is, for packets
	// Egress, where set, is the guest through whose port all packets passed: those to its own addresses
	// were sent to it, and all others by it, whatever they say of their source.
	Egress evenkeel.AssetID
	Key    siphash.Key // of the hashes by which addresses are counted
}

// Meter makes records. It is for one goroutine.
type Meter struct {
	opt    Options
	ids    intake.Identities
	guests map[evenkeel.AssetID]*guest
	forgot evenkeel.Moment // when it was looked who is silent last
	active []*guest        // that had packets in the present second
	now    evenkeel.Moment
	tally  Tally

	knows4, knows6 bool // whether any address of the Egress is known, by family
}

// Tally says what became of packets.
type Tally struct {
	Packets   uint64 // given to the Meter
	Nobodys   uint64 // of them, from and to no guest
	Unread    uint64 // of these, without an address: not IP, or too short
	Malformed uint64 // that contradict themselves
}

// guest is what is kept of one.
type guest struct {
	asset       evenkeel.AssetID
	lines       [evenkeel.PartProbed + 1]uint64 // of MeterPort, by part
	reflected   [2][len(evenkeel.ReflectionPorts)]uint64
	hosts       memory
	services    memory
	victims     memory
	probed      memory
	connections connections
	last        evenkeel.Moment // the second that was told last
	packets     *tally          // nil where nobody gave packets
	counting    bool
}

// New makes a Meter. An Egress of which no address is known is refused: all sources would be
// foreign to it.
func New(o Options) (*Meter, error) {
	v4, v6 := o.Guests.Families(o.Egress)
	if o.Egress != "" && !v4 && !v6 {
		return nil, evenkeel.Invalid("all packets passed the port of %s, of which no address is known; expected at least one, to tell its own from others", o.Egress)
	}
	return &Meter{opt: o, knows4: v4, knows6: v6, ids: intake.NewIdentities(o.Key, o.Source), guests: map[evenkeel.AssetID]*guest{}}, nil
}

// Tally returns what became of packets so far.
func (m *Meter) Tally() Tally { return m.tally }

// Count appends the records of one second of a guest, which begins at a moment. Seconds of a guest
// come in order; one that is not after the last is left out and false returned. One that is long before it is of a clock
// that was set back: the guest's seconds begin anew.
func (m *Meter) Count(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment, c *Counts) bool {
	g := m.guest(asset)
	at -= at % second
	if at <= g.last && at >= g.last-anew || !c.Seen() {
		return false
	}
	if at < g.last {
		g.connections = connections{}
	}
	g.last = at
	m.tell(b, g, at, c, false)
	m.forget(at)
	return true
}

// silence is after how long a guest's past says nothing of its present: a memory reaches back for two minutes, a connection for this.
const silence = forgetAfter

// forget lets go of guests that are silent: what is kept of one is some kilobytes, and whoever starts containers gives each
// another name. What of a clock that was set back is later than now is kept.
func (m *Meter) forget(now evenkeel.Moment) {
	if now >= m.forgot && now-m.forgot < minute {
		return
	}
	m.forgot = now
	for asset, g := range m.guests {
		if now-g.last > silence && !g.counting {
			delete(m.guests, asset)
		}
	}
}

func (m *Meter) guest(asset evenkeel.AssetID) *guest {
	g := m.guests[asset]
	if g == nil {
		g = &guest{asset: asset}
		m.guests[asset] = g
	}
	return g
}

// portParts are the parts of MeterPort in the order in which they are told, and what each says of
// a second. Those that are always told are what rules ask of: a second that was seen without
// them had none of it. The others are told where they are not zero.
var portParts = [...]struct {
	part   evenkeel.Part
	always bool
	value  func(*Counts) uint64
}{
	{evenkeel.PartPacketsOut, true, func(c *Counts) uint64 { return c.PacketsOut }},
	{evenkeel.PartBytesOut, true, func(c *Counts) uint64 { return c.BytesOut }},
	{evenkeel.PartPacketsIn, true, func(c *Counts) uint64 { return c.PacketsIn }},
	{evenkeel.PartBytesIn, true, func(c *Counts) uint64 { return c.BytesIn }},
	{evenkeel.PartSynsOut, true, func(c *Counts) uint64 { return c.SynsOut }},
	{evenkeel.PartSynAcksIn, true, func(c *Counts) uint64 { return c.SynAcksIn }},
	{evenkeel.PartResetsIn, true, func(c *Counts) uint64 { return c.ResetsIn }},
	{evenkeel.PartSpoofedOut, true, func(c *Counts) uint64 { return c.SpoofedOut }},
	{evenkeel.PartFlowsOut, true, func(c *Counts) uint64 { return c.FlowsOut }},
	{evenkeel.PartTopPackets, true, func(c *Counts) uint64 { return c.Victim.Packets }},
	{evenkeel.PartTopBytes, true, func(c *Counts) uint64 { return c.Victim.Bytes }},
	{evenkeel.PartTopSyns, true, func(c *Counts) uint64 { return c.Victim.Syns }},
	{evenkeel.PartUDPOut, true, func(c *Counts) uint64 { return c.UDPOut }},
	{evenkeel.PartUDPIn, true, func(c *Counts) uint64 { return c.UDPIn }},
	{evenkeel.PartICMPOut, true, func(c *Counts) uint64 { return c.ICMPOut }},
	{evenkeel.PartEchoesIn, true, func(c *Counts) uint64 { return c.EchoesIn }},
	{evenkeel.PartSmallOut, false, func(c *Counts) uint64 { return c.SmallOut }},
	{evenkeel.PartFragmentsOut, false, func(c *Counts) uint64 { return c.FragmentsOut }},
	{evenkeel.PartMalformedOut, false, func(c *Counts) uint64 { return c.MalformedOut }},
	{evenkeel.PartMailFlows, false, func(c *Counts) uint64 { return c.MailOut }},
	{evenkeel.PartLoginFlows, true, func(c *Counts) uint64 { return c.LoginsOut }},
	{evenkeel.PartLimited, false, func(c *Counts) uint64 { return c.Limited }},
	{evenkeel.PartDropped, false, func(c *Counts) uint64 { return c.Dropped }},
}

// isHeard says whether a part is of what the guest is sent.
func isHeard(p evenkeel.Part) bool {
	switch p {
	case evenkeel.PartPacketsIn, evenkeel.PartBytesIn, evenkeel.PartResetsIn, evenkeel.PartUDPIn, evenkeel.PartEchoesIn:
		return true
	}
	return false
}

// tell appends the records of a second that begins at a moment; what came in it is dated to its end. Where packets went
// comes first: whatever the numbers show then is known with its destination.
func (m *Meter) tell(b *evenkeel.Batch, g *guest, at evenkeel.Moment, c *Counts, end bool) {
	m.flows(b, g, at, c)
	for i := range portParts {
		p := &portParts[i]
		if v := p.value(c); (p.always || v > 0) && !(c.Deaf && isHeard(p.part)) {
			m.part(b, g, p.part, at, float64(v))
		}
	}
	m.part(b, g, evenkeel.PartHosts, at, float64(g.hosts.met(at, &c.Hosts)))
	m.part(b, g, evenkeel.PartServices, at, float64(g.services.met(at, &c.Services)))
	if c.ServicePort != 0 || c.SynsOut == 0 { // else nobody counted by port
		m.part(b, g, evenkeel.PartServiceSyns, at, float64(c.ServiceSyns))
	}
	m.part(b, g, evenkeel.PartProbed, at, float64(g.probed.met(at, &c.Probed)))
	if m.reflections(b, g, at, c) {
		m.part(b, g, evenkeel.PartVictims, at, float64(g.victims.met(at, &c.Victims)))
	}
	g.connections.saw(at, &c.Talks)
	m.mining(b, g, at, end)
}

// part appends one part of the port's meter.
func (m *Meter) part(b *evenkeel.Batch, g *guest, p evenkeel.Part, at evenkeel.Moment, v float64) {
	line := &g.lines[p]
	if *line == 0 {
		*line = m.line(g.asset, "port", uint64(p))
	}
	u := evenkeel.Usage{
		At: at + second, Since: at, Asset: g.asset, Meter: evenkeel.MeterPort, Part: p, Form: evenkeel.FormDelta, Line: *line, Value: v,
	}
	if p == evenkeel.PartMining {
		u.Form, u.Since = evenkeel.FormGauge, 0
	}
	u.ID = m.ids.Point(u.Line, u.At)
	b.AddUsage(u)
}

func (m *Meter) line(asset evenkeel.AssetID, metric string, part uint64) uint64 {
	h := m.ids.Line(string(asset), metric, part)
	return h.Sum()
}

// reflections tells bytes out of and in to the ports that sent most, and whether any did. What went
// in is told with it where it was nothing, since that is what it is compared with.
func (m *Meter) reflections(b *evenkeel.Batch, g *guest, at evenkeel.Moment, c *Counts) bool {
	var order [len(evenkeel.ReflectionPorts)]int
	n := 0
	for i, v := range c.ReflectedOut {
		if v > 0 {
			order[n] = i
			n++
		}
	}
	slices.SortStableFunc(order[:n], func(i, k int) int { return cmp.Compare(c.ReflectedOut[k], c.ReflectedOut[i]) })
	for _, i := range order[:min(n, mostReflected)] {
		for way, meter := range [...]evenkeel.Meter{evenkeel.MeterReflectedOut, evenkeel.MeterReflectedIn} {
			line, v := &g.reflected[way][i], c.ReflectedOut[i]
			if way == 1 {
				if v = c.ReflectedIn[i]; c.Deaf {
					continue
				}
			}
			if *line == 0 {
				*line = m.line(g.asset, [...]string{"reflected out", "reflected in"}[way], uint64(i)+1)
			}
			u := evenkeel.Usage{
				At: at + second, Since: at, Asset: g.asset, Meter: meter, Part: evenkeel.Part(i + 1), Form: evenkeel.FormDelta, Line: *line, Value: float64(v),
			}
			u.ID = m.ids.Point(u.Line, u.At)
			b.AddUsage(u)
		}
	}
	return n > 0
}

// mining tells the score of the guest's connections, as a share of all points.
func (m *Meter) mining(b *evenkeel.Batch, g *guest, at evenkeel.Moment, end bool) {
	if points, _, ok := g.connections.score(at, end); ok {
		m.part(b, g, evenkeel.PartMining, at, float64(points)/mostPoints)
	}
}

// flows tells the destinations that got most: the address that got most first, where its packets went to
// several ports, and then its like by port; and conversations that are Stratum.
func (m *Meter) flows(b *evenkeel.Batch, g *guest, at evenkeel.Moment, c *Counts) {
	n := topFlows
	if v := &c.Victim; v.Packets > 0 && *v != c.Top[0] {
		m.flow(b, g, at, v)
		n--
	}
	for i := range c.Top[:n] {
		if d := &c.Top[i]; d.Packets > 0 {
			m.flow(b, g, at, d)
		}
	}
	for i, told := 0, 0; i < len(c.Talks) && told < stratumFlows; i++ {
		if d := &c.Talks[i]; d.Stratum {
			m.flow(b, g, at, d)
			told++
		}
	}
}

func (m *Meter) flow(b *evenkeel.Batch, g *guest, at evenkeel.Moment, d *Destination) {
	f := evenkeel.Flow{
		At: at + second, Asset: g.asset, Direction: evenkeel.DirectionOut, Remote: d.Address.String(), Port: d.Port,
		Protocol: protocol(d.Protocol), Packets: int64(d.Packets), Bytes: int64(d.Bytes),
	}
	h := m.ids.Line(string(g.asset), "flow", uint64(d.Protocol)<<16|uint64(d.Port))
	h.String(f.Remote)
	if d.Stratum {
		f.App = "stratum"
		h.String(f.App)
	}
	f.ID = m.ids.Point(h.Sum(), f.At)
	b.AddFlow(f)
}

// protocol is the word of a protocol of IP; "" where packets of several were summed.
func protocol(p uint8) string {
	if name := packet.Name(p); name != "" || p == 0 {
		return name
	}
	return "ip-" + strconv.Itoa(int(p))
}
