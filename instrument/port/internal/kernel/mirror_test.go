//go:build linux

package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

// needKernel skips where no program can be loaded.
func needKernel(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("programs in the kernel need root; the user is %d", os.Geteuid())
	}
	if m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1}); err != nil {
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
			t.Skip("this kernel makes no eBPF maps for this process")
		}
	} else {
		m.Close()
	}
}

// bench is a kernel whose program is run on frames of ours, at a slot that no interface has.
type bench struct {
	*Kernel
	slot port.Slot
	t    testing.TB
}

// loopback is the number of the interface that frames of a test run seem to come from.
const loopback = 1

func newBench(t testing.TB, o Options, g port.Guest) *bench {
	t.Helper()
	needKernel(t)
	k, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	a, err := k.Attach(port.Place{Name: nowhere, Index: loopback}, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{k, a.Slot, t}
}

func (b *bench) set(r port.Rules) {
	b.t.Helper()
	if err := b.Set(b.slot, r); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) at(now uint64) {
	b.t.Helper()
	if err := b.objects.EkTestNow.Set(now); err != nil {
		b.t.Fatal(err)
	}
}

// skb is the context of a test run; what is not named has to be zero.
type skb struct {
	_        [164]byte
	Segments uint32
	_        [8]byte
	Piece    uint32
	_        [12]byte
}

// runnable says whether the kernel lets a program be run on a frame: a test run of traffic control wants a whole IP header.
func runnable(f mirror.Frame) bool {
	if len(f.Data) < 14 {
		return false
	}
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case 0x0800:
		return len(f.Data) >= 34
	case 0x86dd:
		return len(f.Data) >= 54
	}
	return true
}

func runOf(frame []byte) *ebpf.RunOptions { return &ebpf.RunOptions{Data: frame} }

// dropped runs a program on a frame and says whether it drops it.
func (b *bench) dropped(p *ebpf.Program, f mirror.Frame) bool {
	b.t.Helper()
	o := &ebpf.RunOptions{Data: f.Data}
	if p.Type() == ebpf.SchedCLS {
		o.Context = &skb{Segments: f.Segments, Piece: f.Piece}
	}
	got, err := p.Run(o)
	if err != nil {
		b.t.Fatalf("run the program on %d bytes: %v", len(f.Data), err)
	}
	switch {
	case p.Type() == ebpf.XDP && got == 1, p.Type() == ebpf.SchedCLS && got == 2:
		return true
	case p.Type() == ebpf.XDP && got == 2, p.Type() == ebpf.SchedCLS && got == 1<<32-1:
		return false
	}
	b.t.Fatalf("the program answers %d", got)
	return false
}

// state is what the program and its mirror have in common.
type state struct {
	Counts  port.Counts
	Recent  [1024]uint32
	FullAt  [port.Kinds + 1]uint64
	NeedsAt [8]uint64
	Tops    string
	Service string
}

func (b *bench) state() state {
	b.t.Helper()
	c, err := b.Totals(b.slot)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &b.ports[b.slot]
	seen := make([]ekEkSeen, b.cpus)
	if err := b.objects.EkCounts.Lookup(uint32(b.slot), &seen); err != nil {
		b.t.Fatal(err)
	}
	c.Hosts, c.HostPorts, c.Victims, c.Probed = p.Hosts, p.HostPorts, p.Victims, p.Probed
	return state{c, p.Recent, p.FullAt, p.NeedsAt, fmt.Sprint(top(seen, p.Epoch)), fmt.Sprint(service(seen, p.Epoch))}
}

func mirrorState(m *mirror.Port) state {
	read := *m
	c := read.Read()
	return state{m.Counts, m.Recent, m.FullAt, m.NeedsAt, fmt.Sprint(c.Top, c.Victim), fmt.Sprint(c.ServicePort, c.ServiceSYNs)}
}

