//go:build linux

package kernel

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

func TestAFullTableChangesNothingAndSaysWhatToDo(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 64, Destinations: 64, Ring: 4096}, guestNet)
	before := port.Rules{Drops: manyDrops(20)}
	b.set(before)
	err := b.Set(b.slot, port.Rules{Drops: manyDrops(100)})
	if err == nil || !strings.Contains(err.Error(), "rules for -: the table of flows has no room") || !strings.Contains(err.Error(), "start with more room") {
		t.Fatalf("100 flows in a table of 64: %v", err)
	}
	got, err := b.Rules(b.slot)
	if err != nil || len(got.Drops) != 20 {
		t.Errorf("%d flows are dropped after that, %v; expected the 20 from before", len(got.Drops), err)
	}
	if !b.dropped(b.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, before.Drops[3].To, 0x10)}) {
		t.Error("a flow from before is not dropped")
	}
	b.set(port.Rules{Drops: manyDrops(30)})
	if err := b.Set(b.slot, port.Rules{}); err != nil {
		t.Fatal(err)
	}
	if all, err := b.allDrops(); err != nil || len(all) != 0 {
		t.Errorf("entries are left of rules that are over: %v, %v", all, err)
	}
}

func TestAPortTooManyIsRefused(t *testing.T) {
	b := newBench(t, Options{Ports: 1, Flows: 64, Destinations: 64, Ring: 4096}, guestNet)
	if _, err := b.Attach(port.Place{Name: nowhere, Index: 7}, guestNet, nil); err == nil || !strings.Contains(err.Error(), "room for 1 ports") {
		t.Errorf("a second port in a table of one: %v", err)
	}
}

// TestSamplesAreHeadersAndWhatIsLostIsCounted fills the ring, which nobody reads, and reads it then.
func TestSamplesAreHeadersAndWhatIsLostIsCounted(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 64, Destinations: 64, Ring: 4096}, guestNet)
	b.set(port.Rules{Sample: port.Sampling{Every: 2}, Limit: limitsOf(1, 0, 0, 0)})
	frame := append(tcpFrame(own, remote, 0x02)[:54], bytes.Repeat([]byte("secret"), 20)...)
	binary.BigEndian.PutUint16(frame[16:], uint16(len(frame)-14))
	const n = 200
	for range n {
		b.dropped(b.objects.EkTcOut, mirror.Frame{Data: frame})
	}
	c := totalsOf(t, b.Kernel, b.slot)
	if c.Samples == 0 || c.Overruns == 0 || c.Samples+c.Overruns < n/2-uint64(b.cpus) || c.Samples+c.Overruns > n/2 {
		t.Errorf("%d samples and %d overruns of %d packets, one of two; expected some of each, %d together", c.Samples, c.Overruns, n, n/2)
	}
	got, refused := uint64(0), 0
	err := b.Samples(func(s port.Sample) {
		got++
		if !bytes.Equal(s.Data, frame[:54]) || s.Bytes != uint32(len(frame)) || s.Slot != b.slot || s.At == 0 {
			t.Errorf("sample %d: %+v; expected the first 54 of %d bytes", got, s, len(frame))
		}
		if s.Cause == port.BySYNs {
			refused++
		}
	})
	if err != nil || got != c.Samples || refused < int(got)/2 { // one passes at first, and one in a second
		t.Errorf("read %d samples, %d with why they were dropped, %v; expected %d", got, refused, err, c.Samples)
	}
}

