//go:build linux

package kernel

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// BenchmarkFlood sends a flood over a veth and drops it at the host's end, by each way in turn. What is measured is packets
// generated and dropped in a second of one CPU's time. The generator is the kernel's own: a program at XDP that redirects each frame of a test run
// to the guest's end (BPF_F_TEST_XDP_LIVE_FRAMES).
func BenchmarkFlood(b *testing.B) {
	lasts := 2 * time.Second
	if testing.Short() {
		lasts = 50 * time.Millisecond
	}
	rules := port.Rules{Drops: []port.Drop{{Protocol: 17, To: remote, Until: sure}}}
	for _, way := range []string{"xdp", "tcx", "nftables"} {
		b.Run(way, func(b *testing.B) {
			onOneCPU(b)
			h := newHouse(b)
			var dropped func() uint64
			if way == "nftables" {
				h.passes()
				dropped = h.nftables()
			} else {
				o := small("")
				o.XDP = way == "xdp"
				if !o.XDP {
					h.passes()
				}
				k := open(b, o)
				a := h.attach(k)
				if err := k.Set(a.Slot, rules); err != nil {
					b.Fatal(err)
				}
				dropped = func() uint64 { c := totalsOf(b, k, a.Slot); return c.Refused[port.ByFlow] }
			}
			h.flood(lasts/10, udpFrame(own, remote))
			before := dropped()
			sent, took := h.flood(lasts, udpFrame(own, remote))
			n := dropped() - before
			if n == 0 || n < sent/2 {
				b.Errorf("%d of %d packets were dropped", n, sent)
			}
			for b.Loop() {
			}
			b.ReportMetric(float64(n)/took.Seconds()/1e6, "Mpps")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// passes hangs a program at XDP that lets all pass: without one a veth takes no frames that are redirected to it.
func (h *house) passes() {
	h.t.Helper()
	h.in(h.host, func() error {
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}})
		if err != nil {
			return err
		}
		defer p.Close()
		l, err := link.AttachXDP(link.XDPOptions{Program: p, Interface: h.place.Index, Flags: link.XDPDriverMode})
		if err == nil {
			h.t.Cleanup(func() { l.Close() })
		}
		return err
	})
}

// spent is the time of the processor that this thread took; what the kernel does with a packet that is sent is part of it.
func spent() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// flood sends a frame out of the guest's end again and again.
func (h *house) flood(lasts time.Duration, frame []byte) (sent uint64, took time.Duration) {
	h.t.Helper()
	h.in(h.guest, func() error {
		l, err := netlink.LinkByName("ekguest0")
		if err != nil {
			return err
		}
		copy(frame, h.place.MAC[:])
		copy(frame[6:], l.Attrs().HardwareAddr)
		binary.BigEndian.PutUint16(frame[24:], checksum(frame[14:34]))
		const redirect = 23 // the number of the helper bpf_redirect
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0", Instructions: asm.Instructions{
			asm.Mov.Imm(asm.R1, int32(l.Attrs().Index)), asm.Mov.Imm(asm.R2, 0), asm.BuiltinFunc(redirect).Call(), asm.Return(),
		}})
		if err != nil {
			return err
		}
		defer p.Close()
		const batch = 65536
		began, cpu := Now(), spent()
		for Now()-began < uint64(lasts) {
			if _, err := p.Run(&ebpf.RunOptions{Data: frame, Repeat: batch, Flags: unix.BPF_F_TEST_XDP_LIVE_FRAMES, BatchSize: 64}); err != nil {
				return fmt.Errorf("generate: %w", err)
			}
			sent += batch
		}
		took = spent() - cpu
		return nil
	})
	return sent, took
}

func checksum(b []byte) uint16 {
	var n uint32
	for i := 0; i < len(b); i += 2 {
		n += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	return ^uint16(n + n>>16)
}

// nftables drops the same flow at the netdev ingress hook, by a set.
func (h *house) nftables() (dropped func() uint64) {
	h.t.Helper()
	nft, err := exec.LookPath("nft")
	if err != nil {
		h.t.Skip("the program nft is not installed")
	}
	h.in(h.host, func() error {
		out, err := exec.Command(nft, fmt.Sprintf(`table netdev ek { set s { type ipv4_addr . inet_service; elements = { %s . %d }; }
 counter c { }
 chain in { type filter hook ingress device "%s" priority 0; meta l4proto udp ip daddr . udp dport @s counter name c drop; }
 }`,
			remote.Addr(), remote.Port(), h.place.Name)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("nft: %w: %s", err, out)
		}
		return nil
	})
	return func() (n uint64) {
		h.in(h.host, func() error {
			out, err := exec.Command(nft, "list", "counter", "netdev", "ek", "c").Output()
			if err != nil {
				return err
			}
			for i, w := range strings.Fields(string(out)) {
				if w == "packets" {
					_, err = fmt.Sscan(strings.Fields(string(out))[i+1], &n)
				}
			}
			return err
		})
		return n
	}
}
