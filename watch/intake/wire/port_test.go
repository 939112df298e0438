package wire

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

func addresses(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// The guest's own address comes first; then others that it might put in its packets, and remote ones, first and last
// addresses of ranges that are not Public among them.
var (
	sources4 = addresses("192.0.2.1", "192.0.2.1", "192.0.2.1", "203.0.113.5", "10.1.2.3", "100.127.255.255", "100.128.0.0", "169.254.1.1", "172.32.0.0", "240.0.0.1")
	sources6 = addresses("2001:db8:1::1", "2001:db8:1::1", "2001:db8:1::1", "2001:db8:9::1", "fe80::1", "fc00::1", "fe00::1", "::ffff:8.8.8.8", "::ffff:10.0.0.1")
	remotes4 = addresses("198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "10.0.0.1", "11.0.0.0", "100.63.255.255", "100.64.0.0", "172.31.255.255", "192.168.1.1", "224.0.0.1", "255.255.255.255")
	remotes6 = addresses("2001:db8:2::1", "2001:db8:2::2", "2001:db8:2::3", "fd00::1", "fe80::2", "ff02::1", "::ffff:8.8.4.4", "::ffff:192.168.0.1")
	guestOwn = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8:1::1/128")}
)

// portFrame is a whole frame. A SYN has neither RST nor FIN: of those the two say different things.
func portFrame(t *rapid.T, out bool) []byte {
	four := rapid.Bool().Draw(t, "four")
	own, remote := rapid.SampledFrom(sources6).Draw(t, "own6"), rapid.SampledFrom(remotes6).Draw(t, "remote6")
	if four {
		own, remote = rapid.SampledFrom(sources4).Draw(t, "own4"), rapid.SampledFrom(remotes4).Draw(t, "remote4")
	}
	if !out {
		own, remote = remote, own
	}
	ports := []uint16{22, 23, 3389, 5900, 25, 465, 587, 53, 123, 11211, 80, 443, 40000}
	protocol := rapid.SampledFrom([]byte{6, 6, 6, 17, 17, 1}).Draw(t, "protocol")
	b := binary.BigEndian.AppendUint16(nil, rapid.SampledFrom(ports).Draw(t, "from"))
	b = binary.BigEndian.AppendUint16(b, rapid.SampledFrom(ports).Draw(t, "to"))
	data := make([]byte, rapid.IntRange(0, 120).Draw(t, "data"))
	switch protocol {
	case 6:
		b = append(b, make([]byte, 16)...)
		b[12], b[13] = 0x50, rapid.SampledFrom([]byte{0x02, 0x02, 0x10, 0x12, 0x14, 0x04, 0x18, 0xc2}).Draw(t, "flags")
	case 17:
		b = append(binary.BigEndian.AppendUint16(b, uint16(8+len(data))), 0, 0)
	case 1:
		b = []byte{8, 0, 0, 0, 0, 1, 0, 1}
	}
	b = append(b, data...)
	kind := uint16(0x0800)
	var h []byte
	if four {
		h = make([]byte, 12, 20)
		h[0], h[8], h[9] = 0x45, 64, protocol
		binary.BigEndian.PutUint16(h[2:], uint16(20+len(b)))
		if rapid.IntRange(0, 9).Draw(t, "part") == 0 {
			h[6] = 0x20 // the first of several
			if rapid.Bool().Draw(t, "later") {
				h[7] = 8
			}
		}
	} else {
		kind, h = 0x86dd, make([]byte, 8, 40)
		if protocol == 1 {
			protocol = 58
		}
		h[0], h[6], h[7] = 0x60, protocol, 64
		binary.BigEndian.PutUint16(h[4:], uint16(len(b)))
	}
	h = append(append(h, own.AsSlice()...), remote.AsSlice()...)
	return append(append(binary.BigEndian.AppendUint16(make([]byte, 12), kind), h...), b...)
}

// What a port's program counts, which is what its mirror counts, and what the same packets of a capture give is the
// same; estimates are within what FromPort says.
func TestAPortAndACaptureCountTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &mirror.Port{Guest: port.Guest{Own: guestOwn}, Seed: rapid.Uint64().Draw(t, "seed"), Epoch: 1}
		m.Set(port.Rules{})
		tally := newTally(siphash.Key{1, 2}, &connections{})
		var guests Guests
		for _, p := range guestOwn {
			if err := guests.Add(p, "vm-1"); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			places, talks := map[netip.Addr]uint64{}, map[netip.AddrPort]uint64{}
			for range rapid.IntRange(0, 150).Draw(t, "frames") {
				out := rapid.IntRange(0, 4).Draw(t, "way") > 0
				frame := portFrame(t, out)
				h := packet.Ethernet(frame, len(frame))
				if out {
					m.Out(mirror.Frame{Data: frame}, 1)
					tally.out(&h, guests.Of(h.Source) != "")
					places[h.Destination]++
					if h.Protocol == packet.TCP && !h.Later {
						talks[netip.AddrPortFrom(h.Destination, h.DestinationPort)]++
					}
				} else {
					m.In(mirror.Frame{Data: frame}, 1)
					tally.in(&h)
				}
			}
			seen := m.Read()
			got, want := FromPort(&seen), tally.close()
			checkEstimates(t, &got, &want, places)
			checkTalks(t, &got, &want, talks)
			if got != want {
				t.Fatalf("the port counts\n%+v\nand packets give\n%+v", got, want)
			}
		}
	})
}