// Property P: of whatever a guest sends nothing is kept that stands behind the headers.
func TestOfNoFrameAByteBehindItsHeadersIsKept(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 64, Destinations: 64, Ring: 1 << 20}, guestNet)
	b.set(port.Rules{Sample: port.Sampling{Every: 1}})
	r := rand.New(rand.NewPCG(20190529, 1))
	n := 2000
	if testing.Short() {
		n = 200
	}
	for _, p := range []*ebpf.Program{b.objects.EkTcOut, b.objects.EkXdpOut} {
		var sent [][]byte
		for len(sent) < n {
			f := frame(r)
			if f.Piece = 0; !runnable(f) {
				continue
			}
			b.dropped(p, f)
			sent = append(sent, f.Data)
		}
		kept, cut := 0, 0
		err := b.Samples(func(s port.Sample) {
			if kept >= len(sent) {
				kept++
				return
			}
			data := sent[kept]
			most := min(max(mirror.Parse(mirror.Frame{Data: data}).Headers, 1), len(data), port.MaxSample)
			if int(s.Bytes) != len(data) || len(s.Data) > most || !bytes.Equal(s.Data, data[:len(s.Data)]) {
				t.Fatalf("of a frame of %d bytes with %d of headers %d are kept:\n%x\n%x", len(data), most, len(s.Data), data, s.Data)
			}
			if len(s.Data) == most && most < len(data) {
				cut++
			}
			kept++
		})
		if err != nil || kept != len(sent) || cut < len(sent)/3 {
			t.Errorf("%s: %d of %d frames are kept, %d without what stands behind their headers, %v", p.Type(), kept, len(sent), cut, err)
		}
	}
}

func TestSamplingChangesWithoutWhatIsInForce(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 64, Destinations: 64, Ring: 4096}, guestNet)
	b.set(port.Rules{Limit: limitsOf(7, 0, 0, 0), Drops: manyDrops(3)})
	samples := func(what string, every uint32) {
		t.Helper()
		r, err := b.Rules(b.slot)
		if err != nil || r.Sample.Every != every || r.Limit[port.SYNs].PerSecond != 7 || len(r.Drops) != 3 {
			t.Errorf("%s: %+v, %v; expected one of %d kept, and the rules as they were", what, r, err, every)
		}
	}
	if err := b.SetSampling(b.slot, port.Sampling{Every: 50}); err != nil {
		t.Fatal(err)
	}
	samples("at once", 50)
	if err := b.SetGuard(port.Guard{Floor: 3}); err != nil { // writes all rules anew
		t.Fatal(err)
	}
	samples("with another guard", 50)
	if err := b.SetSampling(b.slot, port.Sampling{Every: port.MaxEvery + 1}); err == nil || !strings.Contains(err.Error(), "expected at most") {
		t.Errorf("out of bounds: %v", err)
	}
	if err := b.SetSampling(77, port.Sampling{}); err == nil {
		t.Error("a slot that no port has is sampled")
	}
	samples("after what was refused", 50)
}

