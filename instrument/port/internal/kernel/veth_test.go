//go:build linux

package kernel

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// house is a host and a guest: two network namespaces and a veth between them.
type house struct {
	t           testing.TB
	host, guest *os.File
	place       port.Place
}

var guestAddr, hostAddr = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.6")

// newHouse makes both, in namespaces that go when the test is over.
func newHouse(t testing.TB) *house {
	t.Helper()
	needKernel(t)
	h := &house{t: t, host: newSpace(t), guest: newSpace(t)}
	h.in(h.host, func() error {
		link := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "ekhost0"}, PeerName: "ekguest0", PeerNamespace: netlink.NsFd(h.guest.Fd())}
		if err := netlink.LinkAdd(link); err != nil {
			return err
		}
		return up("ekhost0", hostAddr, &h.place)
	})
	h.in(h.guest, func() error { return up("ekguest0", guestAddr, new(port.Place)) })
	return h
}

func up(name string, a netip.Addr, p *port.Place) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	*p = port.Place{Name: name, Index: l.Attrs().Index, Kind: l.Type()}
	copy(p.MAC[:], l.Attrs().HardwareAddr)
	addr, err := netlink.ParseAddr(a.String() + "/29")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(l, addr); err != nil {
		return err
	}
	if lo, err := netlink.LinkByName("lo"); err == nil {
		netlink.LinkSetUp(lo)
	}
	return netlink.LinkSetUp(l)
}

func newSpace(t testing.TB) *os.File {
	t.Helper()
	type made struct {
		h   netns.NsHandle
		err error
	}
	c := make(chan made)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		h, err := netns.New()
		c <- made{h, err}
	}()
	m := <-c
	if m.err != nil {
		t.Fatalf("make a network namespace: %v", m.err)
	}
	f := os.NewFile(uintptr(m.h), "netns")
	t.Cleanup(func() { f.Close() })
	return f
}

// in calls f in a namespace.
func (h *house) in(space *os.File, f func() error) {
	h.t.Helper()
	if err := inSpace(space, f); err != nil {
		h.t.Fatal(err)
	}
}

// raw is a socket of the guest that sends whole frames.
func (h *house) raw() (send func(frame []byte), mac [12]byte) {
	h.t.Helper()
	var fd int
	h.in(h.guest, func() (err error) {
		l, err := netlink.LinkByName("ekguest0")
		if err != nil {
			return err
		}
		copy(mac[:], h.place.MAC[:])
		copy(mac[6:], l.Attrs().HardwareAddr)
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err != nil {
			return err
		}
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
		return unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: l.Attrs().Index})
	})
	h.t.Cleanup(func() { unix.Close(fd) })
	return func(frame []byte) {
		copy(frame, mac[:])
		for {
			_, err := unix.Write(fd, frame)
			if err == nil {
				return
			}
			if err != unix.ENOBUFS && err != unix.EAGAIN {
				h.t.Errorf("send a frame: %v", err)
				return
			}
		}
	}, mac
}

// pins is a folder below a bpffs of our own.
func pins(t testing.TB) string {
	t.Helper()
	needKernel(t)
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Fatalf("mount a bpffs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount the bpffs: %v", err)
		}
	})
	return filepath.Join(dir, "agent")
}

// small are options with little tables.
func small(dir string) Options {
	return Options{Dir: dir, Ports: 8, Flows: 64, Destinations: 1024, Ring: 4096}
}

func open(t testing.TB, o Options) *Kernel {
	t.Helper()
	k, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func (h *house) attach(k *Kernel) port.Attached {
	h.t.Helper()
	a, err := k.Attach(h.place, guestNet, h.host)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func totalsOf(t testing.TB, k *Kernel, s port.Slot) port.Counts {
	t.Helper()
	c, err := k.Totals(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve is a web server on the guest; get fetches its page from the host.
func (h *house) serve() (get func() error) {
	h.t.Helper()
	var l net.Listener
	h.in(h.guest, func() (err error) {
		l, err = net.Listen("tcp", netip.AddrPortFrom(guestAddr, 80).String())
		return err
	})
	page := bytes.Repeat([]byte("page "), 1000)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(page) })}
	go s.Serve(l)
	h.t.Cleanup(func() { s.Close() })
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
			err = inSpace(h.host, func() error {
				c, err = (&net.Dialer{}).DialContext(ctx, network, address)
				return err
			})
			return c, err
		},
	}}
	return func() error {
		r, err := client.Get("http://" + guestAddr.String() + "/")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		got, err := io.ReadAll(r.Body)
		if err == nil && !bytes.Equal(got, page) {
			return fmt.Errorf("got %d bytes; expected the page", len(got))
		}
		return err
	}
}

