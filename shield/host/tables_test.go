package host_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

const table = "evenkeel_test"

// rulesEnv holds a port and orders, which a child of a test puts in force before it waits to be killed.
const rulesEnv = "EVENKEEL_TEST_RULES"

type rules struct {
	Pins   string // where programs are pinned; "": nftables
	Port   plan.Port
	Orders []evenkeel.Order
}

// hand makes the one that these are for.
func (x *rules) hand() (host.Hand, error) {
	if x.Pins != "" {
		return programs(x.Pins)
	}
	return host.NewTables(table)
}

func init() {
	host.Children[rulesEnv] = func(text string) {
		var x rules
		err := json.Unmarshal([]byte(text), &x)
		if err == nil {
			var hand host.Hand
			if hand, err = x.hand(); err == nil {
				r, _ := plan.Compile(x.Orders, handstest.World(x.Port), sinceBoot())
				err = hand.Swap(context.Background(), r, sinceBoot())
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_, _ = os.Stdout.WriteString("x")
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
		select {}
	}
}

func sinceBoot() evenkeel.Moment {
	c, err := host.SystemClock(nil)
	if err != nil {
		panic(err)
	}
	return evenkeel.Moment(c.Boot())
}

func TestNftablesKeepTheContract(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	handstest.Run(t, open)
}

func open(t testing.TB) *handstest.Scene { return scene(t, byTables) }

func byTables(w *wire) (host.Hand, string) {
	hand, err := host.NewTablesIn(table, w.host)
	if err != nil {
		w.t.Fatal(err)
	}
	if !hand.Can().PerDestination || !hand.BothWays() {
		w.t.Fatalf("this kernel has %+v, both ways: %v", hand.Can(), hand.BothWays())
	}
	return hand, ""
}

// wire is a host and a guest, each in a network namespace of its own, with a veth between them.
type wire struct {
	t           testing.TB
	host, guest int // descriptors of the namespaces
	send        map[uint8]net.PacketConn
	hear        map[uint8]net.PacketConn
	link        map[uint16]*ends // by what a frame carries
}

// ends are sockets of whole frames, at the guest's end and at the host's, where they are behind the hooks of the port.
type ends struct{ send, hear *os.File }

// scene is one with the hand that of makes on the side of the host, and where its programs are pinned.
func scene(t testing.TB, of func(*wire) (hand host.Hand, pins string)) *handstest.Scene {
	t.Helper()
	// The thread stays in the namespace of the host until the test ends, and then ends with it.
	runtime.LockOSThread()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := &wire{t: t, send: map[uint8]net.PacketConn{}, hear: map[uint8]net.PacketConn{}, link: map[uint16]*ends{}}
	here := func() int {
		must(unix.Unshare(unix.CLONE_NEWNET))
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		must(err)
		t.Cleanup(func() { _ = unix.Close(fd) })
		return fd
	}
	w.guest = here()
	anchor := exec.CommandContext(t.Context(), "cat") // it holds the guest's namespace by its number
	in, err := anchor.StdinPipe()
	must(err)
	must(anchor.Start())
	t.Cleanup(func() { _ = in.Close(); _ = anchor.Wait() })
	w.host = here()
	ip := func(args string) {
		t.Helper()
		run(t, append([]string{"ip"}, strings.Fields(args)...)...)
	}
	ip("link set lo up")
	ip(fmt.Sprintf("link add tap1 type veth peer name eth0 netns %d", anchor.Process.Pid))
	ip("addr add 10.77.0.254/24 dev tap1")
	for _, a := range handstest.Far {
		ip(fmt.Sprintf("addr add %s/32 dev tap1", a))
	}
	ip("link set tap1 up")
	for _, proto := range []uint8{1, 6, 17} {
		w.hear[proto] = w.socket(proto)
	}
	for _, kind := range []uint16{unix.ETH_P_ARP, unix.ETH_P_IPV6} {
		w.link[kind] = &ends{hear: w.frames(kind, "tap1")}
	}
	must(unix.Setns(w.guest, unix.CLONE_NEWNET))
	ip("link set lo up")
	ip("addr add 10.77.0.2/24 dev eth0")
	ip("link set eth0 up")
	ip("route add default via 10.77.0.254")
	for _, proto := range []uint8{1, 6, 17} {
		w.send[proto] = w.socket(proto)
	}
	for kind, e := range w.link {
		e.send = w.frames(kind, "eth0")
	}
	must(unix.Setns(w.host, unix.CLONE_NEWNET))
	dev, err := net.InterfaceByName("tap1")
	must(err)
	port := plan.Port{Name: dev.Name, Index: dev.Index}
	hand, pins := of(w)
	// The first packet asks for the address of the other end, which no test should wait for.
	for _, a := range handstest.Far {
		w.sent(plan.Packet{Dst: a, Proto: 17, SrcPort: 1, DstPort: 1}, 1)
	}
	return &handstest.Scene{
		Hand: hand, Port: port, Now: sinceBoot, Pass: func(d time.Duration) { <-time.After(d) },
		Send: w.sent, Stream: w.stream,
		Killed: func(orders []evenkeel.Order) {
			if p, is := hand.(*pinned); is { // another agent takes its place
				p.letGo()
			}
			text, err := json.Marshal(rules{pins, port, orders})
			must(err)
			cmd := host.Child(t, rulesEnv+"="+string(text))
			must(cmd.Process.Kill())
			_ = cmd.Wait()
		},
	}
}

// socket opens one of raw IP in the namespace of this thread.
func (w *wire) socket(proto uint8) net.PacketConn {
	w.t.Helper()
	c, err := net.ListenIP(fmt.Sprintf("ip4:%d", proto), &net.IPAddr{IP: net.IPv4zero})
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := c.SyscallConn()
	if err == nil {
		err = errors.Join(raw.Control(func(fd uintptr) { err = roomy(int(fd)) }), err)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

// roomy gives a socket more than the kernel gives to everybody: 200 KiB hold a hundred packets that came through XDP.
func roomy(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20) }

// frames opens a socket of one sort of frames at an interface in the namespace of this thread.
func (w *wire) frames(kind uint16, dev string) *os.File {
	w.t.Helper()
	at, err := net.InterfaceByName(dev)
	if err != nil {
		w.t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), dev)
	w.t.Cleanup(func() { _ = f.Close() })
	onWire := kind<<8 | kind>>8 // in the order of bytes on the wire
	if err := errors.Join(roomy(fd), unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: onWire, Ifindex: at.Index})); err != nil {
		w.t.Fatal(err)
	}
	return f
}

