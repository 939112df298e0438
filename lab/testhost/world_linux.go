package testhost

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"

	"github.com/evenkeel/evenkeel/lab/internal/kernel"
)

// Where everybody is: documentation and benchmarking networks (RFC 5737, RFC 2544, RFC 3849).
var (
	Victim    = netip.MustParseAddr("203.0.113.7")         // whatever comes to it is counted and dropped
	Attacked  = netip.MustParsePrefix("198.18.0.0/16")     // so is whatever comes to these, with how many of them it came to
	Peers     = netip.MustParsePrefix("198.19.0.0/17")     // they answer at the ports at which something runs in Internet, and refuse at others
	Silent    = netip.MustParsePrefix("198.19.128.0/17")   // nobody is there, and nothing says so
	Visitors  = netip.MustParsePrefix("198.51.100.0/24")   // clients on the internet
	Visitors6 = netip.MustParsePrefix("2001:db8:ff::/64")  // the same over IPv6
	guests    = netip.MustParsePrefix("192.0.2.0/24")      // guests, from the first on
	guests6   = netip.MustParsePrefix("2001:db8:1::/64")   // the same over IPv6
	gateway   = netip.MustParseAddr("169.254.0.1")         // the host, as guests reach it
	gateway6  = netip.MustParseAddr("fe80::1")             // the same over IPv6
	uplink    = netip.MustParsePrefix("100.64.0.1/30")     // the host, as the internet reaches it
	beyond    = netip.MustParsePrefix("100.64.0.2/30")     // the internet's router
	uplink6   = netip.MustParsePrefix("2001:db8:fe::1/64") // the host over IPv6
	beyond6   = netip.MustParsePrefix("2001:db8:fe::2/64") // the internet's router over IPv6
	all       = netip.MustParsePrefix("0.0.0.0/0")
	all6      = netip.MustParsePrefix("::/0")
)

// World is a host, which is the network namespace of this process, its guests, and an internet.
type World struct {
	Internet Place
	guests   []*Guest
	host     *os.File
}

// Place is a network namespace in which loads run.
type Place struct {
	space *os.File
	link  string // the link that leads out of it
	own   net.HardwareAddr
	next  net.HardwareAddr // who is at its other end
}

// Guest is one virtual machine.
type Guest struct {
	Place
	Port        string // the host's end of its link
	MAC         net.HardwareAddr
	Addr, Addr6 netip.Addr
}

// New makes a world without guests. It is gone when Close is called.
func New() (*World, error) {
	host, err := kernel.Here()
	if err != nil {
		return nil, err
	}
	w := &World{host: host}
	if err := w.connect(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// connect makes the internet. The host knows no way out but that.
func (w *World) connect() error {
	if names, err := kernel.Links(); err != nil || len(names) != 1 {
		return fmt.Errorf("make a world: this network has links (%v, %v); expected one of its own, as Alone makes", names, err)
	}
	space, err := kernel.NewSpace()
	if err != nil {
		return err
	}
	near, far, err := kernel.Wire("uplink", "uplink", space)
	w.Internet = Place{space, "uplink", far, near}
	if err != nil {
		return err
	}
	if err := steps(
		router, func() error { return kernel.Own(netip.PrefixFrom(gateway, 32)) },
		func() error { return kernel.Address("uplink", uplink) },
		func() error { return kernel.Address("uplink", uplink6) },
		func() error { return kernel.Route("uplink", all, beyond.Addr()) },
		func() error { return kernel.Route("uplink", all6, beyond6.Addr()) },
	); err != nil {
		return err
	}
	if err := kernel.In(space, func() error {
		return steps(
			router,
			func() error { return kernel.Switch("ipv6/ip_nonlocal_bind", "1") }, // visitors are a prefix on a route, which IPv6 does not take for an address to bind to
			func() error { return kernel.Address("uplink", beyond) },
			func() error { return kernel.Address("uplink", beyond6) },
			func() error { return kernel.Own(netip.PrefixFrom(Victim, 32)) },
			func() error { return kernel.Own(Attacked) },
			func() error { return kernel.Own(Peers) },
			func() error { return kernel.Own(Silent) },
			func() error { return kernel.Own(Visitors) },
			func() error { return kernel.Own(Visitors6) },
			func() error { return kernel.Route("uplink", guests, uplink.Addr()) },
			func() error { return kernel.Route("uplink", guests6, uplink6.Addr()) },
		)
	}); err != nil {
		return err
	}
	cmd := w.Internet.command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf(sink, Victim, Attacked, Silent))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("set up the counters: %w: %s", err, out)
	}
	return nil
}

