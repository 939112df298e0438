package wire

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

const begin = evenkeel.Moment(1_700_000_100) * second

func guests(t testing.TB, list ...string) (g Guests) {
	t.Helper()
	for _, s := range list {
		p, asset, err := ParseGuest(s)
		if err == nil {
			err = g.Add(p, asset)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func meter(t testing.TB, egress evenkeel.AssetID, list ...string) *Meter {
	t.Helper()
	m, err := New(Options{Source: "test", Guests: guests(t, list...), Egress: egress})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// host is one of many addresses of the internet.
func host(n int) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x2d000000+uint32(n))))
}

var self = netip.MustParseAddr("192.0.2.10")

func tcp(from, to netip.Addr, port uint16, flags uint8) *packet.Headers {
	return &packet.Headers{Source: from, Destination: to, SourcePort: 40000, DestinationPort: port, Protocol: packet.TCP, Flags: flags, Length: 60}
}

func udp(from, to netip.Addr, own, port uint16, length int) *packet.Headers {
	return &packet.Headers{Source: from, Destination: to, SourcePort: own, DestinationPort: port, Protocol: packet.UDP, Length: length}
}

// told is what a batch says of a meter and part: one value a second.
func told(b *evenkeel.Batch, meter evenkeel.Meter, p evenkeel.Part) (out []float64) {
	for i := range b.Records {
		if r := &b.Records[i]; r.Kind == evenkeel.KindUsage && r.Op == uint8(meter) && r.Part == uint8(p) {
			out = append(out, r.Value)
		}
	}
	return out
}

func flows(b *evenkeel.Batch) (out []evenkeel.Flow) {
	for i := range b.Records {
		if r := &b.Records[i]; r.Kind == evenkeel.KindFlow {
			f := b.Flow(r)
			f.ID = 0
			out = append(out, f)
		}
	}
	return out
}

func TestAFloodIsToldInTheSecondInWhichItRuns(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	for i := range 5000 {
		m.Packet(b, begin+evenkeel.Moment(i)*second/5000, tcp(self, host(1), uint16(i), packet.SYN))
	}
	m.Packet(b, begin+second/2, tcp(host(1), self, 40000, packet.SYN|packet.ACK))
	if len(b.Records) > 0 {
		t.Fatal("a second is told before it is over")
	}
	m.Packet(b, begin+second, tcp(host(9), host(8), 1, packet.SYN)) // nobody's, and later
	for p, want := range map[evenkeel.Part]float64{
		evenkeel.PartPacketsOut: 5000, evenkeel.PartBytesOut: 300_000, evenkeel.PartPacketsIn: 1, evenkeel.PartSynsOut: 5000, evenkeel.PartSynAcksIn: 1,
		evenkeel.PartResetsIn: 0, evenkeel.PartSpoofedOut: 0, evenkeel.PartTopSyns: 5000, evenkeel.PartTopPackets: 5000, evenkeel.PartHosts: 1,
		evenkeel.PartFlowsOut: 5000, evenkeel.PartSmallOut: 5000,
	} {
		if got := told(b, evenkeel.MeterPort, p); !slices.Equal(got, []float64{want}) {
			t.Errorf("part %d: %v, want %v", p, got, want)
		}
	}
	want := evenkeel.Flow{At: begin + second, Asset: "vm-1", Direction: evenkeel.DirectionOut, Remote: "45.0.0.1", Protocol: "tcp", Packets: 5000, Bytes: 300_000}
	if f := flows(b); len(f) != topFlows || f[0] != want {
		t.Errorf("%+v, want first %+v of %d", f, want, topFlows)
	}
	for _, r := range b.Records {
		if r.At != begin+second || r.Kind == evenkeel.KindUsage && r.Since != begin {
			t.Fatalf("dated %v since %v", r.At, r.Since)
		}
	}
	if m.Tally() != (Tally{Packets: 5002, Nobodys: 1}) {
		t.Errorf("%+v", m.Tally())
	}
}

