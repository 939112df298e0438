package config

import (
	"fmt"
	"net/netip"
)

// Range is a range of addresses, or one address, where a setting takes either.
type Range struct{ netip.Prefix }

// UnmarshalText reads 192.0.2.0/24 or 192.0.2.7.
func (n *Range) UnmarshalText(b []byte) error {
	text := string(b)
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		n.Prefix = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		return nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p != p.Masked() {
		return fmt.Errorf("the network %.60q; expected an address, or one such as 192.0.2.0/24 without bits behind its length", text)
	}
	n.Prefix = p
	return nil
}

// Prefixes are those of ranges.
func Prefixes(list []Range) (out []netip.Prefix) {
	for _, n := range list {
		out = append(out, n.Prefix)
	}
	return out
}