// router passes on what is not its own, from whatever address it says to come.
func router() error {
	for _, s := range [][2]string{
		{"ipv4/ip_forward", "1"}, {"ipv6/conf/all/forwarding", "1"},
		{"ipv4/conf/all/rp_filter", "0"}, {"ipv4/conf/default/rp_filter", "0"}, {"ipv4/conf/uplink/rp_filter", "0"},
	} {
		if err := kernel.Switch(s[0], s[1]); err != nil {
			return err
		}
	}
	return nil
}

func steps(list ...func() error) error {
	for _, f := range list {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// Narrow makes the way from the host to the internet one of so many bit/s, with a queue of 256 KiB: all guests share it, and
// whatever floods crowds the others out, as at a real host. Arrived then counts only what came through.
func (w *World) Narrow(bitRate uint64) error {
	return kernel.Narrow("uplink", bitRate/8, 64<<10, 256<<10)
}

const sinkTable = "arrived"

// sink counts and drops before anything is looked up or answered (priority raw, before connection tracking).
const sink = `
define victim = %s
define attacked = %s
define silent = %s
table inet arrived {
	counter pkts { }
	counter syns { }
	set addresses { type ipv4_addr; flags dynamic; size 65536; }
	chain in {
		type filter hook prerouting priority raw; policy accept;
		ip daddr $attacked add @addresses { ip daddr }
		ip daddr { $victim, $attacked } tcp flags & (syn | ack) == syn counter name syns
		ip daddr { $victim, $attacked } counter name pkts drop
		ip daddr $silent drop
	}
}
`

// Arrived is what came to Victim and Attacked since the world began. Bytes are those of IP.
type Arrived struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
	SYNs    uint64 `json:"syns"`
}

// Arrived counts.
func (w *World) Arrived() (Arrived, error) {
	c, err := kernel.Counters(w.Internet.space, sinkTable)
	if err != nil {
		return Arrived{}, err
	}
	return Arrived{Packets: c["pkts"].Packets, Bytes: c["pkts"].Bytes, SYNs: c["syns"].Packets}, nil
}

// Reached is how many addresses of Attacked something came to.
func (w *World) Reached() (int, error) {
	return kernel.Members(w.Internet.space, sinkTable, "addresses")
}

// Plug makes a guest whose port has a name, of at most 15 bytes.
func (w *World) Plug(port string) (*Guest, error) {
	space, err := kernel.NewSpace()
	if err != nil {
		return nil, err
	}
	g := &Guest{Place: Place{space: space, link: "eth0"}, Port: port, Addr: guests.Addr(), Addr6: guests6.Addr()}
	w.guests = append(w.guests, g)
	for range len(w.guests) {
		g.Addr, g.Addr6 = g.Addr.Next(), g.Addr6.Next()
	}
	own, own6 := netip.PrefixFrom(g.Addr, 32), netip.PrefixFrom(g.Addr6, 128)
	if g.next, g.own, err = kernel.Wire(port, "eth0", space); err != nil {
		return nil, err
	}
	g.MAC = g.own
	return g, errors.Join(
		kernel.Switch("ipv4/conf/"+port+"/rp_filter", "0"),
		kernel.Address(port, netip.PrefixFrom(gateway6, 64)),
		kernel.Route(port, own, netip.Addr{}), kernel.Route(port, own6, netip.Addr{}),
		kernel.In(space, func() error {
			return steps(
				func() error { return kernel.Address("eth0", own) },
				func() error { return kernel.Address("eth0", own6) },
				func() error { return kernel.Route("eth0", all, gateway) },
				func() error { return kernel.Route("eth0", all6, gateway6) },
			)
		}))
}

// Close takes all links down; what runs in a namespace has to have ended.
func (w *World) Close() error {
	var errs []error
	for _, g := range w.guests {
		errs = append(errs, kernel.Drop(g.Port), g.space.Close())
	}
	if w.Internet.space != nil {
		errs = append(errs, kernel.Drop("uplink"), w.Internet.space.Close())
	}
	w.guests, w.Internet.space = nil, nil
	return errors.Join(append(errs, w.host.Close())...)
}

// command is a program that runs in a place.
func (p *Place) command(name string, args ...string) *exec.Cmd {
	space := fmt.Sprintf("--net=/proc/%d/fd/%d", os.Getpid(), p.space.Fd())
	return exec.Command("nsenter", append([]string{space, "--", name}, args...)...)
}
