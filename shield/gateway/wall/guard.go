package wall

import (
	"net/netip"
	"slices"
)

// never are the ranges of which nothing is dropped, whatever is set: they are no single visitor's, or are this machine's and this network's own.
var never = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network (RFC 1122, 3.2.1.3)
	netip.MustParsePrefix("10.0.0.0/8"),     // private (RFC 1918)
	netip.MustParsePrefix("100.64.0.0/10"),  // inside carriers that share addresses (RFC 6598)
	netip.MustParsePrefix("127.0.0.0/8"),    // loopback
	netip.MustParsePrefix("169.254.0.0/16"), // link-local (RFC 3927)
	netip.MustParsePrefix("172.16.0.0/12"),  // private
	netip.MustParsePrefix("192.168.0.0/16"), // private
	netip.MustParsePrefix("224.0.0.0/3"),    // multicast, reserved, broadcast
	netip.MustParsePrefix("::/8"),           // unspecified, loopback, IPv4 written in IPv6
	netip.MustParsePrefix("64:ff9b::/96"),   // translators of IPv4 (RFC 6052): one of them stands for many
	netip.MustParsePrefix("fc00::/7"),       // local (RFC 4193)
	netip.MustParsePrefix("fe80::/10"),      // link-local
	netip.MustParsePrefix("ff00::/8"),       // multicast
}

// guard says of which addresses nothing is dropped.
type guard struct {
	ranges []netip.Prefix
	own    map[netip.Addr]bool
}

func newGuard(more []netip.Prefix) guard {
	g := guard{ranges: slices.Clone(never), own: map[netip.Addr]bool{}}
	for _, p := range more {
		a, bits := p.Addr(), p.Bits()
		if a.Is4In6() && bits >= 96 {
			a, bits = a.Unmap(), bits-96
		}
		if q := netip.PrefixFrom(a.WithZone(""), bits).Masked(); q.IsValid() {
			g.ranges = append(g.ranges, q)
		}
	}
	return g
}

// keeps says whether an address is never dropped.
func (g *guard) keeps(a netip.Addr) bool {
	return !a.IsValid() || a.Zone() != "" || a.Is4In6() || g.own[a] || slices.ContainsFunc(g.ranges, func(p netip.Prefix) bool { return p.Contains(a) })
}

// network is the range by which neighbours are counted: a /24, or a /48.
func network(a netip.Addr) netip.Prefix {
	n := 48
	if a.Is4() {
		n = 24
	}
	p, err := a.Prefix(n)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
