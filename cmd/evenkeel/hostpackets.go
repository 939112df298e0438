package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

type hostPacketsCmd struct {
	hostFile
	Asset    string `arg:"" optional:"" help:"The guest, as the inventory calls it; evenkeel host status lists those of this host."`
	Decision string `placeholder:"DECISION" help:"Instead of a guest: what was kept when this decision's measure was put in force here; its id, or its first 6 characters or more."`
	JSON     bool   `name:"json" xor:"form" help:"Print a JSON object for each packet, for machines."`
	Pcap     string `placeholder:"FILE" xor:"form" help:"Write them as a pcap, which tcpdump and Wireshark read; - is standard output."`
}

// Help is the long help.
func (*hostPacketsCmd) Help() string {
	return `Prints the packets of a guest that the agent on this host keeps as evidence, one a line, the oldest first: when, the direction,
source, destination, protocol, flags, how long it was on the wire, and by what it was dropped, if it was. They are a sample: of what
a guest sends one of samples.one_in packets, of a loud guest fewer. Kept are headers, and no byte behind them; they are in the agent's
memory, the last ones of each guest. When limit, drop-flow or isolate is put in force up to 64 of them go to the disk, until a day
after its end: --decision prints those, whether the agent runs or not. Only the owner of the data directory and root may ask.

Examples:
  evenkeel host packets vm-1
  evenkeel host packets vm-1 --json --config /etc/evenkeel/host.yaml
  evenkeel host packets --decision d-0123456789ab
  evenkeel host packets vm-1 --pcap - | tcpdump -nr -`
}

// Run asks.
func (c *hostPacketsCmd) Run(ctx context.Context, p *process) error {
	o, err := c.options(p)
	if err != nil {
		return err
	}
	if (c.Asset == "") == (c.Decision == "") {
		return evenkeel.Invalid("host packets: expected a guest, such as vm-1, or --decision with a decision, and not both")
	}
	var e agent.Evidence
	if c.Decision != "" {
		e, err = agent.KeptPackets(o, evenkeel.DecisionID(c.Decision))
	} else {
		e, err = agent.Packets(ctx, o, evenkeel.AssetID(c.Asset))
	}
	if err != nil {
		return refused(o.Settings.Data, err)
	}
	switch {
	case c.Pcap == "-":
		return writePcap(p.stdout, e.Packets)
	case c.Pcap != "":
		return c.save(p, e.Packets)
	}
	for i := range e.Packets {
		x := headersOf(&e.Packets[i])
		if c.JSON {
			if err := p.line(x); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(p.stdout, x.String())
	}
	return nil
}

// save writes a file that only its owner reads.
func (c *hostPacketsCmd) save(p *process, all []agent.Packet) (err error) {
	f, err := os.OpenFile(c.Pcap, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return openError("write", c.Pcap, err)
	}
	err = writePcap(f, all)
	if bad := f.Close(); err == nil {
		err = bad
	}
	if err == nil {
		fmt.Fprintf(p.stdout, "%s: headers of %s\n", c.Pcap, several(len(all), "packet"))
	}
	return err
}

// writePcap writes packets with the lengths that they had.
func writePcap(w io.Writer, all []agent.Packet) error {
	out, err := capture.NewWriter(w, capture.Ethernet)
	for i := 0; err == nil && i < len(all); i++ {
		err = out.Write(&capture.Packet{At: int64(all[i].At), Data: all[i].Data, Wire: all[i].Bytes, Link: capture.Ethernet})
	}
	return err
}

// sampledPacket is what the headers of a packet say, for who reads. Fields may be added; none is renamed.
type sampledPacket struct {
	At          evenkeel.Moment  `json:"at"`
	Asset       evenkeel.AssetID `json:"asset"`
	Direction   string           `json:"direction"`
	Source      string           `json:"source,omitempty"` // with the port, where there is one
	Destination string           `json:"destination,omitempty"`
	Protocol    string           `json:"protocol"`
	Flags       []string         `json:"flags,omitempty"` // of TCP; of ICMP type and code
	Bytes       int              `json:"bytes"`           // on the wire
	VLAN        []uint16         `json:"vlan,omitempty"`
	Fragment    bool             `json:"fragment,omitempty"`
	Fault       string           `json:"fault,omitempty"` // what is wrong with it
	Dropped     string           `json:"dropped,omitempty"`
	Kept        int              `json:"kept_bytes"`
}

// inNanos is a time to the nanosecond, in columns.
const inNanos = "2006-01-02T15:04:05.000000000Z07:00"

// flagNames are those of TCP, from the lowest bit on.
var flagNames = [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

func headersOf(p *agent.Packet) sampledPacket {
	h := packet.Ethernet(p.Data, p.Bytes)
	x := sampledPacket{
		At: p.At, Asset: p.Asset, Direction: p.Direction, Bytes: p.Bytes, VLAN: h.VLAN[:h.Tags], Fragment: h.Fragment, Dropped: p.Dropped, Kept: len(p.Data),
		Protocol: packet.Name(h.Protocol),
	}
	switch {
	case h.Fault == packet.NotIP && h.EtherType == 0x0806:
		x.Protocol = "arp"
	case h.Fault == packet.NotIP:
		x.Protocol = fmt.Sprintf("ethertype 0x%04x", h.EtherType)
	case h.Fault != packet.Sound && h.Fault != packet.Cut:
		x.Fault = h.Fault.String()
	}
	if x.Protocol == "" && !h.Source.IsValid() {
		x.Protocol = "unknown"
	}
	if x.Protocol == "" {
		x.Protocol = fmt.Sprintf("protocol %d", h.Protocol)
	}
	ports := (h.Protocol == packet.TCP || h.Protocol == packet.UDP) && !h.Later && (h.Fault == packet.Sound || h.SourcePort|h.DestinationPort != 0)
	x.Source, x.Destination = endOf(h.Source, h.SourcePort, ports), endOf(h.Destination, h.DestinationPort, ports)
	switch {
	case h.Protocol == packet.TCP && !h.Later:
		for i, name := range flagNames {
			if h.Flags&(1<<i) != 0 {
				x.Flags = append(x.Flags, name)
			}
		}
	case (h.Protocol == packet.ICMP || h.Protocol == packet.ICMPv6) && !h.Later && h.Fault == packet.Sound:
		x.Flags = []string{fmt.Sprintf("type %d", h.Type), fmt.Sprintf("code %d", h.Code)}
	}
	return x
}

func endOf(a netip.Addr, port uint16, ports bool) string {
	switch {
	case !a.IsValid():
		return ""
	case ports:
		return netip.AddrPortFrom(a, port).String()
	}
	return a.String()
}

// String is the packet on a line.
func (x *sampledPacket) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  ", x.At.Time().Format(inNanos), x.Direction)
	if x.Source != "" {
		fmt.Fprintf(&b, "%s > %s  ", x.Source, x.Destination)
	}
	b.WriteString(x.Protocol)
	if len(x.Flags) > 0 {
		b.WriteString(" " + strings.Join(x.Flags, ","))
	}
	for _, v := range x.VLAN {
		fmt.Fprintf(&b, ", vlan %d", v)
	}
	if x.Fragment {
		b.WriteString(", fragment")
	}
	if x.Fault != "" {
		b.WriteString(", " + x.Fault)
	}
	fmt.Fprintf(&b, ", %s", severally(x.Bytes, "byte", "bytes"))
	if x.Dropped != "" {
		b.WriteString(", dropped by " + x.Dropped)
	}
	return b.String()
}
