package edge

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/lab/internal/kernel"
)

// Where everybody is. Nothing of it leads anywhere else: these namespaces have no way out. Visitors and attackers have addresses that are not private, since
// no private one is dropped in the kernel.
var (
	Homes     = netip.MustParsePrefix("25.64.0.0/13")       // visitors
	Homes6    = netip.MustParsePrefix("2001:db8:4000::/36") // visitors over IPv6
	Hostile   = netip.MustParsePrefix("25.72.0.0/13")       // attackers
	Hostile6  = netip.MustParsePrefix("2001:db8:5000::/36") // attackers over IPv6
	carrier   = []netip.Addr{netip.MustParseAddr("25.71.255.1"), netip.MustParseAddr("25.71.255.2"), netip.MustParseAddr("25.71.254.1"), netip.MustParseAddr("25.71.253.1")}
	everybody = netip.MustParsePrefix("25.64.0.0/12")
	everyone6 = netip.MustParsePrefix("2001:db8:4000::/35")

	front  = netip.MustParsePrefix("203.0.113.10/24")
	front6 = netip.MustParsePrefix("2001:db8:1::10/64")
	beyond = netip.MustParsePrefix("203.0.113.1/24")
	beyon6 = netip.MustParsePrefix("2001:db8:1::1/64")
	inner  = netip.MustParsePrefix("192.0.2.1/24")
	shops  = netip.MustParsePrefix("192.0.2.2/24")
)

// World is three network namespaces: clients, the edge, and the sites behind it; who has which core; and what is known of the sites.
type World struct {
	Setting Setting // what contenders are told, but for Dir
	Clients *os.File
	Edge    *os.File
	Behind  *os.File
	Core    int // the contender's
	Other   int // everybody else's
	dir     string
}

// Port is where an edge listens.
const Port = 443

// New makes a world with so many sites, of which the first is attacked, and so many workers behind each. It writes into a folder.
func New(dir string, sites, workers int) (*World, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("make a world: network namespaces are made by root only, and this is not root")
	}
	cores, err := kernel.Cores()
	if err != nil {
		return nil, err
	}
	w := &World{dir: dir, Core: cores[len(cores)-1], Other: cores[0]}
	names := make([]string, sites)
	for i := range names {
		names[i] = fmt.Sprintf("site%d.bench.test", i)
	}
	if w.Setting, err = papers(dir, names, now()); err != nil {
		return nil, fmt.Errorf("write certificates: %w", err)
	}
	for i, n := range names {
		w.Setting.Sites = append(w.Setting.Sites, Site{Name: n, Label: strings.ReplaceAll(strings.TrimSuffix(n, ".bench.test"), ".", "_"), Backend: netip.AddrPortFrom(shops.Addr(), uint16(8000+i)), Workers: workers})
	}
	w.Setting.Listen, w.Setting.Listen6 = netip.AddrPortFrom(front.Addr(), Port), netip.AddrPortFrom(front6.Addr(), Port)
	if err := w.connect(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) connect() error {
	for _, space := range []**os.File{&w.Clients, &w.Edge, &w.Behind} {
		var err error
		if *space, err = kernel.NewSpace(); err != nil {
			return err
		}
		if err := kernel.In(*space, func() error { return kernel.Switch("ipv6/conf/default/accept_dad", "0") }); err != nil { // nobody else is there, and visitors come at once
			return err
		}
	}
	steps := []struct {
		space *os.File
		do    func() error
	}{
		{w.Edge, func() error { return kernel.Join("clients", w.Edge, "edge", w.Clients) }},
		{w.Edge, func() error { return kernel.Join("sites", w.Edge, "edge", w.Behind) }},
		{w.Edge, func() error {
			return errors.Join(kernel.Address("clients", front), kernel.Address("clients", front6), kernel.Address("sites", inner),
				kernel.Route("clients", everybody, beyond.Addr()), kernel.Route("clients", everyone6, beyon6.Addr()), roomy())
		}},
		{w.Behind, func() error { return errors.Join(kernel.Address("edge", shops), roomy()) }},
		{w.Clients, func() error {
			return errors.Join(kernel.Switch("ipv6/ip_nonlocal_bind", "1"), kernel.Address("edge", beyond), kernel.Address("edge", beyon6),
				kernel.Own(everybody), kernel.Own(everyone6), roomy())
		}},
	}
	for _, s := range steps {
		if err := kernel.In(s.space, s.do); err != nil {
			return fmt.Errorf("make a world: %w", err)
		}
	}
	return nil
}

// roomy gives a namespace what a busy server has: queues for connections, and ports.
func roomy() error {
	return errors.Join(
		kernel.Switch("core/somaxconn", "8192"), kernel.Switch("ipv4/tcp_max_syn_backlog", "8192"), kernel.Switch("ipv4/ip_local_port_range", "1024 65000"),
		kernel.Switch("ipv4/tcp_tw_reuse", "1"),
	)
}

// Hosts are the names of the sites.
func (w *World) Hosts() []string {
	var list []string
	for _, s := range w.Setting.Sites {
		list = append(list, s.Name)
	}
	return list
}

// Close takes the world down; what ran in it has to have ended.
func (w *World) Close() error {
	var errs []error
	for _, f := range []*os.File{w.Clients, w.Edge, w.Behind} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	w.Clients, w.Edge, w.Behind = nil, nil, nil
	return errors.Join(errs...)
}

// settle is how long one waits for what was started.
const settle = 15 * time.Second

// Alone makes sure that this is the only measurement on the machine: two at once measure each other. Another can begin when it is closed.
func Alone() (io.Closer, error) {
	file := filepath.Join(os.TempDir(), "evenkeel-bench-edge.lock")
	f, alone, err := kernel.Alone(file)
	switch {
	case err != nil:
		return nil, err
	case !alone:
		return nil, fmt.Errorf("another measurement is under way on this machine (%s): two at once measure each other", file)
	}
	return f, nil
}
