package wire

import (
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/sketch"
)

// FromPort returns what a port's own sensor saw in a second as Counts. What it says otherwise than
// packets of a capture do:
//
//   - A SYN is one whatever else but ACK is set, so that no flag evades a limit; here one with RST or FIN is
//     none. An answer of SYN, ACK and RST counts both as an answer and as a reset.
//   - FlowsOut goes by another table of recent flows. Neither takes a new flow for a known one; both may take
//     a known one for new.
//   - ServiceSyns is at least the most that a port got, less a quarter of SynsOut; see port.Counts.
//   - Victim is the address with most packets if it has a good part of them, and its numbers are at least
//     what went there. Top is one flow, by the same measure.
//   - Talks are those that the port follows, without their first SYN, and of a loud one not all packets.
//   - SpoofedOut is of the families of which somebody told the port an address of the guest's.
//   - A packet that the host is yet to cut counts as those that it becomes.
//
// Left out, as there is no such field: RefusedBytes, Spared, Untracked, Looked, Samples and Overruns, which are about
// the port's own work; TunnelsOut; Reflected.Asked; SpoofedOut of addresses that are not Public.
func FromPort(p *port.Counts) Counts {
	c := Counts{
		PacketsOut: p.PacketsOut, BytesOut: p.BytesOut,
		PacketsIn: p.PacketsIn, BytesIn: p.BytesIn,
		SynsOut: p.SynsOut, SynAcksIn: p.SynAcksIn, ResetsIn: p.RstsIn,
		SmallOut: p.SmallOut, UDPOut: p.UDPOut, UDPIn: p.UDPIn,
		FragmentsOut: p.FragmentsOut, MalformedOut: p.MalformedOut,
		SpoofedOut: p.SpoofedPublic,
		FlowsOut:   p.FlowsOut,
		ICMPOut:    p.ICMPOut, EchoesIn: p.EchoesIn,
		LoginsOut: p.Logins,
		Limited:   p.Limited(),
		Dropped:   p.Dropped() - p.Limited(), // each packet is in one of the two
		Hosts:     sketch.Bits(p.Hosts), Services: sketch.Bits(p.HostPorts), Victims: sketch.Bits(p.Victims), Probed: sketch.Bits(p.Probed),
		ServicePort: p.ServicePort, ServiceSyns: p.ServiceSYNs,
		Victim: destination(&p.Victim),
	}
	for _, n := range p.Mail {
		c.MailOut += n
	}
	for i := range p.Reflected { // in the order of evenkeel.ReflectionPorts: a test holds it
		c.ReflectedOut[i], c.ReflectedIn[i] = p.Reflected[i].Out, p.Reflected[i].In
	}
	c.Top[0] = destination(&p.Top)
	for i := range p.Conversations {
		if t := &p.Conversations[i]; t.Packets > 0 {
			c.Talks[i] = Destination{Address: t.To.Addr(), Port: t.To.Port(), Protocol: packet.TCP, Packets: t.Packets, Bytes: t.Bytes, Syns: t.SYNs, Stratum: t.Stratum}
		}
	}
	return c
}

func destination(t *port.Top) Destination {
	return Destination{Address: t.To.Addr(), Port: t.To.Port(), Protocol: t.Protocol, Packets: t.Packets, Bytes: t.Bytes, Syns: t.SYNs}
}
