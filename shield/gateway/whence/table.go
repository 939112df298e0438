package whence

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// table is what is said of prefixes: of those that contain an address the longest counts.
type table[V any] struct {
	of   bart.Table[V]
	size int
}

// tableOf makes one. What stands twice is as the last says.
func tableOf[V any](all networks[V]) *table[V] {
	t := &table[V]{}
	for _, e := range all {
		t.of.Insert(e.prefix, e.value)
	}
	t.size = t.of.Size()
	return t
}

func size[V any](t *table[V]) int {
	if t == nil {
		return 0
	}
	return t.size
}

// snapshot is all that is known. Nobody changes it.
type snapshot struct {
	as      [2][]*table[uint32] // of IPv4 and of IPv6, in the order of the files
	country [2][]*table[[2]byte]
	ranges  bart.Table[suspect.Range]
	ranged  int
	systems map[uint32]suspect.Range
}

// version is 0 for an address of IPv4, 1 for one of IPv6.
func version(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

// of looks an address up: of several files the first that knows it counts.
func (s *snapshot) of(a netip.Addr) (p suspect.Place) {
	a = a.Unmap()
	if !a.IsValid() {
		return p
	}
	v := version(a)
	for _, t := range s.as[v] {
		if as, ok := t.of.Lookup(a); ok {
			p.AS = as
			break
		}
	}
	for _, t := range s.country[v] {
		if c, ok := t.of.Lookup(a); ok {
			p.Country = c
			break
		}
	}
	if s.ranged > 0 {
		p.Range, _ = s.ranges.Lookup(a)
	}
	if p.AS != 0 && len(s.systems) > 0 {
		p.Range = max(p.Range, s.systems[p.AS])
	}
	return p
}

// add has a table looked at, for the versions of which it has prefixes.
func add[V any](to *[2][]*table[V], t *table[V]) {
	if t == nil {
		return
	}
	if t.of.Size4() > 0 {
		to[0] = append(to[0], t)
	}
	if t.of.Size6() > 0 {
		to[1] = append(to[1], t)
	}
}

// labelled is a prefix of a list, with its kind.
type labelled struct {
	prefix netip.Prefix
	is     suspect.Range
}

// label makes the table of ranges: each prefix has the greatest kind of all that contain it.
func (s *snapshot) label(all []labelled) {
	slices.SortStableFunc(all, func(a, b labelled) int { return a.prefix.Bits() - b.prefix.Bits() })
	for _, l := range all {
		above, _ := s.ranges.LookupPrefix(l.prefix)
		s.ranges.Insert(l.prefix, max(l.is, above))
	}
	s.ranged = s.ranges.Size()
}
