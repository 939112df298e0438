package agent

import (
	"cmp"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// eachGuest calls f for each guest, in the sequence of their names, with what was seen at its ports together. of says
// whose port it is, and whether what the guest is sent is seen there; what is of nobody, or of a port that went, is left
// out. The counts are f's until it returns.
func eachGuest(all []port.Reading, of func(port.Slot) (asset string, heard bool), f func(asset string, c *wire.Counts)) {
	type whose struct {
		asset string
		at    int // in all
		heard bool
	}
	seen := make([]whose, 0, len(all))
	for i := range all {
		if asset, heard := of(all[i].Slot); asset != "" {
			seen = append(seen, whose{asset, i, heard})
		}
	}
	slices.SortFunc(seen, func(a, b whose) int { return cmp.Or(cmp.Compare(a.asset, b.asset), a.at-b.at) })
	var c, more wire.Counts // of one guest after the other: each is some kilobytes
	for i := 0; i < len(seen); {
		asset := seen[i].asset
		c = wire.FromPort(&all[seen[i].at].Counts)
		if !seen[i].heard {
			c.Unheard()
		}
		for i++; i < len(seen) && seen[i].asset == asset; i++ { // by another port
			more = wire.FromPort(&all[seen[i].at].Counts)
			if !seen[i].heard {
				more.Unheard()
			}
			c.Add(&more)
		}
		f(asset, &c)
	}
}
