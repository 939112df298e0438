package plan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
)

// World is what Compile knows of a host. Its order of guests does not matter.
type World struct {
	Guests []Guest
	// DataPath are the far ends of the ways to a tenant's data: rescue, export, console. They stay
	// open under every measure; without any nothing is isolated or paused (D).
	DataPath []netip.Prefix
	Guard    Guard
	Can      Can
	Most     int // elements that a ruleset may have; 0: DefaultMost
}

// DefaultMost bounds the elements of a ruleset: sixteen for each of a thousand ports.
const DefaultMost = 16_384

// Guest is an asset that this host holds.
type Guest struct {
	Asset evenkeel.AssetID
	Off   bool   // it is held here and does not run
	Ports []Port // none: they are not there yet
	// Cgroup is its group in the hierarchy of CPUs, a path below the root; "": none.
	Cgroup string
	Domain string // its name at the machine driver; "": none
	CPUs   int    // of the guest, which a throttle is a share of; 0: not known
}

// Port is an interface of the host at which one guest hangs: a tap, or the host's end of a veth.
type Port struct {
	Name  string
	Index int // of the interface, above 0; names change, and this does not as long as it is there
	MAC   [6]byte
	Own   []netip.Prefix // addresses of the guest, for whoever tells its own from others
}

// Guard is what no order may touch. Traffic to these addresses, and from them to a guest, passes.
type Guard struct {
	Management   []netip.Prefix
	Gateways     []netip.Prefix
	Resolvers    []netip.Prefix
	ControlPlane []netip.Prefix
	Operator     []netip.Prefix
	Interfaces   []string // the host's own, which never get a rule
	// Floor is how many packets a second of each port pass to what is kept whatever limit stands;
	// only what is beyond is held to the port's limits. 0: all of them pass.
	Floor uint32
}

// Can is what this host's hands can do.
type Can struct {
	Traffic        bool // limit, drop-flow and isolate
	PerDestination bool // limits per destination, beside those per port
	CPU            bool // throttle
	Machine        bool // suspend
	Ingress        bool // challenge and shut
}

// wider is how wide a prefix that is kept may be: a /8 of IPv4, a /16 of IPv6. One that holds more
// would switch measures off, and nobody means that.
func wider(p netip.Prefix) bool {
	return p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16
}

// MostKept is how many networks of one family may be kept: the guard's and the data path's together, those inside
// another counted with it. So many the programs at a port ask for an isolated guest, one after another.
const MostKept = port.MaxPrefixes

// Check says what an operator should mend in the lists, or nil. Compile does without what is not valid.
func (w *World) Check() error {
	for _, l := range w.lists() {
		for _, p := range l.prefixes {
			if p = canonical(p); !p.IsValid() {
				return evenkeel.Invalid("%s has an entry that is no range of addresses; expected one such as 192.0.2.0/24", l.name)
			}
			if wider(p) {
				return evenkeel.Invalid("%s has %s, which would switch measures off; expected a /8 or longer of IPv4, a /16 or longer of IPv6", l.name, p)
			}
		}
	}
	if why := tooMany(w.kept()); why != "" && len(w.DataPath) > 0 { // without one nobody is isolated anyway
		return evenkeel.Invalid("%s", why)
	}
	return nil
}

// tooMany says that more is kept than hands can carry, and what to do, or "".
func tooMany(kept []netip.Prefix) string {
	v4 := 0
	for _, p := range kept {
		if p.Addr().Is4() {
			v4++
		}
	}
	if v6 := len(kept) - v4; v4 > MostKept || v6 > MostKept {
		return fmt.Sprintf("%d networks of IPv4 and %d of IPv6 are never touched or of the data path; expected at most %d of each, "+
			"else nobody can be isolated: write neighbours as one network, such as 192.0.2.0/29 for eight addresses", v4, v6, MostKept)
	}
	return ""
}

// list is one list of what is kept, and what it is called in a refusal.
type list struct {
	name     string
	prefixes []netip.Prefix
}

func (w *World) lists() []list {
	return []list{
		{"management", w.Guard.Management},
		{"gateways", w.Guard.Gateways},
		{"resolvers", w.Guard.Resolvers},
		{"control plane", w.Guard.ControlPlane},
		{"the operator's list", w.Guard.Operator},
		{"the data path", w.DataPath},
	}
}

// keeps says on which list an address stands, or "".
func (w *World) keeps(a netip.Addr) string {
	for _, l := range w.lists() {
		for _, p := range l.prefixes {
			if p = canonical(p); p.IsValid() && p.Contains(a) {
				return l.name
			}
		}
	}
	return ""
}

// kept returns all that is kept: sorted, and none inside another.
func (w *World) kept() []netip.Prefix {
	var all []netip.Prefix
	for _, l := range w.lists() {
		for _, p := range l.prefixes {
			if p = canonical(p); p.IsValid() {
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	out := all[:0]
	for _, p := range all { // a wider one comes before those inside it
		if n := len(out); n == 0 || !out[n-1].Overlaps(p) {
			out = append(out, p)
		}
	}
	return slices.Clip(out)
}

// canonical returns p without host bits, an IPv4 range that is written in IPv6 as IPv4.
func canonical(p netip.Prefix) netip.Prefix {
	a, bits := p.Addr(), p.Bits()
	if a.Is4In6() && bits >= 96 {
		a, bits = a.Unmap(), bits-96
	}
	return netip.PrefixFrom(a.WithZone(""), bits).Masked()
}

// most returns the bound on elements.
func (w *World) most() int {
	if w.Most > 0 {
		return w.Most
	}
	return DefaultMost
}

// own says which of the host's own interfaces a port is, or "".
func (g *Guard) own(ports []Port) string {
	for _, p := range ports {
		if slices.Contains(g.Interfaces, p.Name) {
			return p.Name
		}
	}
	return ""
}