// TestManySpoofedSourcesAreCountedInTablesOfFixedSize sends a hundred thousand to a thousand destinations.
func TestManySpoofedSourcesAreCountedInTablesOfFixedSize(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 64, Destinations: 1024, Ring: 4096}, guestNet)
	b.set(port.Rules{To: limitsOf(10, 0, 0, 0)})
	r := rand.New(rand.NewPCG(7, 7))
	frame := tcpFrame(own, remote, 0x02)
	n, destinations := 100_000, 1000
	if testing.Short() {
		n = 20_000
	}
	for i := range n {
		binary.BigEndian.PutUint32(frame[26:], 0x0b000000+r.Uint32()>>8)
		binary.BigEndian.PutUint32(frame[30:], 0xc6120000+uint32(i%destinations))
		if _, err := b.objects.EkTcOut.Run(runOf(frame)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.Read()
	if err != nil || len(got) != 1 {
		t.Fatalf("read %v, %v", got, err)
	}
	c := got[0].Counts
	if c.SpoofedOut != uint64(n) || c.SynsOut != uint64(n) {
		t.Errorf("%d of %d were spoofed; expected all", c.SpoofedOut, c.SynsOut)
	}
	if c.SpoofedPublic != uint64(n) || c.ServicePort != 443 || c.ServiceSYNs != uint64(n) {
		t.Errorf("%d from public addresses, %d to port %d; expected %d to 443", c.SpoofedPublic, c.ServiceSYNs, c.ServicePort, n)
	}
	if hosts, pairs := port.Distinct(&c.Hosts), port.Distinct(&c.HostPorts); hosts < 940 || hosts > 1060 || pairs < 940 || pairs > 1060 || c.Victims != (port.Bitmap{}) {
		t.Errorf("%d hosts, %d pairs; expected 1,000 within 6 %%, and no victims", hosts, pairs)
	}
	if again, err := b.Read(); err != nil || again[0].Counts != (port.Counts{}) {
		t.Errorf("a reading later: %+v, %v; expected nothing", again, err)
	}
}

// TestAThousandPortsFitIntoTheirMemory counts what all tables can take, on few CPUs and on many.
func TestAThousandPortsFitIntoTheirMemory(t *testing.T) {
	o := Options{Ports: 1000}
	for _, c := range []struct{ cpus, most int }{{2, 56 << 20}, {12, 64_000_000}} {
		if got := o.Bytes(c.cpus); got > c.most {
			t.Errorf("on %d CPUs the tables take up to %d bytes; expected at most %d", c.cpus, got, c.most)
		}
	}
	t.Logf("count: up to %d bytes on 2 CPUs, %d on 12", o.Bytes(2), o.Bytes(12))
}

func TestSwapsAreSeenWholeByWhoeverSends(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 256, Destinations: 64, Ring: 4096}, guestNet)
	// Either rules drop both flows or none of them: who meets half of each lets one pass.
	one, two := netip.MustParseAddrPort("198.51.100.1:80"), netip.MustParseAddrPort("198.51.100.2:80")
	first := []port.Drop{{Protocol: 6, To: one, Until: sure}}
	second := []port.Drop{{Protocol: 6, To: two, Until: sure}}
	b.set(port.Rules{Drops: first})
	for range 50 {
		for i, rules := range [][]port.Drop{second, first} {
			b.set(port.Rules{Drops: rules})
			a := b.dropped(b.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, one, 0x10)})
			z := b.dropped(b.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, two, 0x10)})
			if a != (i == 1) || z != (i == 0) {
				t.Fatalf("dropped %v, %v after swap %d", a, z, i)
			}
		}
	}
	generation := b.inForce(b.slot).Generation
	// What a swap wrote that never came into force drops nothing, and what it meant to remove still does.
	b.flowBits.add(bitOf(dropKey{two, 6, exactFlow}, b.ports[b.slot].Seed))
	b.enter(b.slot, dropKey{two, 6, exactFlow}, ekEkDrop{Until: sure, First: generation + 1})
	b.enter(b.slot, dropKey{one, 6, exactFlow}, ekEkDrop{Until: sure, First: generation - 1, Gone: generation + 1})
	if !b.dropped(b.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, one, 0x10)}) || b.dropped(b.objects.EkTcOut, mirror.Frame{Data: tcpFrame(own, two, 0x10)}) {
		t.Error("half a swap shows")
	}
}

func TestRulesAreReadBackAsTheyWereSet(t *testing.T) {
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		if rapid.Bool().Draw(t, "v4") {
			b := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
			return netip.PrefixFrom(netip.AddrFrom4(b), rapid.IntRange(0, 32).Draw(t, "bits")).Masked()
		}
		b := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		b[0] |= 0x20 // so that none is IPv4 in IPv6
		return netip.PrefixFrom(netip.AddrFrom16(b), rapid.IntRange(3, 128).Draw(t, "bits")).Masked()
	})
	rapid.Check(t, func(t *rapid.T) {
		var in port.Rules
		for k := range port.Kinds {
			l := port.Limit{PerSecond: rapid.Uint64Range(0, port.MaxRate).Draw(t, "rate")}
			if l.IsSet() {
				l.Burst, l.Until = rapid.Uint64Range(0, port.MaxBurst).Draw(t, "burst"), rapid.Uint64Min(1).Draw(t, "until")
			}
			in.Limit[k], in.To[port.Kinds-1-k] = l, l
		}
		in.Isolate.Until = rapid.Uint64().Draw(t, "isolate")
		in.Isolate.Allow = rapid.SliceOfN(prefix, 0, 8).Draw(t, "allow")
		in.Sample.Every = rapid.Uint32().Draw(t, "every")
		g := port.Guest{Own: rapid.SliceOfN(prefix, 0, 8).Draw(t, "own")}
		var raw ekEkRules
		encode(&raw, 1, 0, g, in, port.Guard{})
		gotGuest, got := decode(&raw)
		if got.Limit != in.Limit || got.To != in.To || got.Sample != in.Sample || got.Isolate.Until != in.Isolate.Until {
			t.Fatalf("read back %+v; expected %+v", got, in)
		}
		sameSet(t, gotGuest.Own, g.Own)
		sameSet(t, got.Isolate.Allow, in.Isolate.Allow)
	})
}