// What a rule asks of is told even where it is zero; of a second without packets nothing is.
func TestZeroIsToldOfASecondThatWasSeenAndNothingOfOneThatWasNot(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	m.Packet(b, begin, tcp(host(1), self, 443, packet.ACK))
	m.Packet(b, begin+7*second, tcp(host(1), self, 443, packet.ACK))
	m.Flush(b)
	for _, p := range []evenkeel.Part{evenkeel.PartSynsOut, evenkeel.PartSynAcksIn, evenkeel.PartResetsIn, evenkeel.PartSpoofedOut,
		evenkeel.PartHosts, evenkeel.PartServices, evenkeel.PartTopSyns, evenkeel.PartServiceSyns, evenkeel.PartPacketsOut} {
		if got := told(b, evenkeel.MeterPort, p); !slices.Equal(got, []float64{0, 0}) {
			t.Errorf("part %d: %v, want two zeros", p, got)
		}
	}
	if got := told(b, evenkeel.MeterPort, evenkeel.PartMailFlows); got != nil {
		t.Errorf("mail, which no rule compares with another: %v", got)
	}
	m, b = meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	if m.Count(b, "vm-1", begin, &Counts{}) || len(b.Records) > 0 {
		t.Error("a second in which nothing passed was told")
	}
	if !m.Count(b, "vm-1", begin, &Counts{PacketsOut: 5, SynsOut: 5}) || told(b, evenkeel.MeterPort, evenkeel.PartServiceSyns) != nil {
		t.Error("where nobody counts by port, how many went to one port is not known")
	}
	if m.Count(b, "vm-1", begin+second/2, &Counts{PacketsOut: 5}) || m.Count(b, "vm-1", begin-second, &Counts{PacketsOut: 5}) {
		t.Error("a second was told twice, or one before it")
	}
}

func TestThroughAGuestsPortOtherSourcesAreNotItsOwn(t *testing.T) {
	m, b := meter(t, "vm-1", "192.0.2.10=vm-1", "192.0.2.11=vm-2", "fe80::7=vm-1"), evenkeel.NewBatch("test", 0)
	m.Packet(b, begin, udp(netip.MustParseAddr("2001:db8:7::1"), netip.MustParseAddr("2001:db8:9::1"), 5000, 5000, 100)) // of a family of which nothing is known
	for _, from := range []string{"203.0.113.9", "192.0.2.11",                                                           // another's, a neighbour's
		"0.0.0.0", "10.1.2.3", "172.17.0.2", "100.64.1.1", "169.254.1.1", "127.0.0.1", "fe80::1", "::", "fd00::1", "ff02::1"} { // no one's
		m.Packet(b, begin, udp(netip.MustParseAddr(from), host(1), 5000, 5000, 100))
	}
	m.Packet(b, begin, udp(self, host(1), 5000, 5000, 100))
	m.Packet(b, begin, udp(host(1), self, 5000, 5000, 100)) // to it
	m.Packet(b, begin, &packet.Headers{Length: 60, EtherType: 0x0806, Fault: packet.NotIP})
	m.Flush(b)
	for p, want := range map[evenkeel.Part]float64{evenkeel.PartSpoofedOut: 2, evenkeel.PartPacketsOut: 15, evenkeel.PartPacketsIn: 1} {
		if got := told(b, evenkeel.MeterPort, p); !slices.Equal(got, []float64{want}) {
			t.Errorf("part %d: %v, want %v", p, got, want)
		}
	}
	if _, err := New(Options{Egress: "vm-9", Guests: guests(t, "192.0.2.10=vm-1")}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a port of which no address is known: %v", err)
	}
}

func TestBetweenTwoGuestsAPacketIsOfBoth(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=b", "192.0.2.11=a"), evenkeel.NewBatch("test", 0)
	m.Packet(b, begin, tcp(self, netip.MustParseAddr("192.0.2.11"), 22, packet.SYN))
	m.Flush(b)
	if out, in := told(b, evenkeel.MeterPort, evenkeel.PartPacketsOut), told(b, evenkeel.MeterPort, evenkeel.PartPacketsIn); !slices.Equal(out, []float64{0, 1}) || !slices.Equal(in, []float64{1, 0}) {
		t.Errorf("out %v, in %v; a is told before b", out, in)
	}
}

func TestHostsAreCountedOnceAMinuteAndThoseThatStayNoMore(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	sum := func() (n float64) {
		for _, v := range told(b, evenkeel.MeterPort, evenkeel.PartHosts) {
			n += v
		}
		return n
	}
	for s := range 300 {
		for i := range 4 {
			m.Packet(b, begin+evenkeel.Moment(s)*second, tcp(self, host((s*4+i)%80), 443, packet.SYN))
		}
	}
	if n := sum(); n < 76 || n > 84 {
		t.Errorf("80 hosts that stay for five minutes are counted as %v", n)
	}
	for i := range 100 {
		m.Packet(b, begin+400*second+evenkeel.Moment(i)*second/4, tcp(self, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 443, packet.SYN))
	}
	m.Flush(b)
	if n := sum(); n > 84 {
		t.Errorf("private addresses are counted: %v", n)
	}
}

