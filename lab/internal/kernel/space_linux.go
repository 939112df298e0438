package kernel

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// NewSpace makes a network namespace with its loopback up. It lasts until the file is closed and no process is in it.
func NewSpace() (*os.File, error) {
	var f *os.File
	err := apart(func() error {
		h, err := netns.New()
		if err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		f = os.NewFile(uintptr(h), "netns")
		return loopback()
	})
	return f, err
}

// Here is the network namespace of this process.
func Here() (*os.File, error) {
	f, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return nil, err
	}
	return f, loopback()
}

func loopback() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}

// In calls f on a thread that is inside a namespace.
func In(space *os.File, f func() error) error {
	return apart(func() error {
		if err := netns.Set(netns.NsHandle(space.Fd())); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return f()
	})
}

// apart calls f on a thread that ends with it.
func apart(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		done <- f()
	}()
	return <-done
}

// Wire makes a veth from this process's namespace to another, both ends up, and says the hardware addresses of both.
func Wire(name, peer string, space *os.File) (near, far net.HardwareAddr, err error) {
	v := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: peer, PeerNamespace: netlink.NsFd(space.Fd())}
	if err := netlink.LinkAdd(v); err != nil {
		return nil, nil, fmt.Errorf("make the link %s: %w", name, err)
	}
	if near, err = raise(name); err != nil {
		return nil, nil, err
	}
	err = In(space, func() (err error) {
		far, err = raise(peer)
		return err
	})
	return near, far, err
}

func raise(name string) (net.HardwareAddr, error) {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return nil, err
	}
	return l.Attrs().HardwareAddr, netlink.LinkSetUp(l)
}

// Drop removes a link of this process's namespace, with its other end.
func Drop(name string) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return netlink.LinkDel(l)
}

// Address gives a link an address, without asking whether another has it.
func Address(link string, p netip.Prefix) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return err
	}
	a := &netlink.Addr{IPNet: network(p)}
	if p.Addr().Is6() {
		a.Flags = 0x02 // IFA_F_NODAD: usable at once
	}
	if err := netlink.AddrAdd(l, a); err != nil {
		return fmt.Errorf("give %s the address %v: %w", link, p, err)
	}
	return nil
}

// Route sends a prefix to a link; through a gateway that is reached there, if one is given.
func Route(link string, p netip.Prefix, gateway netip.Addr) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return err
	}
	r := &netlink.Route{LinkIndex: l.Attrs().Index, Dst: network(p)}
	if gateway.IsValid() {
		r.Gw = gateway.AsSlice()
		r.Flags = int(netlink.FLAG_ONLINK)
	} else if p.Addr().Is4() {
		r.Scope = netlink.SCOPE_LINK
	}
	return added(r, p)
}

// Own makes each address of a prefix one of this namespace's own, which answers and may be sent from.
func Own(p netip.Prefix) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return added(&netlink.Route{LinkIndex: lo.Attrs().Index, Dst: network(p), Table: 255, Type: 2, Scope: netlink.SCOPE_HOST}, p) // RT_TABLE_LOCAL, RTN_LOCAL
}

func added(r *netlink.Route, p netip.Prefix) error {
	if err := netlink.RouteAdd(r); err != nil {
		return fmt.Errorf("add a route to %v: %w", p, err)
	}
	return nil
}

func network(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Switch sets a switch below /proc/sys/net of the namespace that the thread is in.
func Switch(name, value string) error {
	return os.WriteFile("/proc/sys/net/"+name, []byte(value), 0)
}

// Narrow lets at most so many bytes a second out of a link, by a token bucket with a burst and a queue of so many bytes.
func Narrow(link string, rate uint64, burst, queue uint32) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return err
	}
	const ticks = 15.625 // of psched (64 ns) in a microsecond
	return netlink.QdiscReplace(&netlink.Tbf{
		QdiscAttrs: netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Parent: netlink.HANDLE_ROOT, Handle: netlink.MakeHandle(1, 0)},
		Rate:       rate, Limit: burst + queue, Buffer: uint32(float64(burst) / float64(rate) * 1e6 * ticks),
	})
}

// Links are the names of the links of this process's namespace.
func Links() ([]string, error) {
	list, err := netlink.LinkList()
	var names []string
	for _, l := range list {
		names = append(names, l.Attrs().Name)
	}
	return names, err
}

// Join makes a veth between two namespaces, both ends up.
func Join(name string, space *os.File, peer string, other *os.File) error {
	return In(space, func() error {
		_, _, err := Wire(name, peer, other)
		return err
	})
}