func sameSet(t *rapid.T, got, want []netip.Prefix) {
	count := map[netip.Prefix]int{}
	for _, p := range want {
		count[p]++
	}
	for _, p := range got {
		count[p]--
	}
	for p, n := range count {
		if n != 0 {
			t.Fatalf("%s is there %d times too few; expected %v, got %v", p, n, want, got)
		}
	}
}

// TestTheLayoutIsTheProgramsLayout holds the numbers in Go to those that were compiled.
func TestTheLayoutIsTheProgramsLayout(t *testing.T) {
	if got := len(ekEkSeen{}.Counters); got != counters {
		t.Errorf("the program has %d counters; expected %d", got, counters)
	}
	if unsafe.Sizeof(ekEkRules{}.Own) != unsafe.Sizeof(nets{}) || unsafe.Sizeof(ekEkRules{}.Allow) != unsafe.Sizeof(nets{}) {
		t.Error("lists of networks have another size in the program")
	}
	if unsafe.Sizeof(ekEkPort{})%8 != 0 {
		t.Error("ports do not lie one behind the other")
	}
}

// BenchmarkRead reads a thousand ports, as is done once a second.
func BenchmarkRead(b *testing.B) {
	n := 1000
	if testing.Short() {
		n = 10
	}
	k := newBench(b, Options{Ports: n + 1}, guestNet)
	for i := range n {
		if _, err := k.Attach(port.Place{Name: nowhere, Index: 1000 + i}, guestNet, nil); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	for b.Loop() {
		for s := range k.ports {
			for w := range k.ports[s].Hosts {
				k.ports[s].Hosts[w], k.ports[s].HostPorts[w], k.ports[s].Probed[w] = 1, 1, 1 // as if all ports were busy
			}
		}
		if _, err := k.Read(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAddressesThatNobodyToldSpeakAgainstNobody(t *testing.T) {
	b := newBench(t, Options{Ports: 2, Flows: 64, Destinations: 64, Ring: 4096}, port.Guest{})
	v4, v6 := netip.MustParsePrefix("192.0.2.8/32"), netip.MustParsePrefix("2001:db8:1::/64")
	for _, c := range []struct {
		told     []netip.Prefix
		of4, of6 bool // whether a source of IPv4, of IPv6 that is not among them is spoofed
	}{
		{nil, false, false},
		{[]netip.Prefix{v4}, true, false},
		{[]netip.Prefix{v6}, false, true},
		{[]netip.Prefix{v4, netip.MustParsePrefix("fe80::7/128")}, true, false},
		{[]netip.Prefix{v4, v6}, true, true},
	} {
		b.again(port.Guest{Own: c.told})
		for _, f := range []struct {
			frame   []byte
			spoofed bool
		}{{tcpFrame(remote, own, 0x02), c.of4}, {syn6(netip.MustParseAddr("2001:db8:7::1")), c.of6}} {
			before := totalsOf(t, b.Kernel, b.slot)
			b.dropped(b.objects.EkTcOut, mirror.Frame{Data: f.frame})
			after := totalsOf(t, b.Kernel, b.slot)
			if after.SynsOut != before.SynsOut+1 || (after.SpoofedOut != before.SpoofedOut) != f.spoofed || after.SpoofedPublic-before.SpoofedPublic != after.SpoofedOut-before.SpoofedOut {
				t.Errorf("told %v: of a SYN %x, %d spoofed; expected %v", c.told, f.frame[14:], after.SpoofedOut-before.SpoofedOut, f.spoofed)
			}
		}
	}
}

// syn6 is a SYN over IPv6.
func syn6(src netip.Addr) []byte {
	d := make([]byte, 74)
	binary.BigEndian.PutUint16(d[12:], 0x86dd)
	d[14], d[19], d[20], d[21] = 0x60, 20, 6, 64
	copy(d[22:], src.AsSlice())
	copy(d[38:], netip.MustParseAddr("2001:db8:9::1").AsSlice())
	d[57], d[66], d[67] = 80, 0x50, 0x02
	return d
}