func TestAnAmplifierIsToldByPortWithWhatWentIn(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	for i := range 30 {
		m.Packet(b, begin, udp(host(i%3), self, 7000, 123, 50))
		m.Packet(b, begin, udp(self, host(i%3), 123, 7000, 480))
		m.Packet(b, begin, udp(self, host(50), 7000, 53, 70)) // asks a resolver: no reflection
	}
	m.Flush(b)
	if out, in := told(b, evenkeel.MeterReflectedOut, 4), told(b, evenkeel.MeterReflectedIn, 4); !slices.Equal(out, []float64{14400}) || !slices.Equal(in, []float64{1500}) {
		t.Errorf("out %v, in %v", out, in)
	}
	if out := told(b, evenkeel.MeterReflectedOut, 2); out != nil {
		t.Errorf("what asks is told as what answers: %v", out)
	}
	if v := told(b, evenkeel.MeterPort, evenkeel.PartVictims); !slices.Equal(v, []float64{3}) {
		t.Errorf("victims %v", v)
	}
	if v := told(b, evenkeel.MeterPort, evenkeel.PartFlowsOut); !slices.Equal(v, []float64{1}) {
		t.Errorf("new flows %v: an answer begins none", v)
	}
}

func TestASecondGivesABoundedNumberOfRecords(t *testing.T) {
	m, b := meter(t, "vm-1", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	most := 0
	for s := range 4 {
		at := begin + evenkeel.Moment(s)*200*second
		for i := range 60_000 {
			h := udp(host(s<<20|i), host(9000+i*7), evenkeel.ReflectionPorts[i%11], []uint16{25, 22, 80}[i%3], 90)
			if h.Fragment = i%5 == 0; i%2 == 0 {
				h = tcp(host(s<<20|i), host(i*7), []uint16{25, 22, 80}[i%3], packet.SYN)
			}
			if i%1000 == 0 {
				h.Fault = packet.BadHeader
			}
			m.Packet(b, at, h)
			m.Packet(b, at, udp(self, host(4), 9, 9, 90))
		}
		before := len(b.Records)
		m.Flush(b)
		most = max(most, len(b.Records)-before)
		g := m.guests["vm-1"].packets
		if len(g.places.at) > mostDestinations || cap(g.places.all)+cap(g.addresses.all) > 4*mostDestinations || len(m.guests) != 1 {
			t.Fatalf("%d places, %d destinations, %d guests are kept", len(g.places.at), cap(g.places.all), len(m.guests))
		}
	}
	if most > MostRecords || most < 30 {
		t.Errorf("%d records in a second; expected at most %d, and here nearly as many", most, MostRecords)
	}
}

// drawn draws packets of a few guests and remotes.
func drawn(t *rapid.T) (hs []*packet.Headers) {
	address := func(name string) netip.Addr {
		if n := rapid.IntRange(0, 12).Draw(t, name); n > 2 {
			return host(n)
		} else {
			return netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + n)})
		}
	}
	for range rapid.IntRange(1, 40).Draw(t, "packets") {
		h := tcp(address("from"), address("to"), uint16(rapid.IntRange(20, 25).Draw(t, "port")), rapid.Uint8Range(0, 63).Draw(t, "flags"))
		h.Length = rapid.IntRange(40, 1500).Draw(t, "length")
		hs = append(hs, h)
	}
	return hs
}

func TestTheOrderOfPacketsInASecondDoesNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hs := drawn(t)
		run := func(hs []*packet.Headers) []evenkeel.Record {
			m, err := New(Options{Source: "test", Guests: three})
			if err != nil {
				t.Fatal(err)
			}
			b := evenkeel.NewBatch("test", 0)
			for _, h := range hs {
				m.Packet(b, begin, h)
			}
			m.Flush(b)
			return b.Records
		}
		if one, two := run(hs), run(rapid.Permutation(hs).Draw(t, "order")); !reflect.DeepEqual(one, two) {
			t.Fatalf("%v\n%v", one, two)
		}
	})
}

var three = func() (g Guests) {
	for _, s := range []string{"192.0.2.10=vm-1", "192.0.2.11=vm-2", "192.0.2.12=vm-3"} {
		p, asset, _ := ParseGuest(s)
		_ = g.Add(p, asset)
	}
	return g
}()

