package wall_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/shield/gateway/wall"
)

// childEnv makes a process of this test's program one that puts drops in force and waits to be killed.
const childEnv = "EVENKEEL_TEST_WALL"

type child struct {
	Kind    string
	Targets []netip.AddrPort
	Drops   []wall.Drop
}

func TestMain(m *testing.M) {
	text := os.Getenv(childEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	var c child
	err := json.Unmarshal([]byte(text), &c)
	if err == nil {
		var h wall.Hand
		if h, err = kinds[c.Kind](); err == nil {
			err = errors.Join(h.Guards(c.Targets), h.Drop(c.Drops))
		}
	}
	fmt.Println(err)
	select {}
}

// kinds are the hands of the kernel, in the network namespace of this thread.
var kinds = map[string]func() (wall.Hand, error){
	"nftables":                 func() (wall.Hand, error) { return wall.NewTables("evenkeel_wall_test", "") },
	"nftables at an interface": func() (wall.Hand, error) { return wall.NewTables("evenkeel_wall_test", "ekwall0") },
	"XDP":                      func() (wall.Hand, error) { return wall.NewProgram("ekwall0") },
}

func TestNftablesKeepTheContract(t *testing.T) {
	keepsInKernel(t, "nftables")
	keepsInKernel(t, "nftables at an interface", exactly, counted, killedEnds) // only the hook is another
}

func TestXDPKeepsTheContract(t *testing.T) { keepsInKernel(t, "XDP") }

func keepsInKernel(t *testing.T, kind string, only ...string) {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	n := newNet(t)
	keeps(t, func(t *testing.T) *scene {
		runtime.LockOSThread() // and never unlocked: the thread ends with the test
		n.must(unix.Setns(n.here, unix.CLONE_NEWNET))
		s := &scene{arrives: n.arrives, loses: n.loses, pass: func(d time.Duration) { <-time.After(d) }, outlive: kind != "XDP"}
		s.again = func() wall.Hand {
			h, err := kinds[kind]()
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		s.killed = func(targets []netip.AddrPort, drops []wall.Drop) {
			text, err := json.Marshal(child{kind, targets, drops})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childEnv+"="+string(text))
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(out).ReadString('\n')
			if err := cmd.Process.Kill(); err != nil || strings.TrimSpace(line) != "<nil>" {
				t.Fatal(line, err)
			}
			_ = cmd.Wait()
		}
		s.hand = s.again()
		return s
	}, only...)
}

// network is an edge's machine and one that has all other addresses, in network namespaces with a veth between them.
type network struct {
	t           *testing.T
	here, there int // descriptors
}

// newNet makes both. The thread stays in the edge's until the test ends, and then ends with it.
func newNet(t *testing.T) *network {
	t.Helper()
	runtime.LockOSThread()
	n := &network{t: t}
	space := func() int {
		n.must(unix.Unshare(unix.CLONE_NEWNET))
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		n.must(err)
		t.Cleanup(func() { _ = unix.Close(fd) })
		return fd
	}
	n.there = space()
	anchor := exec.Command("cat") // it holds that namespace by its number
	in, err := anchor.StdinPipe()
	n.must(err)
	n.must(anchor.Start())
	t.Cleanup(func() { _ = in.Close(); _ = anchor.Wait() })
	n.here = space()
	n.ip("link set lo up")
	n.ip(fmt.Sprintf("link add ekwall0 type veth peer name ekfar0 netns %d", anchor.Process.Pid))
	n.ip("link set ekwall0 up")
	for _, a := range []string{"192.0.2.1/24", "192.0.2.9/24", "2001:db8::1/64"} {
		n.address(a, "ekwall0")
	}
	n.in(n.there, func() {
		n.ip("link set lo up")
		n.ip("link set ekfar0 up")
		for _, a := range []netip.Addr{bad, good} {
			n.address(a.String()+"/24", "ekfar0")
		}
		for _, a := range []netip.Addr{bad6, good6} {
			n.address(a.String()+"/64", "ekfar0")
		}
	})
	for _, at := range []netip.AddrPort{web, web6, ssh, elsewhere} {
		l, err := net.Listen("tcp", at.String())
		n.must(err)
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.Close()
			}
		}()
	}
	for from, to := range map[netip.Addr]netip.AddrPort{bad: web, good6: web6} { // neighbours are found before anything is measured
		if !n.arrives(from, to, patient) {
			t.Fatal("nothing arrives at all")
		}
	}
	return n
}

func (n *network) address(a, dev string) {
	n.t.Helper()
	flags := ""
	if strings.Contains(a, ":") {
		flags = " nodad"
	}
	n.ip("addr add " + a + " dev " + dev + flags)
}

func (n *network) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) ip(args string) {
	n.t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

// in calls f in a namespace, and comes back.
func (n *network) in(space int, f func()) {
	n.t.Helper()
	n.must(unix.Setns(space, unix.CLONE_NEWNET))
	f()
	n.must(unix.Setns(n.here, unix.CLONE_NEWNET))
}

// arrives opens a connection.
func (n *network) arrives(from netip.Addr, to netip.AddrPort, within time.Duration) (ok bool) {
	n.t.Helper()
	n.in(n.there, func() {
		d := net.Dialer{Timeout: within, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
		c, err := d.Dial("tcp", to.String())
		if ok = err == nil; ok {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
	})
	return ok
}

// loses opens connections without end until it is asked how many were opened.
func (n *network) loses(from netip.Addr, to netip.AddrPort) func() int {
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		runtime.LockOSThread()
		count := 0
		if unix.Setns(n.there, unix.CLONE_NEWNET) != nil {
			done <- -1
			return
		}
		for {
			select {
			case <-stop:
				done <- count
				return
			default:
			}
			d := net.Dialer{Timeout: 5 * time.Millisecond, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
			if c, err := d.Dial("tcp", to.String()); err == nil {
				count++
				c.Close()
			}
		}
	}()
	return func() int { close(stop); return <-done }
}
