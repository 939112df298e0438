package inventory

import "slices"

// fate is what became of a record.
type fate uint8

const (
	kept     fate = iota + 1
	keptFull      // kept; the oldest of the list fell out for it
	repeated      // known already
	surplus       // older than all of a full list
)

// listed is what a bounded list holds. It is sorted by order; of two with the same order,
// or with the same id, the one that is over the other stays.
type listed[T any] interface {
	order(T) int
	over(T) bool
	name() uint64 // the record's ID; 0 where it has none
}

// insert returns the list with x in it, at most `most` long, and what became of x; lost is
// what fell out with keptFull and surplus.
//
// The answer does not depend on the order of arrival: the list is always the newest of all
// that came. Snapshots share the array of list: appending behind their end is the only
// change in place.
func insert[T listed[T]](list []T, x T, most int) (out []T, f fate, lost T) {
	again := repeated // what x is where its like is in the list
	if id := x.name(); id != 0 {
		for k := range list {
			if list[k].name() != id || list[k].order(x) == 0 {
				continue
			}
			if !x.over(list[k]) {
				return list, repeated, lost
			}
			list, again = slices.Delete(slices.Clone(list), k, k+1), kept
			break
		}
	}
	i := len(list)
	if i > 0 && list[i-1].order(x) >= 0 {
		at, found := slices.BinarySearchFunc(list, x, T.order)
		switch {
		case found && !x.over(list[at]):
			return list, again, lost
		case found:
			list = slices.Clone(list)
			list[at] = x
			return list, kept, lost
		}
		i = at
	}
	switch {
	case i == 0 && len(list) >= most:
		return list, surplus, x
	case i == len(list):
		list = append(list, x)
	default:
		list = slices.Concat(list[:i], []T{x}, list[i:])
	}
	if len(list) > most {
		return list[1:], keptFull, list[0]
	}
	return list, kept, lost
}
