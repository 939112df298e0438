package door

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// mostHops bounds how many addresses of X-Forwarded-For are read, from the end.
const mostHops = 32

// sender is the address that a request came from: of the one who speaks to us, or, where that is a
// trusted proxy, the last one in X-Forwarded-For that is none. What stands before it the sender may
// have written, so it is not read; and what cannot be read ends the reading.
func (d *Door) sender(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !d.trusted(at.Addr()) {
		return r.RemoteAddr
	}
	last := at.Addr()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i, hop := range slices.Backward(hops) {
		a, ok := hopOf(strings.TrimSpace(hop))
		if !ok || len(hops)-i > mostHops {
			break
		}
		if last = a; !d.trusted(a) {
			break
		}
	}
	return netip.AddrPortFrom(last, 0).String()
}

// hopOf reads an address with or without a port.
func hopOf(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return a, true
	}
	ap, err := netip.ParseAddrPort(text)
	return ap.Addr(), err == nil
}

func (d *Door) trusted(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(d.opt.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