var (
	guestNet = port.Guest{Own: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/29"), netip.MustParsePrefix("2001:db8:1::/64")}}
	guarded  = port.Guard{Prefixes: []netip.Prefix{netip.MustParsePrefix("198.51.100.8/30"), netip.MustParsePrefix("2001:db8:2::8/125")}, Floor: 20}
)

// onOneCPU keeps the test on the first CPU that it may use, so that what is counted per CPU is in one place.
func onOneCPU(t testing.TB) {
	t.Helper()
	var before, one unix.CPUSet
	runtime.LockOSThread()
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	for i := 0; one.Count() == 0; i++ {
		if before.IsSet(i) {
			one.Set(i)
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.SchedSetaffinity(0, &before); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
	})
}

// again lets the port go and attaches to it afresh.
func (b *bench) again(g port.Guest) {
	b.t.Helper()
	if err := b.Detach(b.slot); err != nil {
		b.t.Fatal(err)
	}
	a, err := b.Attach(port.Place{Name: nowhere, Index: loopback}, g, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.slot = a.Slot
	// Buckets of destinations go by themselves when others need their place; a test wants them full.
	var key ekEkDestination
	var keys []ekEkDestination
	for i := b.objects.EkDestinations.Iterate(); i.Next(&key, new(ekEkBuckets)); {
		keys = append(keys, key)
	}
	for _, key := range keys {
		if err := b.objects.EkDestinations.Delete(key); err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestTheProgramDoesWhatItsMirrorDoes gives both the same frames at the same times, whole and damaged, and
// compares each verdict, and all that was counted.
func TestTheProgramDoesWhatItsMirrorDoes(t *testing.T) {
	b := newBench(t, Options{clock: 3, Guard: guarded, Ports: 4, Flows: 1024, Destinations: 4096, Ring: 4096}, guestNet)
	for _, hook := range []string{"tcx", "xdp"} {
		for seed, rules := range ruleSets() {
			t.Run(fmt.Sprintf("%s, rules %d", hook, seed), func(t *testing.T) {
				onOneCPU(t)
				b.t = t
				guest := guestNet
				switch seed % 4 { // of one family nothing is known
				case 2:
					guest.Own = guest.Own[:1]
				case 3:
					guest.Own = guest.Own[1:]
				}
				b.again(guest)
				out := b.objects.EkTcOut
				if hook == "xdp" {
					out = b.objects.EkXdpOut
				}
				compare(t, b, out, guest, rules, uint64(seed), 4000)
			})
		}
	}
}

func compare(t *testing.T, b *bench, out *ebpf.Program, guest port.Guest, rules port.Rules, seed uint64, n int) {
	m := &mirror.Port{Guest: guest, Guard: guarded, Seed: b.ports[b.slot].Seed, Epoch: b.ports[b.slot].Epoch}
	m.Set(rules)
	b.set(rules)
	r := rand.New(rand.NewPCG(seed, 20190529))
	now := uint64(1_000_000_000)
	last := n + n/8 // the rest is of a second reading
	for i := range last {
		if i == n {
			sameReading(t, b, m)
		}
		now += r.Uint64N(3_000_000)
		b.at(now)
		f := frame(r)
		if !runnable(f) {
			continue
		}
		if out.Type() == ebpf.XDP {
			f.Piece, f.Segments = 0, 0
		}
		if r.IntN(4) == 0 {
			if got, want := b.dropped(b.objects.EkTcIn, f), m.In(f, now); got != (want != port.ByNothing) {
				t.Fatalf("frame %d, in: the program drops: %v; the mirror: %s\n%x", i, got, want, f.Data)
			}
		} else if got, want := b.dropped(out, f), m.Out(f, now); got != (want != port.ByNothing) {
			t.Fatalf("frame %d, out: the program drops: %v; the mirror: %s\n%x", i, got, want, f.Data)
		}
		if i%64 == 0 && i < n {
			if got, want := b.state(), mirrorState(m); got != want {
				g, w := reflect.ValueOf(got), reflect.ValueOf(want)
				for j := range g.NumField() {
					if !g.Field(j).Equal(w.Field(j)) {
						t.Errorf("frame %d: %s: the program has %v, the mirror %v", i, g.Type().Field(j).Name, g.Field(j), w.Field(j))
					}
				}
				t.FailNow()
			}
		}
	}
	sameReading(t, b, m)
}

// sameReading takes what was seen of both, which has to be the same to the last bit.
func sameReading(t *testing.T, b *bench, m *mirror.Port) {
	t.Helper()
	got, err := b.Read()
	if want := m.Read(); err != nil || len(got) != 1 || got[0].Counts != want {
		t.Fatalf("read %v\n%+v\nexpected\n%+v", err, got, want)
	}
}

// ruleSets are rules of every kind, alone and together; some end while the frames come.
func ruleSets() []port.Rules {
	const never, soon = uint64(1) << 60, 4_000_000_000
	limits := func(syns, flows, packets, bits uint64, until uint64) (l [port.Kinds]port.Limit) {
		for k, n := range []uint64{syns, flows, packets, bits} {
			if n > 0 {
				l[k] = port.Limit{PerSecond: n, Burst: n/4 + 1, Until: until}
			}
		}
		return l
	}
	drops := []port.Drop{
		{Protocol: 6, To: netip.MustParseAddrPort("198.51.100.1:80"), Until: never},
		{Protocol: 17, To: netip.MustParseAddrPort("198.51.100.2:0"), Until: never},
		{Protocol: 17, To: netip.MustParseAddrPort("[2001:db8:2::3]:53"), Until: soon},
		{Protocol: 1, To: netip.MustParseAddrPort("198.51.100.9:0"), Until: never},
		{Protocol: 6, To: netip.MustParseAddrPort("[2001:db8:2::4]:0"), Until: never},
	}
	isolate := port.Isolation{Until: never, Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.4/31"), netip.MustParsePrefix("2001:db8:2::4/126")}}
	brief := isolate
	brief.Until = soon
	return []port.Rules{
		{},
		{Limit: limits(20, 0, 0, 0, never)},
		{Limit: limits(0, 60, 0, 0, never)},
		{Limit: limits(0, 0, 300, 0, soon)},
		{Limit: limits(0, 0, 0, 500_000, never)},
		{Limit: limits(20, 60, 300, 500_000, never), Drops: drops},
		{To: limits(2, 5, 20, 50_000, never)},
		{To: limits(2, 0, 0, 0, never), Limit: limits(0, 0, 400, 0, never), Drops: drops[:1]},
		{Drops: drops},
		{Isolate: isolate},
		{Isolate: brief, Limit: limits(10, 0, 0, 0, never), Drops: drops},
	}
}

// frame makes a frame of any kind that the program knows, and damages one in six.
func frame(r *rand.Rand) mirror.Frame {
	var l3 []byte
	kind := uint16(0x0800)
	switch x := r.IntN(20); {
	case x == 0:
		kind, l3 = 0x0806, random(r, 28)
	case x == 1:
		kind, l3 = 0x88cc, random(r, 40)
	case x < 12:
		l3 = packet4(r)
	default:
		kind, l3 = 0x86dd, packet6(r)
	}
	d := random(r, 12)
	for range max(0, r.IntN(9)-6) + r.IntN(2)*r.IntN(2) {
		d = binary.BigEndian.AppendUint16(d, []uint16{0x8100, 0x88a8, 0x9100}[r.IntN(3)])
		d = append(d, byte(r.Uint32()), byte(r.Uint32()))
	}
	d = append(binary.BigEndian.AppendUint16(d, kind), l3...)
	if r.IntN(3) == 0 {
		d = append(d, random(r, r.IntN(20))...)
	}
	f := mirror.Frame{Data: d}
	switch r.IntN(12) {
	case 0:
		f.Data = d[:14+r.IntN(len(d)-13)]
	case 1:
		d[12+r.IntN(len(d)-12)] = byte(r.Uint32())
	case 2:
		f.Piece = uint32(1 + r.IntN(200))
		f.Segments = uint32(r.IntN(3))
	}
	return f
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func packet4(r *rand.Rand) []byte {
	src := netip.MustParseAddr([]string{"192.0.2.1", "192.0.2.2", "192.0.2.9", "169.254.7.7", "0.0.0.0", "203.0.113.5", "127.0.0.1"}[r.IntN(7)])
	dst := netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(12))})
	if r.IntN(8) == 0 { // next to and within what is not public
		src = edge4(r)
	}
	if r.IntN(8) == 0 {
		dst = edge4(r)
	}
	if r.IntN(5) == 0 { // as it comes in
		src, dst = dst, src
	}
	protocol := []byte{6, 6, 6, 17, 17, 17, 1, 47, 4, 41, 132, 50}[r.IntN(12)]
	if r.IntN(8) == 0 { // as DHCP, which goes to all
		protocol, dst = 17, []netip.Addr{dst, netip.MustParseAddr("255.255.255.255")}[r.IntN(2)]
		return append(header4(r, protocol, src, dst, nil, 12), dhcp(r, 67, 68)...)
	}
	options := random(r, 4*max(0, r.IntN(8)-4))
	b := transport(r, protocol)
	h := header4(r, protocol, src, dst, options, len(b))
	return append(h, b...)
}

// dhcp is a datagram as a client of DHCP sends it, or a server.
func dhcp(r *rand.Rand, server, client uint16) []byte {
	if r.IntN(2) == 0 {
		server, client = client, server
	}
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, server), client)
	return append(b, 0, 12, 0, 0, 'e', 'v', 'e', 'n')
}

func header4(r *rand.Rand, protocol byte, src, dst netip.Addr, options []byte, size int) []byte {
	h := make([]byte, 20)
	h[0] = 0x40 | byte(5+len(options)/4)
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(options)+size))
	if r.IntN(8) == 0 {
		binary.BigEndian.PutUint16(h[6:], []uint16{0x2000, 0x2010, 0x0010, 0x4000}[r.IntN(4)])
	}
	h[8], h[9] = 64, protocol
	copy(h[12:], src.AsSlice())
	copy(h[16:], dst.AsSlice())
	return append(h, options...)
}

