package plan

import "slices"

// Change is what has to be done to get from one ruleset to the next, and nothing more.
type Change struct {
	Kept   bool  // the addresses that are kept, or the floor, are others: every port is touched by that
	Put    []int // indices of ports whose rules are new or others
	Gone   []int // indices of ports that have none any more
	Quotas bool
	Pauses bool
}

// None says whether both are the same.
func (c *Change) None() bool {
	return !c.Kept && !c.Quotas && !c.Pauses && len(c.Put) == 0 && len(c.Gone) == 0
}

// Diff says what changed. Ports are told apart by their index and what holds there, not by their names.
func Diff(old, next *Ruleset) Change {
	c := Change{
		Kept:   !slices.Equal(old.kept, next.kept) || old.floor != next.floor,
		Quotas: !slices.Equal(old.quotas, next.quotas),
		Pauses: !slices.Equal(old.pauses, next.pauses),
	}
	a, b := old.ports, next.ports
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Port.Index < b[0].Port.Index:
			c.Gone = append(c.Gone, a[0].Port.Index)
			a = a[1:]
		case len(a) == 0 || b[0].Port.Index < a[0].Port.Index:
			c.Put = append(c.Put, b[0].Port.Index)
			b = b[1:]
		default:
			if a[0].Digest != b[0].Digest {
				c.Put = append(c.Put, b[0].Port.Index)
			}
			a, b = a[1:], b[1:]
		}
	}
	return c
}