// TestAFloodIsLimitedWhileThePageIsServed sends SYNs from the guest, limits them, and fetches a page from the same guest all the while.
func TestAFloodIsLimitedWhileThePageIsServed(t *testing.T) {
	for _, xdp := range []bool{false, true} {
		t.Run(fmt.Sprintf("at XDP: %v", xdp), func(t *testing.T) {
			h := newHouse(t)
			o := small("")
			o.XDP = xdp
			k := open(t, o)
			a := h.attach(k)
			out, in := "tcx", "tcx"
			if xdp {
				out = "xdp"
			}
			if old := slices.ContainsFunc(k.Features(), func(f port.Feature) bool { return f.Name == "TCX" && f.Answer == port.No }); old || xdp && a.In == "tc" {
				out, in = "xdp", "tc" // this kernel has no TCX
			}
			if a.Out != out || a.In != in {
				t.Fatalf("attached at %s and %s (%q); expected %s and %s", a.Out, a.In, a.Notes, out, in)
			}
			t.Logf("figure: programs hang at %s and %s", a.Out, a.In)
			get := h.serve()
			if err := get(); err != nil {
				t.Fatalf("before the flood: %v", err)
			}
			if err := k.Set(a.Slot, port.Rules{Limit: [port.Kinds]port.Limit{port.SYNs: {PerSecond: 50, Burst: 20, Until: Now() + uint64(time.Hour)}}}); err != nil {
				t.Fatal(err)
			}
			before := totalsOf(t, k, a.Slot)
			send, _ := h.raw()
			frame := tcpFrame(netip.AddrPortFrom(guestAddr, 40000), netip.AddrPortFrom(hostAddr, 9), 2)
			const n = 20_000
			began := Now()
			for i := range n {
				binary.BigEndian.PutUint16(frame[34:], uint16(i))
				send(frame)
				if i%2000 == 0 {
					if err := get(); err != nil {
						t.Errorf("during the flood: %v", err)
					}
				}
			}
			took := Now() - began
			c := totalsOf(t, k, a.Slot)
			syns, refused := c.SynsOut-before.SynsOut, c.Refused[port.BySYNs]
			if syns != n || c.Dropped() != refused {
				t.Errorf("%d SYNs were seen, %d packets dropped, %d of them for SYNs; expected %d SYNs and nothing else dropped", syns, c.Dropped(), refused, n)
			}
			// A tick of the clock is at most 10 ms, in which half a SYN comes back.
			if most := 21 + 50*float64(took)/1e9; float64(n-refused) > most+1 || n-refused < 20 {
				t.Errorf("%d SYNs passed in %v; expected 20 to %.0f", n-refused, time.Duration(took), most)
			}
			if c.PacketsIn == 0 || c.SynAcksIn != 0 || c.SpoofedOut != 0 {
				t.Errorf("%d packets and %d SYN-ACKs came in, %d were spoofed; expected those of the page", c.PacketsIn, c.SynAcksIn, c.SpoofedOut)
			}
		})
	}
}

// TestALimitOutlivesItsAgentAndEnds kills an agent that limits, with no time to let go, and looks what is left.
func TestALimitOutlivesItsAgentAndEnds(t *testing.T) {
	h := newHouse(t)
	dir := pins(t)
	const lasts = 3 * time.Second
	agent := exec.Command(os.Args[0], "-test.run=^TestAgent$")
	agent.Env = append(os.Environ(), "EK_TEST_PINS="+dir, fmt.Sprintf("EK_TEST_PORT=%s %d", h.place.Name, h.place.Index), fmt.Sprintf("EK_TEST_FOR=%d", lasts))
	agent.ExtraFiles = []*os.File{h.host}
	agent.Stderr = os.Stderr
	out, err := agent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	var until uint64
	if _, err := fmt.Fscanf(out, "until %d\n", &until); err != nil {
		t.Fatalf("the agent says no end: %v", err)
	}
	if err := agent.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	agent.Wait()

	send, _ := h.raw()
	frame := tcpFrame(netip.AddrPortFrom(guestAddr, 40000), netip.AddrPortFrom(hostAddr, 9), 2)
	for range 100 {
		send(frame)
	}
	if Now() > until {
		t.Fatal("the limit was over before anything was sent: this machine is too slow for a limit of so little time")
	}
	k := open(t, small(dir))
	ports := k.Ports()
	if len(ports) != 1 || ports[0].Place.Name != h.place.Name || len(k.Leftovers()) != 0 {
		t.Fatalf("found %v, left %v; expected the port that the killed agent had", ports, k.Leftovers())
	}
	s := ports[0].Slot
	if c := totalsOf(t, k, s); c.Refused[port.BySYNs] < 96 || c.Refused[port.BySYNs] > 99 {
		t.Errorf("%d of 100 SYNs were dropped while no agent lived; expected 99, or one less for each second that it took", c.Refused[port.BySYNs])
	}
	r, err := k.Rules(s)
	if err != nil || r.Limit[port.SYNs] != (port.Limit{PerSecond: 1, Burst: 1, Until: until}) || len(r.Drops) != 2 {
		t.Errorf("read back %+v, %v", r, err)
	}
	if now := Now(); now <= until { // and a tick of the program's clock, which is 10 ms at most
		<-time.After(time.Duration(until-now) + 20*time.Millisecond)
	}
	before := totalsOf(t, k, s)
	for range 100 {
		send(frame)
	}
	if c := totalsOf(t, k, s); c.Dropped() != before.Dropped() || c.SynsOut != before.SynsOut+100 {
		t.Errorf("after its end the limit dropped %d packets more", c.Dropped()-before.Dropped())
	}
}

