package agent

import (
	"cmp"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Unknown is an interface that is nobody's, and why.
type Unknown struct {
	Place port.Place
	Why   string
	Could []string // the guests that it could be of
}

// world is what the settings alone say.
func (s *Settings) world() plan.World {
	n := &s.NeverTouch
	return plan.World{
		DataPath: prefixes(s.DataPath),
		Guard: plan.Guard{
			Management: prefixes(n.Management), Gateways: prefixes(n.Gateways), Resolvers: prefixes(n.Resolvers),
			ControlPlane: prefixes(n.ControlPlane), Operator: prefixes(n.Operator), Floor: uint32(max(n.Floor, 0)),
		},
	}
}

// World is what the compiler of measures has to know of this host: the settings, and the guests with the
// interfaces at which they hang now. A guest of the book without any waits. Interfaces that are nobody's are told
// apart from the host's own, which are in the guard. Both are sorted, so the sequence of places does not show.
func (s *Settings) World(book *whose.Book, places []port.Place) (plan.World, []Unknown) {
	w := s.world()
	at := map[evenkeel.AssetID]*plan.Guest{}
	add := func(g whose.Guest) *plan.Guest {
		id := evenkeel.AssetID(g.Asset)
		if at[id] == nil {
			at[id] = &plan.Guest{Asset: id, Off: g.Off, Cgroup: g.Cgroup, Domain: g.Domain, CPUs: g.CPUs}
		}
		return at[id]
	}
	for _, g := range book.Guests() {
		add(g)
	}
	var unknown []Unknown
	for _, p := range places {
		if book.Own(p.Name) {
			w.Guard.Interfaces = append(w.Guard.Interfaces, p.Name)
			continue
		}
		asset, why := book.Of(p)
		if asset == "" {
			unknown = append(unknown, Unknown{p, why, book.Could(p)})
			continue
		}
		known := book.Guest(asset)
		g := add(known)
		g.Ports = append(g.Ports, plan.Port{Name: p.Name, Index: p.Index, MAC: p.MAC, Own: known.Addresses})
	}
	for _, g := range at {
		slices.SortFunc(g.Ports, func(a, b plan.Port) int { return cmp.Compare(a.Index, b.Index) })
		w.Guests = append(w.Guests, *g)
	}
	slices.SortFunc(w.Guests, func(a, b plan.Guest) int { return cmp.Compare(a.Asset, b.Asset) })
	slices.Sort(w.Guard.Interfaces)
	slices.SortFunc(unknown, func(a, b Unknown) int { return cmp.Compare(a.Place.Index, b.Place.Index) })
	return w, unknown
}
