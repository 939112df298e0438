package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
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

// touch says whether two lists of assets have one in common.
func touch(a, b []evenkeel.AssetID) bool { return docket.Touch(a, b) }

// together returns the assets of all these decisions, sorted.
func together(decisions []evenkeel.Decision) (all []evenkeel.AssetID) {
	for i := range decisions {
		all = append(all, decisions[i].Assets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
