package plan

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// tcp is a packet from vm-1 to an address.
func tcp(to string, port uint16, syn bool) Packet {
	src := "10.0.0.10"
	if addr(to).Is6() {
		src = "2001:db8::10"
	}
	return Packet{Port: 1, Src: addr(src), Dst: addr(to), Proto: packet.TCP, Ported: true, SrcPort: 40000, DstPort: port, SYN: syn, Size: 60}
}

func udp(to string, port uint16) Packet {
	p := tcp(to, port, false)
	p.Proto = packet.UDP
	return p
}

func compiled(t testing.TB, w *World, orders ...evenkeel.Order) *Ruleset {
	t.Helper()
	r, fates := Compile(orders, w, start)
	for _, f := range fates {
		if f.State != Carried {
			t.Fatalf("%s is %v: %s", f.Order, f.State, f.Why)
		}
	}
	return r
}

// passed counts those of n packets that pass, one each step.
func passed(r *Ruleset, s *Memory, at evenkeel.Moment, step time.Duration, n int, make func(i int) Packet) (count int) {
	for i := range n {
		p := make(i)
		if r.Verdict(s, &p, at.Add(time.Duration(i)*step)).Pass {
			count++
		}
	}
	return count
}

func TestSYNsAreLimitedAndEstablishedTrafficPasses(t *testing.T) {
	r := compiled(t, world(), order("a", limit, "syn_rate=200", "vm-1"))
	var s Memory
	if n := passed(r, &s, start, 100*time.Microsecond, 20_000, func(int) Packet { return tcp("203.0.113.7", 80, true) }); n != 200+2*200-1 {
		t.Errorf("%d SYNs of 20,000 in two seconds passed; expected a burst of 200 and 200 a second", n)
	}
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return tcp("203.0.113.7", 80, false) }); n != 1000 {
		t.Errorf("%d of 1000 packets of established connections passed", n)
	}
	other := tcp("203.0.113.7", 80, true)
	other.Port = 2
	if v := r.Verdict(&s, &other, start); !v.Pass || v.By != ByNone {
		t.Errorf("another guest's SYN: %+v", v)
	}
}

func TestALimitPerDestinationLeavesOtherDestinations(t *testing.T) {
	r := compiled(t, world(), order("a", limit, "rate_to=10", "vm-1"))
	var s Memory
	if n := passed(r, &s, start, 0, 100, func(int) Packet { return udp("203.0.113.7", 80) }); n != 10 {
		t.Errorf("%d packets to one destination passed", n)
	}
	if n := passed(r, &s, start, 0, 100, func(i int) Packet { return udp(fmt.Sprintf("203.0.113.%d", 100+i), 80) }); n != 100 {
		t.Errorf("%d packets to a hundred others passed", n)
	}
	p := udp("203.0.113.7", 80)
	if v := r.Verdict(&s, &p, start); v != (Verdict{By: ByLimit, Kind: Packets, To: true}) {
		t.Errorf("got %+v", v)
	}
}

func TestDestinationsWithoutEndAreHeldToThePort(t *testing.T) {
	r := compiled(t, world(), order("a", limit, "rate_to=10 rate=100000", "vm-1"))
	var s Memory
	n := passed(r, &s, start, 0, 200_000, func(i int) Packet {
		return udp(netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)}).String(), 80)
	})
	if n != 100_000 {
		t.Errorf("%d of 200,000 passed; expected what the port may", n)
	}
	if len(s.credits) > MostDestinations+1 {
		t.Errorf("%d buckets are kept", len(s.credits))
	}
	p := udp("198.18.0.1", 80)
	later := start.Add(2 * DestinationIdle)
	r.Verdict(&s, &p, later)
	if len(s.credits) > 3 {
		t.Errorf("%d buckets are kept after all were idle", len(s.credits))
	}
}