// edges4 and edges6 are first and last addresses of ranges that are nobody's on the internet, and their neighbours.
var (
	edges4 = strings.Fields("0.0.0.0 0.0.0.1 9.255.255.255 10.0.0.0 10.255.255.255 11.0.0.0 100.63.255.255 100.64.0.0 100.127.255.255 100.128.0.0 126.255.255.255 127.0.0.0 128.0.0.0 169.253.255.255 169.254.255.255 169.255.0.0 172.15.255.255 172.16.0.0 172.31.255.255 172.32.0.0 192.167.255.255 192.168.0.0 192.169.0.0 223.255.255.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255")
	edges6 = strings.Fields(":: ::1 ::2 ::1:0:0 ::ffff:8.8.8.8 ::ffff:10.1.2.3 ::ffff:0.0.0.0 ::fffe:8.8.8.8 fbff::1 fc00:: fdff::1 fe00::1 fe7f::1 fe80:: febf::1 fec0:: feff::1 ff00:: ff02::1")
)

func edge4(r *rand.Rand) netip.Addr { return netip.MustParseAddr(edges4[r.IntN(len(edges4))]) }

func edge6(r *rand.Rand) netip.Addr {
	return netip.AddrFrom16(netip.MustParseAddr(edges6[r.IntN(len(edges6))]).As16())
}

