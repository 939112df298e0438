//go:build linux

package kernel

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// BenchmarkInnocent says what a guest that harms nobody loses by the programs at its port: what it sends or answers over a veth
// in short turns with them and without, one after the other, as the machine is shared. Guest and peer are on one CPU, so that
// what is done in a second of its time says what each packet costs, whoever else is at work; that is the figure. Of turns
// on the clock the same is told, and of both the median of pairs of turns and its quartiles. As others at work only ever make a turn
// worse, the upper quartiles of turns with and without are compared too. Beside it stands how much of that time the
// programs took as the kernel measures it, which costs some and is in it.
func BenchmarkInnocent(b *testing.B) {
	pairs, lasts := 200, 100*time.Millisecond
	if testing.Short() {
		pairs, lasts = 1, 20*time.Millisecond
	}
	for _, c := range []struct {
		name string
		run  func(*house) work
		cut  bool // the guest cuts what it sends into packets itself, each of which is then seen alone
		bare bool // programs that do nothing hang there instead
		xdp  bool // ours are at XDP
		set  port.Rules
	}{
		{name: "bulk TCP up", run: (*house).bulkUp},
		{name: "bulk TCP down", run: (*house).bulkDown},
		{name: "requests on one connection", run: (*house).requests},
		{name: "requests, a connection each", run: (*house).connections},
		{name: "bulk TCP up, programs that do nothing", run: (*house).bulkUp, bare: true},
		{name: "bulk TCP up, cut by the guest", run: (*house).bulkUp, cut: true},
		{name: "bulk TCP up, cut by the guest, limits far above", run: (*house).bulkUp, cut: true, set: port.Rules{Limit: limitsOf(1<<24, 1<<24, 1<<24, 1<<40)}},
		{name: "bulk TCP up, cut by the guest, programs that do nothing", run: (*house).bulkUp, cut: true, bare: true},
		{name: "bulk TCP up, at XDP", run: (*house).bulkUp, xdp: true},
	} {
		b.Run(c.name, func(b *testing.B) {
			allOnOneCPU(b)
			h := newHouse(b)
			if c.cut {
				h.cut()
			}
			o := small("")
			o.XDP = c.xdp
			k := open(b, o)
			w := c.run(h)
			w.turn(b, lasts) // of which nothing is kept
			var lost, more []float64
			var without, with []float64
			one := func(seen bool) (rate, perCPU float64) {
				switch {
				case seen && c.bare:
					defer h.idle()()
				case seen:
					a := h.attach(k)
					if err := k.Set(a.Slot, c.set); err != nil {
						b.Fatal(err)
					}
					defer func() {
						if err := k.Detach(a.Slot); err != nil {
							b.Fatal(err)
						}
					}()
				}
				<-time.After(lasts / 5) // until what hanging them there, or taking them away, left to do is done
				return w.turn(b, lasts)
			}
			for i := range pairs {
				first := i%2 == 0 // each is first as often as the other
				r1, c1 := one(first)
				r2, c2 := one(!first)
				if first {
					r1, c1, r2, c2 = r2, c2, r1, c1
				}
				without, with = append(without, c1), append(with, c2)
				lost, more = append(lost, 1-r2/r1), append(more, 1-c2/c1)
			}
			for b.Loop() {
			}
			b.ReportMetric(0, "ns/op")
			q, t := quartiles(lost), quartiles(more)
			b.ReportMetric(quartiles(without)[1], w.unit)
			b.ReportMetric(100*t[1], "%lost")
			took := "no time that is told apart"
			if !c.bare && !c.xdp {
				took = h.share(k, w, lasts)
			}
			b.Logf("lost %.1f %% of what a second of the CPU does (quartiles of pairs %.1f to %.1f; between upper quartiles %.1f %%), which is %.5g %s without; on the clock %.1f %% (%.1f to %.1f); programs took %s",
				100*t[1], 100*t[0], 100*t[2], 100*(1-quartiles(with)[2]/quartiles(without)[2]), quartiles(without)[1], w.unit, 100*q[1], 100*q[0], 100*q[2], took)
		})
	}
}

// idle hangs programs that do nothing where ours would, until what it returns is called.
func (h *house) idle() (end func()) {
	h.t.Helper()
	var links []link.Link
	h.in(h.host, func() error {
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "Apache-2.0", Instructions: asm.Instructions{asm.Mov.Imm32(asm.R0, -1), asm.Return()}})
		if err != nil {
			return err
		}
		defer p.Close()
		for _, hook := range []ebpf.AttachType{ebpf.AttachTCXIngress, ebpf.AttachTCXEgress} {
			l, err := link.AttachTCX(link.TCXOptions{Program: p, Interface: h.place.Index, Attach: hook})
			if err != nil {
				return err
			}
			links = append(links, l)
		}
		return nil
	})
	return func() {
		for _, l := range links {
			l.Close()
		}
	}
}

// share is what part of the processor time of a load the programs took, as the kernel measures it.
func (h *house) share(k *Kernel, w work, lasts time.Duration) string {
	h.t.Helper()
	stats, err := ebpf.EnableStats(uint32(unix.BPF_STATS_RUN_TIME))
	if err != nil {
		h.t.Fatal(err)
	}
	defer stats.Close()
	a := h.attach(k)
	defer k.Detach(a.Slot)
	ran := func() (d time.Duration, n uint64) {
		for _, p := range []*ebpf.Program{k.objects.EkTcOut, k.objects.EkTcIn} {
			s, err := p.Stats()
			if err != nil {
				h.t.Fatal(err)
			}
			d += s.Runtime
			n += s.RunCount
		}
		return d, n
	}
	d0, n0 := ran()
	cpu := processTime()
	w.turn(h.t, 4*lasts)
	cpu = processTime() - cpu
	d, n := ran()
	d -= d0
	n -= n0
	return fmt.Sprintf("%.2f %% of processor time, %.0f ns each of %d runs", 100*d.Seconds()/cpu.Seconds(), float64(d.Nanoseconds())/float64(max(n, 1)), n)
}