func TestNewFlowsAreSYNsPingsAndDatagramsBetweenNewPorts(t *testing.T) {
	r := compiled(t, world(), order("a", limit, "new_flows=5", "vm-1"))
	var s Memory
	flow := func(i int) Packet { return udp("203.0.113.7", uint16(1000+i)) }
	if n := passed(r, &s, start, 0, 10, flow); n != 5 {
		t.Errorf("%d new flows passed", n)
	}
	if n := passed(r, &s, start, 0, 100, func(int) Packet { return flow(0) }); n != 100 {
		t.Errorf("%d of 100 packets of a flow that is known passed", n)
	}
	if n := passed(r, &s, start, 0, 10, func(int) Packet { return tcp("203.0.113.7", 80, true) }); n != 0 {
		t.Errorf("%d SYNs passed; expected none, the bucket is empty", n)
	}
	if n := passed(r, &s, start.Add(FlowIdle+time.Second), 0, 10, func(int) Packet { return flow(0) }); n != 10 {
		t.Errorf("%d packets passed; expected that one flow begins anew", n)
	}
	ping := func(int) Packet {
		p := udp("203.0.113.7", 0)
		p.Proto, p.SrcPort, p.ICMP = packet.ICMP, 0, 8
		return p
	}
	if n := passed(r, &s, start.Add(2*FlowIdle), 0, 100, ping); n != 5 {
		t.Errorf("%d of 100 pings to one address passed; expected 5, each is a flow", n)
	}
}

func TestABitRateCountsBytesAndLetsTheLargestPacketThrough(t *testing.T) {
	r := compiled(t, world(), order("a", limit, "bit_rate=64000", "vm-1"))
	var s Memory
	big := func(int) Packet { p := tcp("203.0.113.7", 80, false); p.Size = 65_536; return p }
	if n := passed(r, &s, start, 0, 10, big); n != 2 {
		t.Errorf("%d packets of 64 KiB passed; expected the burst of two", n)
	}
	if n := passed(r, &s, start.Add(8192*time.Millisecond), 0, 10, big); n != 1 {
		t.Errorf("%d passed after the time of one", n)
	}
}

func TestDropFlowIsExact(t *testing.T) {
	r := compiled(t, world(), order("a", dropFlow, "flows=tcp/203.0.113.7/80,udp/203.0.113.8/0,tcp/2001:db8::7/443", "vm-1"))
	fragment := udp("203.0.113.8", 0)
	fragment.Ported = false
	late := tcp("203.0.113.7", 80, false)
	late.Ported = false
	back := tcp("203.0.113.7", 80, false)
	back.Src, back.Dst, back.ToGuest = back.Dst, back.Src, true
	for _, c := range []struct {
		name string
		p    Packet
		pass bool
	}{
		{"the flow", tcp("203.0.113.7", 80, false), false},
		{"another port", tcp("203.0.113.7", 81, false), true},
		{"another protocol", udp("203.0.113.7", 80), true},
		{"another address", tcp("203.0.113.9", 80, false), true},
		{"any port", udp("203.0.113.8", 12345), false},
		{"a later fragment, where any port is meant", fragment, false},
		{"a later fragment, where a port is named", late, true},
		{"IPv6", tcp("2001:db8::7", 443, true), false},
		{"what comes in", back, true},
		{"ARP", Packet{Port: 1, Link: ARP}, true},
	} {
		var s Memory
		if v := r.Verdict(&s, &c.p, start); v.Pass != c.pass || !v.Pass && v.By != ByDrop {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	var s Memory
	p := tcp("203.0.113.7", 80, false)
	if v := r.Verdict(&s, &p, start+hour); !v.Pass {
		t.Errorf("at its end: %+v", v)
	}
}

func TestWhatAnIsolatedGuestKeeps(t *testing.T) {
	r := compiled(t, world(), order("a", isolate, "", "vm-1"), order("b", dropFlow, "flows=udp/203.0.113.7/1", "vm-1"))
	in := func(p Packet) Packet {
		p.Src, p.Dst, p.SrcPort, p.DstPort, p.ToGuest = p.Dst, p.Src, p.DstPort, p.SrcPort, true
		return p
	}
	icmp6 := func(kind uint8) Packet {
		p := udp("ff02::1", 0)
		p.Proto, p.ICMP = packet.ICMPv6, kind
		return p
	}
	dhcp := udp("255.255.255.255", 67)
	dhcp.SrcPort = 68
	dhcp6 := udp("ff02::1:2", 547)
	dhcp6.SrcPort = 546
	offer := in(udp("10.0.0.2", 67))
	offer.DstPort = 68
	flood := udp("203.0.113.7", 67)
	flood.SrcPort = 68
	fragment := in(udp("192.0.2.3", 1))
	fragment.Ported = false
	for _, c := range []struct {
		name string
		p    Packet
		by   Rule
	}{
		{"anything out", tcp("203.0.113.7", 443, false), ByIsolate},
		{"anything in", in(tcp("203.0.113.7", 443, true)), ByIsolate},
		{"the data path out", tcp("192.0.2.3", 443, true), ByKept},
		{"the data path in", in(tcp("192.0.2.3", 443, true)), ByKept},
		{"a fragment on the data path", fragment, ByKept},
		{"the gateway", udp("10.0.0.1", 9), ByKept},
		{"next to the data path", tcp("192.0.2.16", 443, true), ByIsolate},
		{"ARP out", Packet{Port: 1, Link: ARP}, ByNeed},
		{"ARP in", Packet{Port: 1, Link: ARP, ToGuest: true}, ByNeed},
		{"another protocol of the link", Packet{Port: 1, Link: Other}, ByIsolate},
		{"a neighbour's solicitation", icmp6(135), ByNeed},
		{"a ping", icmp6(128), ByIsolate},
		{"DHCP to everybody", dhcp, ByNeed},
		{"DHCP to one", flood, ByIsolate},
		{"an offer", offer, ByNeed},
		{"DHCP of IPv6", dhcp6, ByNeed},
	} {
		var s Memory
		if v := r.Verdict(&s, &c.p, start); v.By != c.by || v.Pass != (c.by != ByIsolate) {
			t.Errorf("%s: %+v; expected %v", c.name, v, c.by)
		}
	}
	var s Memory
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return Packet{Port: 1, Link: ARP} }); n != Chatter {
		t.Errorf("%d of 1000 ARP packets passed; expected %d", n, Chatter)
	}
}