func packet6(r *rand.Rand) []byte {
	src := netip.MustParseAddr([]string{"2001:db8:1::1", "2001:db8:1::2", "2001:db8:9::1", "fe80::1", "::", "febf::2", "fec0::1"}[r.IntN(7)])
	to := netip.MustParseAddr("2001:db8:2::").As16()
	to[15] = byte(r.IntN(12))
	dst := netip.AddrFrom16(to)
	if r.IntN(8) == 0 {
		src = edge6(r)
	}
	if r.IntN(8) == 0 {
		dst = edge6(r)
	}
	if r.IntN(5) == 0 {
		src, dst = dst, src
	}
	protocol := []byte{6, 6, 6, 17, 17, 17, 58, 58, 47, 4, 59, 50}[r.IntN(12)]
	b := transport(r, protocol)
	if r.IntN(8) == 0 {
		protocol, b, dst = 17, dhcp(r, 547, 546), []netip.Addr{dst, netip.MustParseAddr("ff02::1:2")}[r.IntN(2)]
	}
	if protocol == 58 && len(b) > 0 {
		b[0] = byte(130 + r.IntN(9))
	}
	next := protocol
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(10) {
			ext := []byte{0, 43, 44, 51, 60, 135, 139, 140}[r.IntN(8)]
			size := r.IntN(3)
			h := random(r, size*8+8)
			h[0], h[1] = next, byte(size)
			switch ext {
			case 44:
				h = h[:8]
				binary.BigEndian.PutUint16(h[2:], uint16(max(0, r.IntN(6)-4))<<3|uint16(r.IntN(2)))
			case 51:
				h[1] = byte(size * 2)
			}
			b, next = append(h, b...), ext
		}
	}
	h := make([]byte, 40)
	h[0], h[6], h[7] = 0x60, next, 64
	binary.BigEndian.PutUint16(h[4:], uint16(len(b)))
	copy(h[8:], src.AsSlice())
	copy(h[24:], dst.AsSlice())
	return append(h, b...)
}

func transport(r *rand.Rand, protocol byte) []byte {
	ports := []uint16{80, 443, 53, 123, 11211, 67, 68, 546, 547, 25, 465, 587, 22, 3389, 40000, 40001, 40002}
	b := binary.BigEndian.AppendUint16(nil, ports[r.IntN(len(ports))])
	b = binary.BigEndian.AppendUint16(b, ports[r.IntN(len(ports))])
	data := random(r, r.IntN(120))
	switch protocol {
	case 6:
		b = append(b, random(r, 16)...)
		b[12] = byte(5+max(0, r.IntN(5)-3)) << 4
		b[13] = []byte{0x02, 0x02, 0x10, 0x12, 0x04, 0x18, 0x01, 0xc2}[r.IntN(8)]
		return append(append(b, make([]byte, int(b[12]>>4)*4-20)...), data...)
	case 17:
		b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
		return append(append(b, 0, 0), data...)
	}
	return append(random(r, 8), data...)
}
