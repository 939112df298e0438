package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Contains says whether a sorted list has all of some assets.
func Contains(sorted, some []evenkeel.AssetID) bool { return len(without(some, sorted)) == 0 }

// without returns those of some assets that a sorted list does not have.
func without(some, sorted []evenkeel.AssetID) []evenkeel.AssetID {
	return slices.DeleteFunc(slices.Clone(some), func(a evenkeel.AssetID) bool {
		_, found := slices.BinarySearch(sorted, a)
		return found
	})
}

// touch says whether two lists of assets have one in common. A list without assets is about
// the tenant as a whole, and so about whatever the other names.
func touch(a, b []evenkeel.AssetID) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(x evenkeel.AssetID) bool { return slices.Contains(b, x) })
}

// together returns the assets of all these decisions, sorted.
func together(decisions []evenkeel.Decision) (all []evenkeel.AssetID) {
	for i := range decisions {
		all = append(all, decisions[i].Assets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
