//go:build linux

package kernel

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// tcpFrame is a TCP frame of 60 bytes with these flags.
func tcpFrame(src, dst netip.AddrPort, flags byte) []byte {
	d := make([]byte, 60)
	binary.BigEndian.PutUint16(d[12:], 0x0800)
	ip := d[14:]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(ip[2:], 40)
	copy(ip[12:], src.Addr().AsSlice())
	copy(ip[16:], dst.Addr().AsSlice())
	binary.BigEndian.PutUint16(ip[20:], src.Port())
	binary.BigEndian.PutUint16(ip[22:], dst.Port())
	ip[32], ip[33] = 0x50, flags
	return d
}

func udpFrame(src, dst netip.AddrPort) []byte {
	d := tcpFrame(src, dst, 0)
	d[23] = 17
	binary.BigEndian.PutUint16(d[38:], 20)
	return d
}

var (
	own    = netip.MustParseAddrPort("192.0.2.1:40000")
	remote = netip.MustParseAddrPort("198.51.100.7:443")
	sure   = uint64(1) << 60 // an end that does not come
)

// manyDrops are n flows to be dropped, none of them to remote.
func manyDrops(n int) []port.Drop {
	out := make([]port.Drop, n)
	for i := range out {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		out[i] = port.Drop{Protocol: 6, To: netip.AddrPortFrom(a, 443), Until: sure}
	}
	return out
}

func limitsOf(syns, flows, packets, bits uint64) (l [port.Kinds]port.Limit) {
	for k, n := range []uint64{syns, flows, packets, bits} {
		if n > 0 {
			l[k] = port.Limit{PerSecond: n, Until: sure}
		}
	}
	return l
}

// BenchmarkPacket says what one packet costs, by BPF_PROG_TEST_RUN, with the tables in the cache.
func BenchmarkPacket(b *testing.B) {
	drops := 100_000
	if testing.Short() {
		drops /= 100
	}
	k := newBench(b, Options{Ports: 1024, Flows: 1 << 19}, guestNet)
	for i := range 1000 {
		a, err := k.Attach(port.Place{Name: nowhere, Index: 1000 + i}, guestNet, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := k.Set(a.Slot, port.Rules{Drops: manyDrops(drops / 1000)}); err != nil {
			b.Fatal(err)
		}
	}
	ack, syn, datagram := tcpFrame(own, remote, 0x10), tcpFrame(own, remote, 0x02), udpFrame(own, remote)
	high := uint64(1) << 30
	empty := func(t ebpf.ProgramType, answer int32) *ebpf.Program {
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: t, License: "Apache-2.0", Instructions: asm.Instructions{asm.Mov.Imm32(asm.R0, answer), asm.Return()}})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { p.Close() })
		return p
	}
	out, in, xdp := k.objects.EkTcOut, k.objects.EkTcIn, k.objects.EkXdpOut
	for _, c := range []struct {
		name  string
		rules port.Rules
		p     *ebpf.Program
		frame []byte
	}{
		{"a program that does nothing", port.Rules{}, empty(ebpf.SchedCLS, -1), ack},
		{"a program that does nothing, at XDP", port.Rules{}, empty(ebpf.XDP, 2), ack},
		{"seen, no port of ours", port.Rules{}, out, nil},
		{"seen, TCP", port.Rules{}, out, ack},
		{"seen, SYN", port.Rules{}, out, syn},
		{"seen, UDP", port.Rules{}, out, datagram},
		{"seen, TCP in", port.Rules{}, in, ack},
		{"seen, TCP at XDP", port.Rules{}, xdp, ack},
		{"one of 100 kept, TCP", port.Rules{Sample: port.Sampling{Every: 100}}, out, ack},
		{"one of 102,400 kept, TCP", port.Rules{Sample: port.Sampling{Every: 102_400}}, out, ack},
		{"each kept, or left out where the ring is full, TCP", port.Rules{Sample: port.Sampling{Every: 1}}, out, ack},
		{"packets and SYNs limited, TCP", port.Rules{Limit: limitsOf(200, 0, high, 0)}, out, ack},
		{"the same, 100,000 flows dropped at a thousand ports", port.Rules{Limit: limitsOf(200, 0, high, 0), Drops: manyDrops(drops / 1000)}, out, ack},
		{"the same, 100,000 flows dropped at this port", port.Rules{Limit: limitsOf(200, 0, high, 0), Drops: manyDrops(drops)}, out, ack},
		{"the same, SYN", port.Rules{Limit: limitsOf(high, 0, high, 0), Drops: manyDrops(drops)}, out, syn},
		{"the same, and new flows, UDP", port.Rules{Limit: limitsOf(200, high, high, 0), Drops: manyDrops(drops)}, out, datagram},
		{"the same, and new flows, SYN", port.Rules{Limit: limitsOf(high, high, high, 0), Drops: manyDrops(drops)}, out, syn},
		{"each destination limited, TCP", port.Rules{To: limitsOf(0, 0, high, 0)}, out, ack},
		{"SYNs to each destination limited, TCP", port.Rules{To: limitsOf(200, 0, 0, 0)}, out, ack},
		{"SYNs dropped", port.Rules{Limit: limitsOf(1, 0, 0, 0)}, out, syn},
		{"SYNs dropped at XDP", port.Rules{Limit: limitsOf(1, 0, 0, 0)}, xdp, syn},
		{"a flow dropped", port.Rules{Drops: []port.Drop{{Protocol: 6, To: remote, Until: sure}}}, out, ack},
	} {
		b.Run(c.name, func(b *testing.B) {
			k.t = b
			k.set(c.rules)
			frame := c.frame
			if frame == nil {
				frame = ack
				if err := k.objects.EkIndexes.Put(uint32(loopback), uint32(0)); err != nil {
					b.Fatal(err)
				}
				defer k.objects.EkIndexes.Put(uint32(loopback), uint32(k.slot)+1)
			}
			n := 300_000
			if testing.Short() {
				n = 1000
			}
			runtime.GC() // what 100,000 rules left behind is not collected meanwhile, beside the program
			var best float64
			for range 10 {
				_, d, err := c.p.Benchmark(frame, n, nil)
				if err != nil {
					b.Fatal(err)
				}
				if ns := float64(d.Nanoseconds()); best == 0 || ns < best {
					best = ns
				}
			}
			for b.Loop() {
			}
			b.ReportMetric(best, "ns/packet")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkSamples is what a ring full of samples takes to be read, as the agent does once a second.
func BenchmarkSamples(b *testing.B) {
	k := newBench(b, Options{Ports: 2, Flows: 64, Destinations: 64}, guestNet)
	k.set(port.Rules{Sample: port.Sampling{Every: 1}})
	frame, got := tcpFrame(own, remote, 0x02), 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if _, _, err := k.objects.EkTcOut.Benchmark(frame, 5000, nil); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := k.Samples(func(port.Sample) { got++ }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(got)/float64(b.N), "samples/op")
}