// checkEstimates holds what is estimated to what is promised, and makes it the same on both sides.
func checkEstimates(t *rapid.T, got, want *Counts, places map[netip.Addr]uint64) {
	// By different hashes the bits are others, but about as many.
	for i, b := range [][2]int{{got.Hosts.Count(), want.Hosts.Count()}, {got.Services.Count(), want.Services.Count()}, {got.Victims.Count(), want.Victims.Count()}} {
		if d := b[0] - b[1]; d < -2-b[1]/10 || d > 2+b[1]/10 || (b[0] == 0) != (b[1] == 0) {
			t.Fatalf("bitmap %d stands for %d at the port, and for %d", i, b[0], b[1])
		}
	}
	if a, b := got.Probed.Count(), want.Probed.Count(); a > len(places)+1 || b > len(places)+1 {
		t.Fatalf("%d and %d addresses were probed of %d", a, b, len(places))
	}
	got.Hosts, got.Services, got.Victims, got.Probed = want.Hosts, want.Services, want.Victims, want.Probed
	if got.ServiceSyns > want.ServiceSyns || got.ServiceSyns+want.SynsOut/port.ServicePlaces < want.ServiceSyns {
		t.Fatalf("port %d got %d of %d SYNs; most are %d", got.ServicePort, got.ServiceSyns, want.SynsOut, want.ServiceSyns)
	}
	got.ServicePort, got.ServiceSyns = want.ServicePort, want.ServiceSyns
	if got.FlowsOut < got.SynsOut || got.FlowsOut > got.SynsOut+got.UDPOut || (got.FlowsOut > got.SynsOut) != (want.FlowsOut > want.SynsOut) {
		t.Fatalf("%d new flows of %d SYNs and %d datagrams; packets give %d", got.FlowsOut, got.SynsOut, got.UDPOut, want.FlowsOut)
	}
	got.FlowsOut = want.FlowsOut
	var all uint64
	for _, n := range places {
		all += n
	}
	v := got.Victim
	if v.Packets > places[v.Address] || v.Bytes > want.BytesOut || v.Syns > v.Packets || (all > 0) != (v.Packets > 0) {
		t.Fatalf("the address with most: %+v; it got %d of %d packets", v, places[v.Address], all)
	}
	if len(places) == 1 && v != want.Victim {
		t.Fatalf("the only address: %+v; expected %+v", v, want.Victim)
	}
	if top := got.Top[0]; top.Packets > places[top.Address] || top.Packets > v.Packets {
		t.Fatalf("the flow with most: %+v; the address: %+v", top, v)
	}
	if got.Top[1] != (Destination{}) {
		t.Fatalf("the port names one flow; got %+v", got.Top)
	}
	got.Victim, got.Top = want.Victim, want.Top
}

