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
	// To be listed is what gives a namespace its number (Linux, net/core/rtnetlink.c: IFLA_LINK_NETNSID). A listing counts for those
	// that had one before it; for others there is another one.
	ids := make([]int, len(spaces))
	for i := range ids {
		ids[i] = -1 // it has none
	}
	number := func() (gained bool, err error) {
		for i, f := range spaces {
			if ids[i] >= 0 {
				continue
			}
			if ids[i], err = netlink.GetNetNsIdByFd(int(f.Fd())); err != nil {
				return false, fmt.Errorf("ask which number a network namespace has: %w", err)
			}
			gained = gained || ids[i] >= 0
		}
		return gained, nil
	}
	if _, err := number(); err != nil {
		return nil, err
	}
	by, err := veths()
	if err != nil {
		return nil, err
	}
	switch gained, err := number(); {
	case err != nil:
		return nil, err
	case gained:
		if by, err = veths(); err != nil {
			return nil, err
		}
	}
	out := make([][]string, len(spaces))
	for i, id := range ids {
		if id >= 0 {
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
