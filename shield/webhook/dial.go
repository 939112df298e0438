package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// guard dials addresses that may be spoken to, and no others. It resolves a name itself and
// dials the very address that it has checked: a second resolution could answer differently.
type guard struct {
	allow   []netip.Prefix
	connect time.Duration
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	reach   func(ctx context.Context, network, target string) (net.Conn, error)
	plain   bool // without TLS only what is allowed by name will do
}

// maxAddresses is how many addresses of a name are tried.
const maxAddresses = 4

func (g *guard) dial(ctx context.Context, network, target string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.connect)
	defer cancel()
	addrs, err := g.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, a := range addrs {
		conn, err := g.dialOne(ctx, network, net.JoinHostPort(a.String(), port), g.connect/time.Duration(len(addrs)))
		if err == nil {
			return conn, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// dialOne dials an address for its share of the time, so that a silent one does not use up
// that of the next.
func (g *guard) dialOne(ctx context.Context, network, target string, share time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	return g.reach(ctx, network, target)
}

// addresses returns the addresses of a host, or an error as soon as one of them may not be
// spoken to: a name that points inside as well as outside is up to nothing good.
func (g *guard) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{a}
	} else if addrs, err = g.resolve(ctx, host); err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("look up %s: it has no address", host)
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap().WithZone("")
		if err := g.check(addrs[i]); err != nil {
			return nil, err
		}
	}
	return addrs[:min(len(addrs), maxAddresses)], nil
}

// errAddress is the cause of every error about an address that is refused.
var errAddress = errors.New("that address is not spoken to")

// check says why an address may not be spoken to.
func (g *guard) check(a netip.Addr) error {
	switch {
	case slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(a) }):
		return nil
	case !public(a):
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%v is not a public address", a), Err: errAddress,
			Hint: "if that network is yours and the receiver is in it, allow it for this webhook",
		}
	case g.plain:
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%v is not in a network that is allowed, and there is no TLS", a), Err: errAddress,
			Hint: "use https:// in the webhook's address",
		}
	}
	return nil
}

// inward are the IPv4 networks that lead to nobody in public: the special-purpose registry of
// IANA (RFC 6890 and what came after), multicast, and what is reserved. The metadata services
// of clouds are in 169.254.0.0/16, 100.64.0.0/10 and 192.0.0.0/24.
var inward = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // the host agent of one large cloud, a public address by its look
)

// Of IPv6 only global unicast is public, less what carries an IPv4 address inside (6to4,
// Teredo) or is set aside. All else (mapped and translated addresses, ULA, link-local) is not.
var (
	global     = netip.MustParsePrefix("2000::/3")
	globalOnly = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func public(a netip.Addr) bool {
	inside := func(p netip.Prefix) bool { return p.Contains(a) }
	if a.Is4() {
		return !slices.ContainsFunc(inward, inside)
	}
	return global.Contains(a) && !slices.ContainsFunc(globalOnly, inside)
}

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}
