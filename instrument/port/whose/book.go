package whose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Guest is what is known of a guest of this host.
type Guest struct {
	Asset     string         // what it is called in the inventory
	Addresses []netip.Prefix // that it may send from; none: unknown
	Ports     []string       // names of its interfaces on the host
	MACs      [][6]byte      // of its interfaces, as the host sees them
	Cgroup    string         // below the root of the hierarchy of CPUs; "": none
	Domain    string         // at the hypervisor; "": none
	CPUs      int            // 0: not known
	Off       bool           // it does not run
}

// Claim is what a hypervisor or a container runtime says of an interface.
type Claim struct {
	Port  string // name of the interface on the host
	Asset string
	By    string // who says so, such as libvirt
}

// Book says whose a port is. It does not change; a new one takes its place.
type Book struct {
	own      []string
	patterns []Pattern
	guests   []Guest // by asset

	// What is asked of each port, so that thousands of guests are not gone through each time.
	named   map[string][]string  // assets by the name of a port
	claimed map[string][]string  // the same, of claims
	cards   map[[5]byte][]carded // by an address without its first byte

	kept map[int]string // see Keep
}

// carded is a guest with one of its cards.
type carded struct {
	mac   [6]byte
	asset string
}

// The bounds of a book.
const (
	MostPatterns = 64
	MostGuests   = 10_000
)

// NewBook makes a book. own are names of the host's own interfaces, which may have wildcards of
// path.Match; lo is always one. Guests with one name are an error.
func NewBook(own []string, patterns []Pattern, guests []Guest, claims []Claim) (*Book, error) {
	if len(patterns) > MostPatterns || len(guests) > MostGuests || len(claims) > MostGuests {
		return nil, fmt.Errorf("%d patterns, %d guests and %d interfaces of guests; expected at most %d, %d and %d",
			len(patterns), len(guests), len(claims), MostPatterns, MostGuests, MostGuests)
	}
	b := &Book{
		own: append([]string{"lo"}, own...), patterns: patterns, guests: slices.Clone(guests),
		named: map[string][]string{}, claimed: map[string][]string{}, cards: map[[5]byte][]carded{},
	}
	slices.SortFunc(b.guests, func(x, y Guest) int { return strings.Compare(x.Asset, y.Asset) })
	for i, g := range b.guests {
		if g.Asset == "" || i > 0 && b.guests[i-1].Asset == g.Asset {
			return nil, fmt.Errorf("guest %q is there twice, or has no name; expected each once", g.Asset)
		}
		for _, p := range g.Ports {
			b.named[p] = append(b.named[p], g.Asset)
		}
		for _, m := range g.MACs {
			tail := [5]byte(m[1:])
			b.cards[tail] = append(b.cards[tail], carded{m, g.Asset})
		}
	}
	for _, c := range claims {
		b.claimed[c.Port] = append(b.claimed[c.Port], c.Asset)
	}
	return b, nil
}

// Guest returns what is known of a guest; its name alone where nothing else is.
func (b *Book) Guest(asset string) Guest {
	at, known := slices.BinarySearchFunc(b.guests, asset, func(g Guest, a string) int { return strings.Compare(g.Asset, a) })
	if !known {
		return Guest{Asset: asset}
	}
	return b.guests[at]
}

// Guests returns all about which more is known than where they hang, by name.
func (b *Book) Guests() []Guest { return b.guests }

// Keep returns the same book, but that a port which could be of several guests is that of the one named here, by the index of the
// interface, where that one is among them. It takes the place of what was kept before.
func (b *Book) Keep(kept map[int]string) *Book {
	out := *b
	out.kept = kept
	return &out
}

// Kept is what Keep was given.
func (b *Book) Kept() map[int]string { return b.kept }

// Own says whether an interface is the host's own.
func (b *Book) Own(name string) bool {
	return slices.ContainsFunc(b.own, func(p string) bool { return match(p, name) })
}

// Of returns the guest at a port, or why there is none.
func (b *Book) Of(at port.Place) (asset, why string) {
	if b.Own(at.Name) {
		return "", "it is the host's own"
	}
	found, named := b.could(at)
	was := b.kept[at.Index]
	switch few := found[:min(len(found), 3)]; {
	case len(found) == 0:
		return "", "no guest is known to hang there"
	case len(found) == 1:
		return found[0], ""
	case slices.Contains(found, was):
		return was, ""
	case named:
		return "", "it is named as a port of " + strings.Join(few, " and of ") + ": name it as a port of one guest"
	default:
		return "", "it could be of " + strings.Join(few, " or ") + ": name its interface, as ports of the guest"
	}
}

// Could returns the guests that a port could be of, by what is most certain; none of the host's own interfaces.
func (b *Book) Could(at port.Place) []string {
	if b.Own(at.Name) {
		return nil
	}
	found, _ := b.could(at)
	return found
}

// could are they, and named says that the interface was named.
func (b *Book) could(at port.Place) (found []string, named bool) {
	for i, rank := range []func(port.Place) []string{b.byName, b.byClaim, b.byMAC, b.fitting} {
		found = rank(at)
		slices.Sort(found)
		if found = slices.Compact(found); len(found) > 0 {
			return found, i == 0
		}
	}
	return nil, false
}

func (b *Book) byName(at port.Place) []string { return slices.Clone(b.named[at.Name]) }

func (b *Book) byClaim(at port.Place) []string { return slices.Clone(b.claimed[at.Name]) }

func (b *Book) byMAC(at port.Place) (found []string) {
	if at.MAC == [6]byte{} {
		return nil
	}
	for _, c := range b.cards[[5]byte(at.MAC[1:])] {
		if sameMAC(c.mac, at.MAC) {
			found = append(found, c.asset)
		}
	}
	return found
}

func (b *Book) fitting(at port.Place) (found []string) {
	for _, p := range b.patterns {
		if asset, fits := p.Guest(at); fits {
			found = append(found, asset)
		}
	}
	return found
}

// sameMAC compares a guest's own address with that of the host's end. libvirt gives a tap the
// address of the guest's card with fe as its first byte, so that a bridge does not take it for its own.
func sameMAC(guest, host [6]byte) bool {
	return guest == host || host[0] == 0xfe && [5]byte(guest[1:]) == [5]byte(host[1:])
}
