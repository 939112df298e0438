//go:build linux

package kernel

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// BenchmarkFlood sends a flood over a veth and drops it at the host's end, by each way in turn: XDP, TCX, which the agent takes by
// itself, nftables, and a program at TCX that does nothing but drop, than which nothing at that place can be faster. What is
// measured is packets generated and dropped in a second of one CPU's time, the median of several turns. There are two generators.
// One is the kernel's own: a program at XDP that redirects each frame of a test run to the guest's end
// (BPF_F_TEST_XDP_LIVE_FRAMES), so that at XDP nobody ever makes a packet of it. The other is a socket of the guest: its
// packets are made in the guest, as those of any container are, and have to be copied before a program at XDP sees them.
func BenchmarkFlood(b *testing.B) {
	turns, lasts := 7, 500*time.Millisecond
	if testing.Short() {
		turns, lasts = 1, 20*time.Millisecond
	}
	ways := []string{"xdp", "tcx", "nftables", "bare"}
	for _, g := range []struct {
		name  string
		flood func(*house, time.Duration, []byte) (uint64, time.Duration)
		frame bool
	}{{"frames of the kernel", (*house).flood, true}, {"packets of a socket", (*house).sendAll, false}} {
		b.Run(g.name, func(b *testing.B) {
			onOneCPU(b)
			var houses []*house
			var dropped []func() uint64
			for _, way := range ways {
				h := newHouse(b)
				if g.frame && way != "xdp" {
					h.passes()
				}
				houses, dropped = append(houses, h), append(dropped, h.drops(way))
			}
			rates := make([][]float64, len(ways))
			for turn := range turns + 1 {
				for i, h := range houses {
					n, took := uint64(0), time.Duration(0)
					again(b, ways[i], func() (sent, came uint64) {
						before := dropped[i]()
						sent, took = g.flood(h, lasts, udpFrame(own, remote))
						n = dropped[i]() - before
						return sent, n
					})
					if turn > 0 || turns == 1 { // the first warms up
						rates[i] = append(rates[i], float64(n)/took.Seconds()/1e6)
					}
				}
			}
			for b.Loop() {
			}
			b.ReportMetric(0, "ns/op")
			of := quartiles(rates[2])[1]
			for i, way := range ways {
				q := quartiles(rates[i])
				b.ReportMetric(q[1], way+"-Mpps")
				b.Logf("%s: %.2f Mpps (quartiles %.2f to %.2f), %.2f times nftables", way, q[1], q[0], q[2], q[1]/of)
			}
		})
	}
}

// again sends until at least half of what was sent came to where it is dropped. Now and then the kernel leaves the port's queue
// to another thread (ksoftirqd), and what is sent meanwhile is lost before the queue: that is not the way's doing.
func again(b *testing.B, way string, send func() (sent, came uint64)) {
	b.Helper()
	var sent, came uint64
	for range 20 {
		if sent, came = send(); came > 0 && came >= sent/2 {
			return
		}
	}
	b.Errorf("%s: %d of %d packets were dropped, and no more in 20 turns", way, came, sent)
}

// drops has the flow to remote dropped by one way, and says how many packets were.
func (h *house) drops(way string) (dropped func() uint64) {
	h.t.Helper()
	switch way {
	case "nftables":
		return h.nftables()
	case "bare":
		return h.bare()
	}
	o := small("")
	o.XDP = way == "xdp"
	k := open(h.t, o)
	a := h.attach(k)
	if a.Out != way {
		h.t.Fatalf("it hangs at %s (%q); expected %s", a.Out, a.Notes, way)
	}
	if err := k.Set(a.Slot, port.Rules{Drops: []port.Drop{{Protocol: 17, To: remote, Until: sure}}}); err != nil {
		h.t.Fatal(err)
	}
	return func() uint64 { c := totalsOf(h.t, k, a.Slot); return c.Refused[port.ByFlow] }
}

// bare hangs a program at TCX that drops all.
func (h *house) bare() (dropped func() uint64) {
	h.t.Helper()
	h.hangs(ebpf.SchedCLS, func(p *ebpf.Program) (link.Link, error) { // TC_ACT_SHOT
		return link.AttachTCX(link.TCXOptions{Program: p, Interface: h.place.Index, Attach: ebpf.AttachTCXIngress})
	})
	return func() (n uint64) { // what came to the link, as the program counts nothing
		h.in(h.host, func() error {
			l, err := netlink.LinkByName(h.place.Name)
			if err == nil {
				n = l.Attrs().Statistics.RxPackets
			}
			return err
		})
		return n
	}
}

// hangs has a program that says 2 of every packet hang at the port until the test ends: what that means is the kind's.
func (h *house) hangs(kind ebpf.ProgramType, at func(*ebpf.Program) (link.Link, error)) {
	h.t.Helper()
	h.in(h.host, func() error {
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: kind, License: "Apache-2.0", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}})
		if err != nil {
			return err
		}
		defer p.Close()
		l, err := at(p)
		if err == nil {
			h.t.Cleanup(func() { l.Close() })
		}
		return err
	})
}

// sendAll sends a frame out of the guest's end again and again, by a socket.
func (h *house) sendAll(lasts time.Duration, frame []byte) (sent uint64, took time.Duration) {
	h.t.Helper()
	h.in(h.guest, func() error {
		l, err := netlink.LinkByName("ekguest0")
		if err != nil {
			return err
		}
		h.address(frame, l)
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: l.Attrs().Index}); err != nil {
			return err
		}
		part := unix.Iovec{Base: &frame[0]}
		part.SetLen(len(frame))
		var batch [64]struct { // struct mmsghdr of sendmmsg(2)
			head unix.Msghdr
			_    [8]byte
		}
		for i := range batch {
			batch[i].head.Iov = &part
			batch[i].head.SetIovlen(1)
		}
		began, cpu := Now(), spent()
		for Now()-began < uint64(lasts) {
			n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&batch[0])), uintptr(len(batch)), 0, 0, 0)
			if errno != 0 && errno != unix.ENOBUFS && errno != unix.EAGAIN && errno != unix.EINTR {
				return errno
			}
			if errno == 0 {
				sent += uint64(n)
			}
		}
		took = spent() - cpu
		return nil
	})
	return sent, took
}

// address writes into a frame from which card to which it goes.
func (h *house) address(frame []byte, from netlink.Link) {
	copy(frame, h.place.MAC[:])
	copy(frame[6:], from.Attrs().HardwareAddr)
	binary.BigEndian.PutUint16(frame[24:], checksum(frame[14:34]))
}

// passes hangs a program at XDP that lets all pass: without one a veth takes no frames that are redirected to it.
func (h *house) passes() {
	h.t.Helper()
	h.hangs(ebpf.XDP, func(p *ebpf.Program) (link.Link, error) { // XDP_PASS
		return link.AttachXDP(link.XDPOptions{Program: p, Interface: h.place.Index, Flags: link.XDPDriverMode})
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
		h.address(frame, l)
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