func TestWhatAGuestNeedsPassesWhateverLimitIsUsedUp(t *testing.T) {
	r := compiled(t, world(), order("a", limit, "rate=10", "vm-1"), order("b", dropFlow, "flows=udp/255.255.255.255/67", "vm-1"))
	var s Memory
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return udp("203.0.113.7", 80) }); n != 10 {
		t.Errorf("%d of a flood passed", n)
	}
	arp := Packet{Port: 1, Link: ARP}
	if v := r.Verdict(&s, &arp, start); v != (Verdict{Pass: true, By: ByNeed}) {
		t.Errorf("ARP beside the flood is %+v", v)
	}
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return arp }); n != Chatter-1 {
		t.Errorf("%d of 1000 ARP packets passed; expected what is left of %d", n, Chatter)
	}
	if v := r.Verdict(&s, &arp, start); v != (Verdict{By: ByLimit, Kind: Packets}) {
		t.Errorf("ARP beyond that is %+v", v)
	}
	s = Memory{}
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return arp }); n != Chatter+10 {
		t.Errorf("%d of 1000 ARP packets passed; expected %d, and then the limit", n, Chatter)
	}
	dhcp := udp("255.255.255.255", 67)
	dhcp.SrcPort = 68
	if v := r.Verdict(&s, &dhcp, start); v != (Verdict{By: ByDrop}) {
		t.Errorf("a flow that is cut is %+v, though the guest needs it", v)
	}
}

func TestBeyondTheFloorWhatIsKeptIsLimitedAndNothingElse(t *testing.T) {
	w := world()
	w.Guard.Floor = 50
	r := compiled(t, w, order("a", limit, "rate=20", "vm-1"), order("b", isolate, "", "vm-1"))
	var s Memory
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return udp("10.0.0.1", 53) }); n != 50+20 {
		t.Errorf("%d passed to the gateway; expected the floor and then the limit", n)
	}
	r = compiled(t, w, order("b", isolate, "", "vm-1"))
	s = Memory{}
	if n := passed(r, &s, start, 0, 1000, func(int) Packet { return udp("10.0.0.1", 53) }); n != 1000 {
		t.Errorf("%d passed to the gateway; expected all: isolation does not touch it", n)
	}
	if n := passed(r, &s, start, 0, 30_000, func(int) Packet { return udp("10.0.0.1", 53) }); n != IsolatedRate-950 {
		t.Errorf("%d of a flood passed to the gateway; expected the floor, and what is left of %d", n, IsolatedRate)
	}
}

func TestAClockThatGoesBackBringsNoTokens(t *testing.T) {
	b := Bucket{Rate: 10, Burst: 10}
	c, n := Credit{}, 0
	for i := range 100 {
		at := int64(time.Hour)
		if i%2 == 1 {
			at = 1
		}
		var ok bool
		if c, ok = b.Take(c, 1, at); ok {
			n++
		}
	}
	if n != 10 {
		t.Errorf("%d passed; expected the burst", n)
	}
	if _, ok := b.Take(Credit{}, 11, 0); ok {
		t.Error("more than the burst passed at once")
	}
	if _, ok := (Bucket{1, 1 << 62}).Take(Credit{}, 1<<63, 0); ok {
		t.Error("more than any time brings passed")
	}
}
