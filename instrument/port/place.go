package port

import (
	"net/netip"
	"slices"
)

// Slot is the place of a port in the kernel's tables.
type Slot uint32

// Place is a network interface of the host.
type Place struct {
	Name  string // at most 15 bytes
	Index int    // the kernel's number for it, in its network namespace
	MAC   [6]byte
	Kind  string // of the link: tun, veth, bridge, …
	Space uint64 // its network namespace, by inode; zero is the one of the process
}

// Attached is a port at which programs hang.
type Attached struct {
	Slot  Slot
	Place Place
	Out   string   // which hook sees what the guest sends: tcx, xdp or xdp-generic
	In    string   // which hook sees what it is sent: tcx, tc, or nothing
	Notes []string // what was fallen back from, and why
}

// Reading is what was seen at a port since the reading before.
type Reading struct {
	Slot   Slot
	Counts Counts
}

// EventKind is what happened to a network interface.
type EventKind uint8

// What happens to interfaces. A guest that is plugged in again under another name appears again
// with the same MAC.
const (
	Appeared  EventKind = iota
	Renamed             // Was is the name before
	Replugged           // Was is the name under which this MAC was last seen
	Gone
)

var eventKinds = []string{"appeared", "renamed", "replugged", "gone"}

// String names a kind of event.
func (k EventKind) String() string {
	if int(k) < len(eventKinds) {
		return eventKinds[k]
	}
	return "unknown"
}

// Event says that an interface came, went or changed its name.
type Event struct {
	Kind  EventKind
	Place Place
	Was   string
}

// Leftover is something found at the start that could not be explained, and was removed.
type Leftover struct {
	Name string
	Why  string
}

// overlaps says whether an address is in one of the networks.
func overlaps(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Has says whether an address is never touched.
func (g Guard) Has(a netip.Addr) bool { return overlaps(g.Prefixes, a) }

// Has says whether an address is the guest's own; false where they are unknown.
func (g Guest) Has(a netip.Addr) bool { return overlaps(g.Own, a) }

// Knows says whether any address of the guest's own of a family is known, IPv4 or IPv6, beyond its link. Where none
// is, no source of that family is called spoofed.
func (g Guest) Knows(v4 bool) bool {
	return slices.ContainsFunc(g.Own, func(p netip.Prefix) bool { return p.Addr().Is4() == v4 && !p.Addr().IsLinkLocalUnicast() })
}

// Allows says whether an address stays reachable in isolation.
func (i Isolation) Allows(a netip.Addr) bool { return overlaps(i.Allow, a) }
