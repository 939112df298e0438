package wire

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// MostGuests is how many addresses and ranges of guests there may be.
const MostGuests = 1 << 20

// Guests says which guest an address belongs to. The zero value knows none.
type Guests struct {
	single map[netip.Addr]evenkeel.AssetID
	ranges []guestRange // longest first
}

type guestRange struct {
	of    netip.Prefix
	asset evenkeel.AssetID
}

// ParseGuest reads "192.0.2.7=vm-1" or "2001:db8:7::/64=vm-1".
func ParseGuest(s string) (netip.Prefix, evenkeel.AssetID, error) {
	where, asset, ok := strings.Cut(s, "=")
	if !ok || asset == "" || len(asset) > evenkeel.MaxID {
		return netip.Prefix{}, "", evenkeel.Invalid("guest %q; expected an address or a range, = and an asset, like 192.0.2.7=vm-1 or 2001:db8:7::/64=vm-1", s)
	}
	p, err := ParseAddresses(where)
	if err != nil {
		return netip.Prefix{}, "", evenkeel.Invalid("guest %q: %q is no address; expected such as 192.0.2.7, 192.0.2.0/28 or 2001:db8:7::/64", s, where)
	}
	return p, evenkeel.AssetID(asset), nil
}

// ParseAddresses reads an address or a range of them.
func ParseAddresses(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// Add says that addresses are a guest's. Of two ranges the longer one counts; one address has one
// guest: a second one is refused.
func (g *Guests) Add(of netip.Prefix, asset evenkeel.AssetID) error {
	if len(g.single)+len(g.ranges) == MostGuests {
		return evenkeel.Invalid("more than %d addresses of guests", MostGuests)
	}
	if of.IsSingleIP() {
		if was, ok := g.single[of.Addr()]; ok && was != asset {
			return evenkeel.Invalid("address %s is of %s and of %s; expected one guest", of.Addr(), was, asset)
		}
		if g.single == nil {
			g.single = map[netip.Addr]evenkeel.AssetID{}
		}
		g.single[of.Addr()] = asset
		return nil
	}
	at, found := slices.BinarySearchFunc(g.ranges, of, func(r guestRange, p netip.Prefix) int {
		return cmp.Or(cmp.Compare(p.Bits(), r.of.Bits()), r.of.Addr().Compare(p.Addr()))
	})
	if found {
		if was := g.ranges[at].asset; was != asset {
			return evenkeel.Invalid("range %s is of %s and of %s; expected one guest", of, was, asset)
		}
		return nil
	}
	g.ranges = slices.Insert(g.ranges, at, guestRange{of, asset})
	return nil
}

// Of returns whose an address is; "" where nobody's.
func (g *Guests) Of(a netip.Addr) evenkeel.AssetID {
	if asset, ok := g.single[a]; ok {
		return asset
	}
	for i := range g.ranges {
		if g.ranges[i].of.Contains(a) {
			return g.ranges[i].asset
		}
	}
	return ""
}

// Families says of which families any address of an asset is known, beyond its link.
func (g *Guests) Families(asset evenkeel.AssetID) (v4, v6 bool) {
	add := func(a netip.Addr) {
		v4, v6 = v4 || a.Is4() && !a.IsLinkLocalUnicast(), v6 || a.Is6() && !a.IsLinkLocalUnicast()
	}
	for a, of := range g.single {
		if of == asset {
			add(a)
		}
	}
	for _, r := range g.ranges {
		if r.asset == asset {
			add(r.of.Addr())
		}
	}
	return v4, v6
}

// Len returns how many addresses and ranges are known.
func (g *Guests) Len() int { return len(g.single) + len(g.ranges) }