func quartiles(of []float64) [3]float64 {
	s := slices.Sorted(slices.Values(of))
	return [3]float64{s[len(s)/4], s[len(s)/2], s[3*len(s)/4]}
}

// processTime is what all threads of this process took, and the kernel for them, with what the kernel put off until later
// on their CPU.
func processTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano()+u.Stime.Nano()) + putOff()
}

// later is the file of the times of the kernel's thread that does on our CPU what was put off; empty where there is none.
var later string

func putOff() time.Duration {
	text, err := os.ReadFile(later)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.ParseInt(first, 10, 64)
	return time.Duration(n)
}

// allOnOneCPU keeps all threads of this process on one CPU until the test ends.
func allOnOneCPU(t testing.TB) {
	t.Helper()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	cpu := 0
	for !before.IsSet(cpu) {
		cpu++
	}
	one.Set(cpu)
	all := func(s *unix.CPUSet) {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			id, _ := strconv.Atoi(task.Name())
			unix.SchedSetaffinity(id, s) // one that ended is on no CPU
		}
	}
	all(&one)
	t.Cleanup(func() { all(&before) })
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && string(text) == fmt.Sprintf("ksoftirqd/%d\n", cpu) {
			later = filepath.Join(filepath.Dir(name), "schedstat")
		}
	}
}

// work is a load that goes on until it is stopped; done counts what it did.
type work struct {
	unit  string
	scale float64
	done  *atomic.Int64
}

// turn says how much is done in a second, and in a second of processor time.
func (w work) turn(t testing.TB, lasts time.Duration) (rate, perCPU float64) {
	t.Helper()
	for range 20 { // a machine that is busy with others may have no time for a whole turn
		began, cpu, n := Now(), processTime(), w.done.Load()
		<-time.After(lasts)
		did := float64(w.done.Load()-n) / w.scale
		if spent := processTime() - cpu; did > 0 && spent > 0 {
			return did / (float64(Now()-began) / 1e9), did / spent.Seconds()
		}
	}
	t.Fatalf("nothing was done in twenty times %v", lasts)
	return 0, 0
}

// cut has the guest cut what it sends into packets of its link's size by itself, as one does without offloads.
func (h *house) cut() {
	h.t.Helper()
	h.in(h.guest, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for _, command := range []uint32{0x1f, 0x24} { // ETHTOOL_STSO, ETHTOOL_SGSO
			value := [2]uint32{command, 0}
			var request struct {
				name [16]byte
				data unsafe.Pointer
				_    [16]byte
			}
			copy(request.name[:], "ekguest0")
			request.data = unsafe.Pointer(&value)
			if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); e != 0 {
				return fmt.Errorf("turn offload %#x off: %w", command, e)
			}
		}
		return nil
	})
}

// talk makes a connection between the guest and the host, for as long as the test lasts. The first of the ends is the
// guest's, which called.
func (h *house) talk() (guest, host net.Conn) {
	h.t.Helper()
	var l net.Listener
	h.in(h.host, func() (err error) {
		l, err = net.Listen("tcp", netip.AddrPortFrom(hostAddr, 0).String())
		return err
	})
	defer l.Close()
	h.in(h.guest, func() (err error) {
		guest, err = net.Dial("tcp", l.Addr().String())
		return err
	})
	host, err := l.Accept()
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		guest.Close()
		host.Close()
	})
	return guest, host
}

func bulk(from, to net.Conn) work {
	w := work{"Mbit/s", 1e6 / 8, new(atomic.Int64)}
	go io.Copy(from, endless{})
	go func() {
		b := make([]byte, 256<<10)
		for {
			n, err := to.Read(b)
			w.done.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	return w
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func (h *house) bulkUp() work   { g, o := h.talk(); return bulk(g, o) }
func (h *house) bulkDown() work { g, o := h.talk(); return bulk(o, g) }

const asked, answered = 200, 5000 // bytes of a request, of an answer

// requests are asked of the guest on one connection, one after another.
func (h *house) requests() work {
	w := work{"requests/s", 1, new(atomic.Int64)}
	g, o := h.talk()
	go serveAll(g)
	go func() {
		for ask(o) == nil {
			w.done.Add(1)
		}
	}()
	return w
}

// serveAll answers what is asked on a connection until it ends.
func serveAll(c net.Conn) {
	defer c.Close()
	question, answer := make([]byte, asked), make([]byte, answered)
	for {
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

func ask(c net.Conn) error {
	if _, err := c.Write(make([]byte, asked)); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, c, answered)
	return err
}

// connections are requests of which each has a connection of its own.
func (h *house) connections() work {
	w := work{"requests/s", 1, new(atomic.Int64)}
	var l net.Listener
	h.in(h.guest, func() (err error) {
		l, err = net.Listen("tcp", netip.AddrPortFrom(guestAddr, 80).String())
		return err
	})
	h.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveAll(c)
		}
	}()
	go inSpace(h.host, func() error {
		for {
			c, err := net.Dial("tcp", netip.AddrPortFrom(guestAddr, 80).String())
			if err != nil {
				return err
			}
			err = ask(c)
			c.(*net.TCPConn).SetLinger(0) // no place is kept for it, of which there are few
			c.Close()
			if err != nil {
				return err
			}
			w.done.Add(1)
		}
	})
	return w
}
