package kernel

import (
	"fmt"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
)

// Into says of network namespaces which veths of the host's own lead into each, by their names, sorted. A namespace in which the
// other end of none is has none. The files are of /proc/PID/ns/net, and stay open meanwhile: the number by
// which the kernel knows a namespace goes to another once nobody has it.
func Into(spaces []*os.File) ([][]string, error) {
	// To be listed is what gives a namespace its number (Linux, net/core/rtnetlink.c: IFLA_LINK_NETNSID), so that it is asked for
	// after one listing; what counts is the one after that, of the same time as the numbers.
	if _, err := veths(); err != nil {
		return nil, err
	}
	ids := make([]int, len(spaces))
	for i, f := range spaces {
		var err error
		if ids[i], err = netlink.GetNetNsIdByFd(int(f.Fd())); err != nil {
			return nil, fmt.Errorf("ask which number a network namespace has: %w", err)
		}
	}
	by, err := veths()
	if err != nil {
		return nil, err
	}
	out := make([][]string, len(spaces))
	for i, id := range ids {
		if id >= 0 { // -1: it has none
			out[i] = by[id]
		}
	}
	return out, nil
}

// veths are the names of veths of this namespace whose other ends are in others, by the numbers of those.
func veths() (map[int][]string, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	by := map[int][]string{}
	for _, l := range links {
		if a := l.Attrs(); l.Type() == "veth" && a.NetNsID >= 0 {
			by[a.NetNsID] = append(by[a.NetNsID], a.Name)
		}
	}
	for _, names := range by {
		slices.Sort(names)
	}
	return by, nil
}
