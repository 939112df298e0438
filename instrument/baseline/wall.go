package baseline

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table is the name of the one table that is ours, in the family inet.
const Table = "evenkeel_baseline"

// Service is what may be reached, such as tcp/443.
type Service struct {
	Proto string
	Port  uint16
}

// ParseService reads tcp/443 or udp/51820.
func ParseService(s string) (Service, error) {
	proto, port, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if proto != "tcp" && proto != "udp" || err != nil || n == 0 {
		return Service{}, fmt.Errorf("service %q: expected such as tcp/443 or udp/51820", s)
	}
	return Service{proto, uint16(n)}, nil
}

// Connection is one that stands and has to go on.
type Connection struct {
	Remote netip.AddrPort
	Own    uint16
}

// ParseSSHConnection reads SSH_CONNECTION (ssh(1)): client address, client port, server address, server port.
func ParseSSHConnection(s string) (Connection, bool) {
	f := strings.Fields(s)
	if len(f) != 4 {
		return Connection{}, false
	}
	addr, err := netip.ParseAddr(f[0])
	from, err1 := strconv.ParseUint(f[1], 10, 16)
	own, err2 := strconv.ParseUint(f[3], 10, 16)
	if err != nil || err1 != nil || err2 != nil || from == 0 || own == 0 {
		return Connection{}, false
	}
	return Connection{netip.AddrPortFrom(addr.Unmap().WithZone(""), uint16(from)), uint16(own)}, true
}

// MaxConnections bounds how many connections are named; those of ssh ports pass anyway.
const MaxConnections = 256

// Wall is a firewall with a list of what may pass.
type Wall struct {
	SSH      []uint16
	Allow    []Service
	Standing []Connection
	// Lease is after how long the kernel stops dropping, by itself; 0: it is confirmed, and drops until it is removed.
	Lease time.Duration
}

// Text is the input of nft -f: one transaction that puts the table in the place of whatever stood under its name. A wall that
// lets no ssh port pass is an error: it would shut its maker out.
//
// The lease is a set whose elements end in the kernel: the rule that drops matches while they are there.
func (w *Wall) Text() (string, error) {
	if len(w.SSH) == 0 {
		return "", fmt.Errorf("no port of an ssh server is known; expected one, so that nobody is shut out")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "table inet %s\ndelete table inet %s\ntable inet %s {\n", Table, Table, Table)
	drop := "drop"
	if w.Lease > 0 {
		ms := max(w.Lease.Milliseconds(), 1)
		fmt.Fprintf(&b, "\tset lease { type nf_proto; flags timeout; elements = { ipv4 timeout %dms, ipv6 timeout %dms } }\n", ms, ms)
		drop = "meta nfproto @lease drop"
	}
	b.WriteString("\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n" +
		"\t\tct state established,related accept\n\t\tiif \"lo\" accept\n" +
		"\t\tmeta l4proto { icmp, ipv6-icmp } accept\n" + // errors, echo, and neighbour discovery of IPv6 (RFC 4890)
		"\t\tudp sport 67 udp dport 68 accept\n\t\tudp sport 547 udp dport 546 accept\n") // DHCP (RFC 2131, RFC 8415)
	ports := slices.Clone(w.SSH)
	slices.Sort(ports)
	for _, p := range slices.Compact(ports) {
		fmt.Fprintf(&b, "\t\ttcp dport %d accept\n", p)
	}
	for i, c := range w.Standing {
		if i == MaxConnections {
			break
		}
		family := "ip"
		if c.Remote.Addr().Is6() {
			family = "ip6"
		}
		fmt.Fprintf(&b, "\t\t%s saddr %s tcp sport %d tcp dport %d accept\n", family, c.Remote.Addr().WithZone(""), c.Remote.Port(), c.Own)
	}
	for _, s := range w.Allow {
		fmt.Fprintf(&b, "\t\t%s dport %d accept\n", s.Proto, s.Port)
	}
	fmt.Fprintf(&b, "\t\t%s\n\t}\n}\n", drop)
	return b.String(), nil
}

// Undo is the input of nft -f that puts back what stood under the table's name before: former as nft list table printed
// it, or nothing.
func Undo(former string) string {
	return fmt.Sprintf("table inet %s\ndelete table inet %s\n%s", Table, Table, former)
}
