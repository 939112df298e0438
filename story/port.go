package story

import (
	"encoding/binary"
	"net/netip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/instrument/sketch"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// portArgs are what a line may say of a second of a guest's port: counts, by name.
func portArgs(c *wire.Counts) []struct {
	name string
	to   *uint64
} {
	return []struct {
		name string
		to   *uint64
	}{
		{"packets", &c.PacketsOut}, {"bytes", &c.BytesOut}, {"in", &c.PacketsIn}, {"bytes_in", &c.BytesIn}, {"syns", &c.SynsOut},
		{"synacks", &c.SynAcksIn}, {"resets", &c.ResetsIn}, {"spoofed", &c.SpoofedOut}, {"service", &c.ServiceSyns}, {"top", &c.Victim.Packets},
		{"udp", &c.UDPOut}, {"udp_in", &c.UDPIn}, {"icmp", &c.ICMPOut}, {"echoes", &c.EchoesIn},
		{"mail", &c.MailOut}, {"logins", &c.LoginsOut}, {"limited", &c.Limited}, {"reflected", &c.ReflectedOut[ntp]}, {"asked", &c.ReflectedIn[ntp]},
	}
}

// ntp is where the port of time servers stands in evenkeel.ReflectionPorts.
const ntp = 3

// portWords are the words that a line of a port may use.
func portWords() (out []string) {
	for _, a := range portArgs(new(wire.Counts)) {
		out = append(out, a.name)
	}
	return append(out, "hosts", "services", "victims", "probed", "to", "every", "for", "arrives")
}

// port tells seconds of a guest's port, as its sensor counts them. What is not said is none; of
// SYNs all go to the same port and of packets all to one address, where nothing else is said.
func (s *stage) port(l *line) error {
	var c wire.Counts
	for _, a := range portArgs(&c) {
		n := int64(-1)
		if err := arg(l, a.name, parseCount, &n); err != nil {
			return err
		}
		if n >= 0 {
			*a.to = uint64(n)
		} else if a.name == "service" {
			*a.to = c.SynsOut
		} else if a.name == "top" {
			*a.to = c.PacketsOut
		}
	}
	c.PacketsOut = max(c.PacketsOut, c.SynsOut, c.SpoofedOut)
	var hosts, services, victims, probed int64
	for i, n := range []*int64{&hosts, &services, &victims, &probed} {
		name := [...]string{"hosts", "services", "victims", "probed"}[i]
		if err := arg(l, name, parseCount, n); err != nil {
			return err
		}
		if *n > sketch.BitsSize {
			return evenkeel.Invalid("%s=%d; expected at most %d", name, *n, sketch.BitsSize)
		}
	}
	if services == 0 {
		services = hosts
	}
	c.ServicePort = 1
	c.FlowsOut = c.SynsOut
	if c.UDPOut > 0 {
		c.FlowsOut += uint64(probed)
	}
	if err := portVictim(l, &c); err != nil {
		return err
	}
	meter, err := s.meterOf()
	if err != nil {
		return err
	}
	refused := false
	err = s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		c.Hosts, c.Services, c.Victims, c.Probed = fresh(asset, at, hosts), fresh(asset, at, services), fresh(asset, at, victims), fresh(asset, at, probed)
		own := evenkeel.NewBatch(b.Source, b.Arrived)
		refused = refused || !meter.Count(own, asset, at, &c)
		for i := range own.Records {
			r := &own.Records[i]
			switch r.Kind {
			case evenkeel.KindFlow:
				b.AddFlow(own.Flow(r))
			default:
				b.AddUsage(own.Usage(r))
			}
			s.send(b)
		}
	})
	if err == nil && refused {
		err = evenkeel.Invalid("a second of a port in which nothing passed, or that was told before; expected packets, in a second of its own")
	}
	return err
}

// portVictim reads where most packets went.
func portVictim(l *line, c *wire.Counts) error {
	v := &c.Victim
	v.Address, v.Port, v.Protocol = netip.AddrFrom4([4]byte{203, 0, 113, 7}), 80, packet.TCP
	if to, ok := l.args["to"]; ok {
		remote, port, protocol, err := parseEnd(to)
		if err != nil {
			return err
		}
		if v.Address, err = netip.ParseAddr(remote); err != nil {
			return evenkeel.Invalid("to=%s; expected an address", to)
		}
		v.Port = port
		if number, ok := packet.Number(protocol); ok {
			v.Protocol = number
		}
	}
	v.Packets = min(v.Packets, c.PacketsOut)
	if c.PacketsOut > 0 {
		v.Bytes, v.Syns = c.BytesOut*v.Packets/c.PacketsOut, c.SynsOut*v.Packets/c.PacketsOut
	}
	if v.Protocol == packet.TCP && wire.Public(v.Address) {
		c.Talks[0] = *v
	}
	return nil
}

// meterOf is the meter of the source at hand.
func (s *stage) meterOf() (*wire.Meter, error) {
	if s.ports == nil {
		s.ports = map[string]*wire.Meter{}
	}
	if s.ports[s.source] == nil {
		m, err := wire.New(wire.Options{Source: s.source})
		if err != nil {
			return nil, err
		}
		s.ports[s.source] = m
	}
	return s.ports[s.source], nil
}

// fresh is so many addresses that nobody met before.
func fresh(asset evenkeel.AssetID, at evenkeel.Moment, n int64) (b sketch.Bits) {
	for i := range n {
		h := siphash.New(siphash.Key{})
		h.String(string(asset))
		h.Raw(string(binary.BigEndian.AppendUint64(nil, uint64(at))))
		h.Uint64(uint64(i))
		b.Add(h.Sum())
	}
	return b
}
