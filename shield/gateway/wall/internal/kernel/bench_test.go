//go:build linux

package kernel

import (
	"encoding/binary"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

const most = 1 << 16

// program is one that hangs nowhere, with so many addresses held, one target, and another address.
func program(t testing.TB, n int) (p *Program, bad, good netip.Addr, to netip.AddrPort) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	p = &Program{}
	if err := p.load(most); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.objects.Close() })
	bad, good, to = netip.MustParseAddr("198.51.100.66"), netip.MustParseAddr("198.51.100.67"), netip.MustParseAddrPort("192.0.2.1:443")
	if err := p.Guard([]netip.AddrPort{to}); err != nil {
		t.Fatal(err)
	}
	if err := p.Hold(many(n - 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Hold([]Held{{bad, 10 * time.Minute}}); err != nil {
		t.Fatal(err)
	}
	return p, bad, good, to
}

func many(n int) []Held {
	out := make([]Held, n)
	for i := range out {
		out[i] = Held{netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 20<<24+uint32(i)*2654435761>>8))), 10 * time.Minute}
	}
	return out
}

// frame is an ACK of 60 bytes (RFC 791, 3.1; RFC 8200, 3; RFC 9293, 3.1).
func frame(from, to netip.AddrPort) []byte {
	d := make([]byte, 14, 80)
	tcp := make([]byte, 20)
	binary.BigEndian.PutUint16(tcp, from.Port())
	binary.BigEndian.PutUint16(tcp[2:], to.Port())
	tcp[12], tcp[13] = 0x50, 0x10
	if from.Addr().Is6() {
		binary.BigEndian.PutUint16(d[12:], 0x86dd)
		d = append(d, 0x60, 0, 0, 0, 0, 20, 6, 64)
	} else {
		binary.BigEndian.PutUint16(d[12:], 0x0800)
		d = append(d, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0)
	}
	d = append(append(d, from.Addr().AsSlice()...), to.Addr().AsSlice()...)
	return append(d, tcp...)
}

// answers is what the program says to a frame.
func answers(t testing.TB, p *Program, f []byte) uint32 {
	t.Helper()
	f = append(f, make([]byte, max(0, 60-len(f)))...)
	code, err := p.objects.EkWall.Run(&ebpf.RunOptions{Data: f})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestOnlyTCPOfWhoIsHeldToWhatIsGuardedIsDropped asks the program about packets one by one.
func TestOnlyTCPOfWhoIsHeldToWhatIsGuardedIsDropped(t *testing.T) {
	const drop, pass = 1, 2
	p, bad, good, to := program(t, 2)
	six, to6 := netip.MustParseAddr("2001:db8::66"), netip.MustParseAddrPort("[2001:db8::1]:443")
	if err := p.Hold([]Held{{six, time.Minute}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Guard([]netip.AddrPort{to, to6}); err != nil {
		t.Fatal(err)
	}
	at := func(a netip.Addr) netip.AddrPort { return netip.AddrPortFrom(a, 40000) }
	change := func(f []byte, change func([]byte)) []byte { change(f); return f }
	tagged := func(f []byte) []byte { // IEEE 802.1Q
		return append(append(append([]byte{}, f[:12]...), 0x81, 0, 0, 7), f[12:]...)
	}
	for _, c := range []struct {
		says string
		f    []byte
		want uint32
	}{
		{"who is held", frame(at(bad), to), drop},
		{"with a tag", tagged(frame(at(bad), to)), drop},
		{"of IPv6", frame(at(six), to6), drop},
		{"who is not", frame(at(good), to), pass},
		{"another port", frame(at(bad), netip.AddrPortFrom(to.Addr(), 22)), pass},
		{"another address", frame(at(bad), netip.AddrPortFrom(good, 443)), pass},
		{"the other way", frame(to, at(bad)), pass},
		{"UDP", change(frame(at(bad), to), func(f []byte) { f[23] = 17 }), pass},
		{"a later fragment", change(frame(at(bad), to), func(f []byte) { f[21] = 9 }), pass},
		{"no IP", change(frame(at(bad), to), func(f []byte) { f[12] = 9 }), pass},
		{"cut off", frame(at(bad), to)[:40], pass},
	} {
		if got := answers(t, p, c.f); got != c.want {
			t.Errorf("%s: %d; expected %d", c.says, got, c.want)
		}
	}
	if n, err := p.Dropped(); err != nil || n != 3 {
		t.Errorf("%d are counted, %v", n, err)
	}
	if err := p.objects.EkHeld.Put(addressOf(bad), uint64(uptime()-time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := answers(t, p, frame(at(bad), to)); got != pass {
		t.Error("it is dropped after its end")
	}
}

// BenchmarkPacket says what one packet costs, by BPF_PROG_TEST_RUN, with the tables in the cache.
func BenchmarkPacket(b *testing.B) {
	p, bad, good, to := program(b, most)
	nothing, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0", Instructions: asm.Instructions{asm.Mov.Imm32(asm.R0, 2), asm.Return()}})
	if err != nil {
		b.Fatal(err)
	}
	defer nothing.Close()
	at := func(a netip.Addr) netip.AddrPort { return netip.AddrPortFrom(a, 40000) }
	for _, c := range []struct {
		name string
		p    *ebpf.Program
		f    []byte
	}{
		{"a program that does nothing", nothing, frame(at(good), to)},
		{"somebody else, 65,536 addresses held", p.objects.EkWall, frame(at(good), to)},
		{"dropped, 65,536 addresses held", p.objects.EkWall, frame(at(bad), to)},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := append(c.f, make([]byte, 6)...)
			n := 300_000
			if testing.Short() {
				n = 1000
			}
			runtime.GC()
			var best float64
			for range 10 {
				_, d, err := c.p.Benchmark(f, n, nil)
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

// BenchmarkHold says what it costs to drop one more address beside many. They are freed a thousand at once, which is not counted.
func BenchmarkHold(b *testing.B) {
	const room = 1000
	p, _, _, _ := program(b, most-room)
	sets, err := OpenSets("evenkeel_bench", "", most)
	if err != nil {
		b.Fatal(err)
	}
	defer sets.Close()
	if err := sets.Hold(many(most - room)); err != nil {
		b.Fatal(err)
	}
	for name, h := range map[string]interface {
		Hold([]Held) error
		Free([]netip.Addr) error
	}{"XDP": p, "nftables": sets} {
		b.Run(name, func(b *testing.B) {
			var held []netip.Addr
			for b.Loop() {
				a := netip.AddrFrom4([4]byte{198, 18, byte(len(held) >> 8), byte(len(held))})
				if err := h.Hold([]Held{{a, time.Minute}}); err != nil {
					b.Fatal(err)
				}
				if held = append(held, a); len(held) < room {
					continue
				}
				b.StopTimer()
				if err := h.Free(held); err != nil {
					b.Fatal(err)
				}
				held = held[:0]
				b.StartTimer()
			}
			if err := h.Free(held); err != nil {
				b.Fatal(err)
			}
		})
	}
}
