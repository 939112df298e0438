package edgelink

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Bounds of the link.
const (
	MaxEdges   = 16
	MaxMessage = 128 << 10 // bytes
	MaxName    = 64        // bytes

	mostMessages = 400     // a second of one edge, and twice as many at once
	mostBytes    = 8 << 20 // likewise
)

// Options say who an edge is and where it listens. Name and Listen are needed, and what is not on loopback needs Certificate and Authority.
type Options struct {
	// Name is the edge's among the others: small letters, digits, - and . such as edge-1. Its certificate has it.
	Name string
	// Listen is the address and port, such as 192.0.2.1:7425; port 0 is any free one.
	Listen string
	// Address is how the others reach it; empty is where it listens.
	Address string
	// Peers are addresses of others; its own among them is passed over.
	Peers []string
	// Certificate gives the edge's own, for both sides of connections, asked for each; nil: there is no TLS.
	Certificate func() (*tls.Certificate, error)
	// Authority vouches for all edges, and for nothing else.
	Authority *x509.CertPool
	// Now is the time.
	Now func() time.Time
	// Logger hears what a person should know. nil is slog.Default.
	Logger *slog.Logger
}

// Check says what is wrong with them, beside what only listening shows.
func (o *Options) Check() error {
	if err := checkName(o.Name); err != nil {
		return err
	}
	host, port, loopback, err := split(o.Listen)
	if err != nil {
		return err
	}
	if isEverywhere(host) && o.Address == "" {
		return evenkeel.Invalid("listen is every address (%s), and address is empty: the others cannot know where they reach this edge; write the address or name of this "+
			"machine that they reach, such as address: %q", o.Listen, net.JoinHostPort("192.0.2.1", strconv.Itoa(port)))
	}
	if host, _, _, err := split(o.Address); err == nil && isEverywhere(host) {
		return evenkeel.Invalid("address %s is every address, at which nobody is reached; write the address or name of this machine that the others reach, such as %q",
			o.Address, net.JoinHostPort("192.0.2.1", strconv.Itoa(port)))
	}
	for _, at := range append(o.Peers[:len(o.Peers):len(o.Peers)], o.Address) {
		if at == "" {
			continue
		}
		_, _, near, err := split(at)
		if err != nil {
			return err
		}
		loopback = loopback && near
	}
	switch {
	case len(o.Peers) >= MaxEdges:
		return evenkeel.Invalid("%d other edges; expected less than %d", len(o.Peers), MaxEdges)
	case (o.Certificate == nil) != (o.Authority == nil):
		return evenkeel.Invalid("edges have one of certificate and authority; expected both, or neither on loopback")
	case o.Certificate == nil && !loopback:
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "edges at " + o.Listen + " are to be joined without certificates; expected some, but on loopback",
			Hint: "docs/gateway.md says how to make them"}
	}
	return nil
}

// isEverywhere says whether a host means all addresses of the machine.
func isEverywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

// split takes an address apart, and says whether it is of loopback.
func split(at string) (host string, port int, loopback bool, err error) {
	host, text, err := net.SplitHostPort(at)
	number, bad := strconv.ParseUint(text, 10, 16)
	if err != nil || bad != nil || len(at) > 300 {
		return "", 0, false, evenkeel.Invalid("address of an edge %.100q; expected a name or an address and a port, such as 192.0.2.1:7425", at)
	}
	ip, err := netip.ParseAddr(host)
	return host, int(number), err == nil && ip.IsLoopback(), nil
}

func checkName(name string) error {
	ok := name != "" && len(name) <= MaxName
	for _, r := range name {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	}
	if !ok {
		return evenkeel.Invalid("name of an edge %.70q; expected 1 to %d small letters, digits, - and . such as edge-1", name, MaxName)
	}
	return nil
}