// checkTalks holds that each conversation is one that was had, and that there is one where packets have one.
func checkTalks(t *rapid.T, got, want *Counts, had map[netip.AddrPort]uint64) {
	for _, d := range got.Talks {
		if d.Packets > 0 && (!Public(d.Address) || d.Protocol != packet.TCP || d.Packets > had[netip.AddrPortFrom(d.Address, d.Port)] || d.Syns > d.Packets) {
			t.Fatalf("a conversation: %+v, of %d packets", d, had[netip.AddrPortFrom(d.Address, d.Port)])
		}
	}
	if want.Talks[0].Packets > 0 && got.Talks[0].Packets == 0 {
		t.Fatalf("no conversation at the port; of packets there is %+v", want.Talks[0])
	}
	got.Talks = want.Talks
}

// An address that gets more than half of the packets is named, however many flows they are of.
func TestAFloodAtManyPortsOfOneAddressNamesIt(t *testing.T) {
	var m mirror.Port
	m.Set(port.Rules{})
	tally := newTally(siphash.Key{}, &connections{})
	for i := range 9000 {
		f := append(binary.BigEndian.AppendUint16(make([]byte, 12), 0x0800), 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1)
		f = append(f, 198, 51, 100, 7)
		if i%3 == 0 {
			f[len(f)-1] = byte(i)
			f[len(f)-2] = byte(i >> 8)
		}
		f = append(binary.BigEndian.AppendUint16(append(f, 156, 64), uint16(i)), 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0)
		m.Out(mirror.Frame{Data: f}, 1)
		h := packet.Ethernet(f, len(f))
		tally.out(&h, true)
	}
	seen := m.Read()
	got, want := FromPort(&seen), tally.close()
	if v := got.Victim; v.Address != want.Victim.Address || v.Port != 0 || v.Protocol != 6 || v.Packets < 5900 || v.Packets > want.Victim.Packets || v.Syns != v.Packets {
		t.Errorf("the address with most is %+v; expected %+v or little less", v, want.Victim)
	}
}

func TestRefusedPacketsAreLimitedOrDropped(t *testing.T) {
	var p port.Counts
	for i := range p.Refused {
		if i > 0 {
			p.Refused[i] = 1 << i
		}
	}
	c := FromPort(&p)
	if limits := uint64(1<<port.BySYNsTo | 1<<port.ByFlowsTo | 1<<port.ByPacketsTo | 1<<port.ByBitsTo | 1<<port.BySYNs | 1<<port.ByFlows | 1<<port.ByPackets | 1<<port.ByBits); c.Limited != limits {
		t.Errorf("limited: %b; expected %b", c.Limited, limits)
	}
	if drops := uint64(1<<port.ByFlow | 1<<port.ByIsolation | 1<<port.ByIsolationIn); c.Dropped != drops {
		t.Errorf("dropped: %b; expected %b", c.Dropped, drops)
	}
}