// What the port counts and what packets say become the same records.
func TestCountsOfThePortGiveTheRecordsOfItsPackets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets, err := New(Options{Source: "test", Guests: three})
		if err != nil {
			t.Fatal(err)
		}
		counts, _ := New(Options{Source: "test"})
		one, two := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
		tallies := map[evenkeel.AssetID]*tally{}
		at := begin
		for range rapid.IntRange(1, 5).Draw(t, "seconds") {
			at += second * evenkeel.Moment(rapid.IntRange(1, 90).Draw(t, "later"))
			seen := map[evenkeel.AssetID]bool{}
			for _, h := range drawn(t) {
				packets.Packet(one, at, h)
				from, to := three.Of(h.Source), three.Of(h.Destination)
				for _, asset := range []evenkeel.AssetID{from, to} {
					if asset != "" && tallies[asset] == nil {
						tallies[asset] = newTally(packets.opt.Key, &counts.guest(asset).connections)
					}
					seen[asset] = true
				}
				if from != "" {
					tallies[from].out(h, true)
				}
				if to != "" && to != from {
					tallies[to].in(h)
				}
			}
			packets.Flush(one)
			for _, asset := range []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"} {
				if seen[asset] {
					c := tallies[asset].close()
					counts.Count(two, asset, at, &c)
				}
			}
		}
		if !reflect.DeepEqual(one.Records, two.Records) || !slices.Equal(one.Strings, two.Strings) {
			t.Fatalf("%d records and %d", len(one.Records), len(two.Records))
		}
	})
}

func TestPacketsThatAreOutOfOrderAreCountedAndAClockThatFallsBackBeginsAnew(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	m.Packet(b, begin+5*second, tcp(self, host(1), 443, packet.SYN))
	m.Packet(b, begin+4*second, tcp(self, host(2), 443, packet.SYN)) // a little late
	m.Packet(b, begin-3600*second, tcp(self, host(3), 443, packet.SYN))
	m.Flush(b)
	if got := told(b, evenkeel.MeterPort, evenkeel.PartSynsOut); !slices.Equal(got, []float64{2, 1}) {
		t.Errorf("SYNs by second: %v", got)
	}
}

func TestGuestsAreKnownByAddressAndRange(t *testing.T) {
	g := guests(t, "192.0.2.10=vm-1", "192.0.2.0/24=net", "2001:db8:7::/48=wide", "2001:db8:7:1::/64=narrow", "::ffff:198.51.100.1=mapped")
	for address, want := range map[string]evenkeel.AssetID{
		"192.0.2.10": "vm-1", "192.0.2.11": "net", "192.0.3.1": "", "2001:db8:7:1::5": "narrow", "2001:db8:7:2::5": "wide", "198.51.100.1": "mapped",
	} {
		if got := g.Of(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is of %q, want %q", address, got, want)
		}
	}
	for _, s := range []string{"192.0.2.10", "=vm-1", "192.0.2.10=", "host=vm-1", "192.0.2.0/33=vm-1"} {
		if _, _, err := ParseGuest(s); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"192.0.2.10=vm-2", "192.0.2.0/24=vm-2"} {
		p, asset, _ := ParseGuest(s)
		if err := g.Add(p, asset); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("a second guest of %s: %v", s, err)
		}
	}
}

func TestCountingAPacketAllocatesNothing(t *testing.T) {
	m, b := meter(t, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	hs := make([]*packet.Headers, 500)
	for i := range hs {
		hs[i] = tcp(self, host(i), 443, packet.SYN)
		m.Packet(b, begin, hs[i])
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() { m.Packet(b, begin, hs[i%len(hs)]); i++ }); n != 0 {
		t.Errorf("%v allocations for each packet", n)
	}
}

func BenchmarkPacket(b *testing.B) {
	m, batch := meter(b, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	hs := make([]*packet.Headers, 500)
	for i := range hs {
		hs[i] = tcp(self, host(i), 443, packet.SYN)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Packet(batch, begin, hs[i%len(hs)])
		i++
	}
}

func BenchmarkSecondOfAGuest(b *testing.B) {
	m, batch := meter(b, "", "192.0.2.10=vm-1"), evenkeel.NewBatch("test", 0)
	c := Counts{PacketsOut: 900, BytesOut: 90_000, PacketsIn: 800, SynsOut: 40, SynAcksIn: 38, ServicePort: 443, ServiceSyns: 30}
	for i := range 4 {
		c.Top[i] = Destination{Address: host(i), Port: 443, Protocol: packet.TCP, Packets: 200, Bytes: 20_000}
	}
	c.Victim = c.Top[0]
	b.ReportAllocs()
	at := begin
	for b.Loop() {
		at += second
		batch.Reset("test", 0)
		m.Count(batch, "vm-1", at, &c)
	}
}