// frameOf is a request for the address of who is not there, by ARP (RFC 826) or by neighbour discovery (RFC 4861, 4.3),
// with its EtherType. For other packets there is none.
func frameOf(p *plan.Packet) (kind uint16, frame []byte) {
	mac := []byte{2, 0, 0, 0, 0, 2}
	switch {
	case p.Link == plan.ARP:
		frame = slices.Concat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, mac, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1},
			mac, handstest.Guest.AsSlice(), make([]byte, 6), []byte{10, 77, 0, 99})
		return unix.ETH_P_ARP, frame
	case p.Dst.Is6():
		whom := netip.MustParseAddr("fe80::99").AsSlice()
		frame = slices.Concat([]byte{0x33, 0x33}, p.Dst.AsSlice()[12:], mac, []byte{0x86, 0xdd, 0x60, 0, 0, 0, 0, 24, p.Proto, 255},
			handstest.Guest6.AsSlice(), p.Dst.AsSlice(), []byte{p.ICMP, 0, 0, 0, 0, 0, 0, 0}, whom)
		return unix.ETH_P_IPV6, frame
	}
	return 0, nil
}

func segment(p *plan.Packet, src uint16) []byte {
	if p.Proto == packet.ICMP {
		sum := ^(uint16(p.ICMP) << 8) // RFC 792: type, code, checksum, and four bytes that are 0
		return append(binary.BigEndian.AppendUint16([]byte{p.ICMP, 0}, sum), 0, 0, 0, 0)
	}
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, src), p.DstPort)
	if p.Proto == 17 {
		return append(b, 0, 12, 0, 0, 'e', 'v', 'e', 'n') // no checksum, RFC 768
	}
	flags := byte(0x10)
	if p.SYN {
		flags = 0x02
	}
	return append(b, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0x20, 0, 0, 0, 0, 0)
}

// write sends one packet; a queue that is full empties.
func (w *wire) write(p *plan.Packet, i int) {
	src := p.SrcPort
	if src == 0 {
		src = uint16(5000 + i)
	}
	kind, frame := frameOf(p)
	for {
		var err error
		if frame != nil {
			_, err = w.link[kind].send.Write(frame)
		} else {
			_, err = w.send[p.Proto].WriteTo(segment(p, src), &net.IPAddr{IP: p.Dst.AsSlice()})
		}
		if !errors.Is(err, unix.ENOBUFS) {
			return
		}
	}
}

// sent returns how many of n packets arrived: all of them, or those of a fifth of a second more.
func (w *wire) sent(p plan.Packet, n int) (arrived int) {
	w.count(&p, 1<<30, time.Now()) // what came before
	for i := range n {
		w.write(&p, i)
	}
	return w.count(&p, n, time.Now().Add(200*time.Millisecond))
}

// count reads what the host got of a protocol to a port, or of a frame, until there are n or it is time.
func (w *wire) count(p *plan.Packet, n int, until time.Time) (got int) {
	until = until.Add(time.Millisecond)
	b := make([]byte, 200)
	if kind, frame := frameOf(p); frame != nil {
		c := w.link[kind].hear
		_ = c.SetReadDeadline(until)
		for got < n {
			size, err := c.Read(b)
			if err != nil {
				return got
			}
			if bytes.Equal(b[:size], frame) {
				got++
			}
		}
		return got
	}
	c := w.hear[p.Proto]
	_ = c.SetReadDeadline(until)
	for got < n {
		size, from, err := c.ReadFrom(b)
		if err != nil {
			return got
		}
		ours := binary.BigEndian.Uint16(b[2:]) == p.DstPort
		if p.Proto == packet.ICMP {
			ours = b[0] == p.ICMP
		}
		if size >= 4 && from.String() == handstest.Guest.String() && ours {
			got++
		}
	}
	return got
}

func (w *wire) stream(p plan.Packet) (stop func() int) {
	end, done := make(chan struct{}), make(chan struct{})
	w.count(&p, 1<<30, time.Now())
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
				w.write(&p, i)
			}
		}
	}()
	return func() int {
		close(end)
		<-done
		return w.count(&p, 1<<30, time.Now().Add(100*time.Millisecond))
	}
}