// TestAgent is the agent of the test before, in a process of its own.
func TestAgent(t *testing.T) {
	dir := os.Getenv("EK_TEST_PINS")
	if dir == "" {
		return // called by name only
	}
	k, err := Open(small(dir))
	if err != nil {
		t.Fatal(err)
	}
	var p port.Place
	var lasts time.Duration
	fmt.Sscanf(os.Getenv("EK_TEST_PORT"), "%s %d", &p.Name, &p.Index)
	fmt.Sscanf(os.Getenv("EK_TEST_FOR"), "%d", &lasts)
	a, err := k.Attach(p, guestNet, os.NewFile(3, "netns"))
	if err != nil {
		t.Fatal(err)
	}
	until := Now() + uint64(lasts)
	err = k.Set(a.Slot, port.Rules{
		Limit: [port.Kinds]port.Limit{port.SYNs: {PerSecond: 1, Burst: 1, Until: until}},
		Drops: []port.Drop{{Protocol: 17, To: netip.MustParseAddrPort("198.51.100.1:53"), Until: until}, {Protocol: 6, To: netip.MustParseAddrPort("[2001:db8::1]:0"), Until: until}},
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("until %d\n", until)
	select {}
}

func TestTwoAgentsOnOneHostAreTold(t *testing.T) {
	h := newHouse(t)
	dir := pins(t)
	first := open(t, small(dir))
	h.attach(first)
	if _, err := Open(small(dir)); err == nil || !strings.Contains(err.Error(), "another agent") {
		t.Errorf("a second agent with the same folder: %v", err)
	}
	second := open(t, small(dir+"-2"))
	if _, err := second.Attach(h.place, guestNet, h.host); err == nil || !strings.Contains(err.Error(), "another agent") {
		t.Errorf("a second agent at the same port: %v", err)
	}
	if len(second.Ports()) != 0 {
		t.Errorf("the second agent keeps %v", second.Ports())
	}
}

// On kernels before Linux 6.6 what a guest is sent is seen by a filter of tc, which outlives its agent as a link does, and goes with the
// port's slot.
func TestWhereTCXIsRefusedXDPAndTcSee(t *testing.T) {
	h := newHouse(t)
	o := small(pins(t))
	o.noTCX = unix.EOPNOTSUPP
	k := open(t, o)
	a := h.attach(k)
	if a.Out != "xdp" || a.In != "tc" || len(a.Notes) != 0 {
		t.Fatalf("attached %+v", a)
	}
	if i := slices.IndexFunc(k.Features(), func(f port.Feature) bool { return f.Name == "TCX" && f.Answer == port.No }); i < 0 {
		t.Errorf("features: %v", k.Features())
	}
	get := h.serve()
	pages := func(when string, k *Kernel) {
		t.Helper()
		before := totalsOf(t, k, a.Slot)
		if err := get(); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if c := totalsOf(t, k, a.Slot); c.PacketsIn == before.PacketsIn || c.PacketsOut == before.PacketsOut {
			t.Errorf("%s: what the guest sends or is sent is not counted: %+v", when, c)
		}
	}
	pages("at first", k)
	filters := func() (n int) {
		h.in(h.host, func() error {
			l, err := netlink.LinkByIndex(h.place.Index)
			if err != nil {
				return err
			}
			list, err := netlink.FilterList(l, netlink.HANDLE_MIN_EGRESS)
			n = len(list)
			return err
		})
		return n
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if n := filters(); n != 1 {
		t.Errorf("after its agent ended the port has %d filters", n)
	}
	k = open(t, o)
	if p := k.Ports(); len(p) != 1 || p[0].Out != "xdp" || p[0].In != "tc" || len(k.Leftovers()) != 0 {
		t.Fatalf("the next one finds %+v, left %v", p, k.Leftovers())
	}
	pages("with the next agent", k)
	h.attach(k) // which says where the port is
	if err := k.Detach(a.Slot); err != nil {
		t.Fatal(err)
	}
	if n := filters(); n != 0 {
		t.Errorf("after it was detached the port has %d filters", n)
	}
}

func TestWhatCannotBeExplainedIsRemoved(t *testing.T) {
	h := newHouse(t)
	dir := pins(t)
	k, err := Open(small(dir))
	if err != nil {
		t.Fatal(err)
	}
	a := h.attach(k)
	until := Now() + uint64(time.Hour)
	drop := port.Drop{Protocol: 17, To: netip.MustParseAddrPort("198.51.100.1:53"), Until: until}
	if err := k.Set(a.Slot, port.Rules{Drops: []port.Drop{drop}}); err != nil {
		t.Fatal(err)
	}
	// Of a swap that was killed: an entry of the next generation; of nobody: a flow of another slot, another version.
	next := k.inForce(a.Slot).Generation + 1
	half := dropKey{netip.MustParseAddrPort("198.51.100.2:53"), 17, exactFlow}
	k.enter(a.Slot, half, ekEkDrop{Until: until, First: next})
	k.enter(a.Slot+1, half, ekEkDrop{Until: until})
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "evenkeel-port-0"), 0o700); err != nil {
		t.Fatal(err)
	}
	k, err = Open(small(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(k.Leftovers()) != 2 || len(k.Ports()) != 1 {
		t.Errorf("left %v, kept %v; expected two things left and the port", k.Leftovers(), k.Ports())
	}
	all, err := k.allDrops()
	if err != nil || len(all) != 1 || len(all[uint32(a.Slot)]) != 2 {
		t.Errorf("flows that are dropped: %v, %v; expected one, and its fragments", all, err)
	}
	if r, err := k.Rules(a.Slot); err != nil || len(r.Drops) != 1 || r.Drops[0] != drop {
		t.Errorf("read back %+v, %v", r, err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	// Its interface goes while nobody looks.
	h.in(h.host, func() error {
		l, err := netlink.LinkByName(h.place.Name)
		if err != nil {
			return err
		}
		return netlink.LinkDel(l)
	})
	k = open(t, small(dir))
	if len(k.Leftovers()) != 1 || len(k.Ports()) != 0 {
		t.Errorf("left %v, kept %v; expected that the port is gone", k.Leftovers(), k.Ports())
	}
	if all, err := k.allDrops(); err != nil || len(all) != 0 {
		t.Errorf("flows that are dropped: %v, %v; expected none", all, err)
	}
}

func TestInterfacesAreToldAsTheyComeAndGo(t *testing.T) {
	needKernel(t)
	h := &house{t: t, host: newSpace(t)}
	ctx, cancel := context.WithCancel(t.Context())
	events := make(chan port.Event, 64)
	ended := make(chan error, 1)
	go func() { ended <- Watch(ctx, h.host, func(e port.Event) { events <- e }) }()
	want := func(kind port.EventKind, name, was string) {
		t.Helper()
		late := time.After(time.Second)
		for {
			select {
			case e := <-events:
				if e.Place.Name != name {
					continue
				}
				if e.Kind != kind || e.Was != was {
					t.Fatalf("told %v; expected %s %s %s", e, name, kind, was)
				}
				return
			case <-late:
				t.Fatalf("a second after it, nobody says %s %s", name, kind)
			}
		}
	}
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 9}
	add := func(name string) error {
		return netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name, HardwareAddr: mac}, PeerName: name + "p"})
	}
	want(port.Appeared, "lo", "")
	h.in(h.host, func() error { return add("ekone") })
	want(port.Appeared, "ekone", "")
	h.in(h.host, func() error {
		l, err := netlink.LinkByName("ekone")
		if err != nil {
			return err
		}
		return netlink.LinkSetName(l, "ektwo")
	})
	want(port.Renamed, "ektwo", "ekone")
	h.in(h.host, func() error {
		l, err := netlink.LinkByName("ektwo")
		if err != nil {
			return err
		}
		return netlink.LinkDel(l)
	})
	want(port.Gone, "ektwo", "")
	h.in(h.host, func() error { return add("ekthree") })
	want(port.Replugged, "ekthree", "ektwo")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
