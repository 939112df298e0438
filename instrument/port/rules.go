package port

import (
	"fmt"
	"net/netip"
)

// Bounds of what one port can have.
const (
	MaxPrefixes = 16        // of one family, in one list
	MaxSample   = 128       // bytes of a sample
	MaxRate     = 1 << 40   // per second
	MaxBurst    = 1 << 40   // units
	MaxEvery    = 1_000_000 // packets between two samples
	MaxDrops    = 100_000   // of one port
)

// Guest is what is known of whoever hangs at a port.
type Guest struct {
	// Own are the addresses and networks that the guest may send from, at most 16 of each family.
	// Link-local addresses need not be told. None of a family means that those are unknown, and then no
	// source of that family is called spoofed.
	Own []netip.Prefix
}

// Kind is what a limit counts.
type Kind uint8

// The kinds, in the order in which they are asked: what is most specific first, so that what it refuses costs
// the others nothing.
const (
	SYNs    Kind = iota // TCP packets that open a connection
	Flows               // those, and the first packets of UDP flows
	Packets             // all packets
	Bits                // all bits, of whole frames
	Kinds   = int(Bits) + 1
)

var kinds = [Kinds]string{"syn_rate", "new_flows", "rate", "bit_rate"}

// String names a kind as the parameter of a measure is named.
func (k Kind) String() string {
	if int(k) < Kinds {
		return kinds[k]
	}
	return "unknown"
}

// Limit is a token bucket: PerSecond units on average and at most Burst at once. The zero Limit
// limits nothing.
type Limit struct {
	PerSecond uint64 // at least 1 where there is a limit
	Burst     uint64 // units; zero is one second's
	Until     uint64 // ns of the boot clock
}

// IsSet says whether there is a limit.
func (l Limit) IsSet() bool { return l.PerSecond > 0 }

// Drop is a flow that is dropped: one destination, protocol and port. Later fragments show no port and go
// with any flow to their destination and protocol.
type Drop struct {
	Protocol uint8          // of IP
	To       netip.AddrPort // port 0 is any
	Until    uint64         // ns of the boot clock
}

// Chatter is how much of what it needs to keep its address a guest has, whatever limit stands, and isolated too:
// ARP, neighbour discovery, and DHCP of each version, which from the guest goes to all on its link (255.255.255.255,
// ff02::1:2) and nowhere else. Of each sort, in each direction, packets a second, and as many at once.
const Chatter = 100

// Isolation drops all traffic of a port in both directions, but for what goes to and comes from the networks of
// Allow (at most 16 of each family), and for Chatter.
type Isolation struct {
	Allow []netip.Prefix
	Until uint64 // ns of the boot clock; zero is no isolation
}

// Sampling keeps one of Every packets that the guest sends. Zero keeps none. Payload is how many bytes
// behind the headers are kept too; zero unless policy asks for them.
type Sampling struct {
	Every   uint32
	Payload uint32
}

// Rules is all that is done at one port.
type Rules struct {
	Limit   [Kinds]Limit // of the port
	To      [Kinds]Limit // of each destination
	Drops   []Drop
	Isolate Isolation
	Sample  Sampling
}

// Guard says what is never touched: traffic to these networks is dropped by no rule below Floor
// packets a second from one port, and by none at all where Floor is zero.
type Guard struct {
	Prefixes []netip.Prefix
	Floor    uint64
}

// Check says what is out of bounds.
func (g Guest) Check() error { return checkPrefixes("the guest's own networks", g.Own) }

// Check says what is out of bounds.
func (r Rules) Check() error {
	for k := range Kind(Kinds) {
		if err := r.Limit[k].check(k.String()); err != nil {
			return err
		}
		if err := r.To[k].check(k.String() + "_to"); err != nil {
			return err
		}
	}
	if len(r.Drops) > MaxDrops {
		return fmt.Errorf("%d flows are to be dropped; expected at most %d", len(r.Drops), MaxDrops)
	}
	for _, d := range r.Drops {
		switch a := d.To.Addr(); {
		case !a.IsValid() || a.IsUnspecified() || a.Zone() != "":
			return fmt.Errorf("a flow to %s is to be dropped; expected an address without a zone", d.To)
		case d.To.Port() != 0 && d.Protocol != 6 && d.Protocol != 17:
			return fmt.Errorf("a flow of protocol %d to port %d is to be dropped; only TCP (6) and UDP (17) have ports", d.Protocol, d.To.Port())
		case d.Until == 0:
			return fmt.Errorf("the flow to %s has no end; expected one, in ns of the boot clock", d.To)
		}
	}
	if r.Sample.Every > MaxEvery {
		return fmt.Errorf("one of %d packets is to be sampled; expected at most %d, or 0 for none", r.Sample.Every, MaxEvery)
	}
	if r.Sample.Payload > MaxSample {
		return fmt.Errorf("%d bytes of payload are to be kept; expected at most %d", r.Sample.Payload, MaxSample)
	}
	return checkPrefixes("the networks that stay open in isolation", r.Isolate.Allow)
}

func (l Limit) check(name string) error {
	switch {
	case !l.IsSet():
		return nil
	case l.PerSecond > MaxRate || l.Burst > MaxBurst:
		return fmt.Errorf("%s is %d a second, burst %d; expected at most %d and %d", name, l.PerSecond, l.Burst, uint64(MaxRate), uint64(MaxBurst))
	case l.Until == 0:
		return fmt.Errorf("%s has no end; expected one, in ns of the boot clock", name)
	}
	return nil
}

func checkPrefixes(what string, list []netip.Prefix) error {
	var v4, v6 int
	for _, p := range list {
		switch {
		case !p.IsValid() || p.Addr().Zone() != "" || p.Addr().Is4In6():
			return fmt.Errorf("%s have %s; expected a network such as 192.0.2.0/24 or 2001:db8::/48", what, p)
		case p.Addr().Is4():
			v4++
		default:
			v6++
		}
	}
	if v4 > MaxPrefixes || v6 > MaxPrefixes {
		return fmt.Errorf("%s are %d of IPv4 and %d of IPv6; expected at most %d of each: put neighbours together", what, v4, v6, MaxPrefixes)
	}
	return nil
}