// Every number of the port's has its place in Counts or is one of those that FromPort leaves out.
func TestNothingThatAPortCountsIsForgotten(t *testing.T) {
	out := map[string]bool{
		"TunnelsOut": true, "SpoofedOut": true, "RefusedBytes": true,
		"Spared": true, "Untracked": true, "Looked": true, "Samples": true, "Overruns": true,
	}
	var none port.Counts
	nothing := FromPort(&none)
	for i := range reflect.TypeFor[port.Counts]().NumField() {
		var p port.Counts
		name := reflect.TypeFor[port.Counts]().Field(i).Name
		switch f := reflect.ValueOf(&p).Elem().Field(i); f.Kind() {
		case reflect.Uint64, reflect.Uint16:
			f.SetUint(7)
		case reflect.Array:
			last := f.Index(f.Len() - 1)
			if last.Kind() == reflect.Struct {
				if n := last.FieldByName("Packets"); n.IsValid() {
					last = n
				} else {
					last = last.Field(0)
				}
			}
			last.SetUint(7)
		default:
			f.FieldByName("Packets").SetUint(7)
		}
		if told := FromPort(&p) != nothing; told == out[name] {
			t.Errorf("%s is told: %v; expected the contrary", name, told)
		}
	}
	if port.Reflectors != evenkeel.ReflectionPorts {
		t.Errorf("the port counts %v and records are of %v", port.Reflectors, evenkeel.ReflectionPorts)
	}
}

// A port that follows no conversation has nothing to say of mining, whatever its top destination is.
func TestWithoutConversationsNothingIsSaidOfMining(t *testing.T) {
	m, err := New(Options{Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b := evenkeel.NewBatch("test", 0)
	p := port.Counts{PacketsOut: 2, Top: port.Top{To: netip.MustParseAddrPort("198.51.100.7:3333"), Protocol: 6, Packets: 2, Bytes: 300}}
	for i := range 3600 {
		c := FromPort(&p)
		m.Count(b, "vm-1", begin+second*evenkeel.Moment(i), &c)
	}
	parts := map[evenkeel.Part]int{}
	for _, r := range b.Records {
		if r.Kind == evenkeel.KindUsage && r.Op == uint8(evenkeel.MeterPort) {
			parts[evenkeel.Part(r.Part)]++
		}
	}
	if parts[evenkeel.PartMining] != 0 || parts[evenkeel.PartPacketsOut] != 3600 {
		t.Errorf("told: %v; expected each second, and no score", parts)
	}
}

// Where a port does not see what comes in, nothing is told of it, and no connection counts as refused that may have
// been accepted: what is missing is no sign of guilt.
func TestWhatIsNotHeardSpeaksAgainstNobody(t *testing.T) {
	m, err := New(Options{Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name             string
		packets, accepts uint64
	}{{"a crawler", 9000, 900}, {"a flood", 910, 10}, {"some of both", 1000, 100}} {
		p := port.Counts{PacketsOut: c.packets, SynsOut: 900, UDPOut: 0}
		p.Reflected[3].Out = 5000
		counts := FromPort(&p)
		counts.Unheard()
		b := evenkeel.NewBatch("test", 0)
		m.Count(b, "vm-1", begin+second*evenkeel.Moment(i), &counts)
		if got := told(b, evenkeel.MeterPort, evenkeel.PartSynAcksIn); len(got) != 1 || got[0] != float64(c.accepts) {
			t.Errorf("%s: accepted are %v; expected at most %d", c.name, got, c.accepts)
		}
		for _, part := range []evenkeel.Part{evenkeel.PartPacketsIn, evenkeel.PartBytesIn, evenkeel.PartResetsIn, evenkeel.PartUDPIn, evenkeel.PartEchoesIn} {
			if got := told(b, evenkeel.MeterPort, part); got != nil {
				t.Errorf("%s: part %d is told: %v", c.name, part, got)
			}
		}
		if out, in := told(b, evenkeel.MeterReflectedOut, 4), told(b, evenkeel.MeterReflectedIn, 4); len(out) != 1 || in != nil {
			t.Errorf("%s: reflected out %v, in %v", c.name, out, in)
		}
	}
}

// A flow's protocol has the word by which orders and rules name it.
func TestAProtocolHasOneNameEverywhere(t *testing.T) {
	for n := range 256 {
		name := protocol(uint8(n))
		if number, ok := packet.Number(name); ok != (packet.Name(uint8(n)) != "") || ok && number != uint8(n) {
			t.Errorf("protocol %d is %q", n, name)
		}
	}
}
