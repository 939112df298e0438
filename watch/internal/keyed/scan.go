package keyed

import "math/bits"

// Scan calls f with at most n records in the order of their refs, from the cursor on, and
// moves the cursor behind the last of them; behind the last of all it goes back to 0 and Scan
// says so. f may delete the record that it is given. It looks at no more than n words of 64 places, so its
// cost is bounded where most places are empty too.
func (t *Table) Scan(cursor *uint32, n int, f func(ref uint32, rec []byte)) (around bool) {
	live := t.slab.live
	for words := n; n > 0 && words > 0; words-- {
		w := int(*cursor / 64)
		if w >= len(live) {
			*cursor = 0
			return true
		}
		word := live[w] >> (*cursor % 64) << (*cursor % 64)
		for ; word != 0 && n > 0; word &= word - 1 {
			ref := uint32(w*64 + bits.TrailingZeros64(word))
			*cursor = ref + 1
			f(ref, t.slab.at(ref))
			n--
		}
		if word == 0 {
			*cursor = uint32(w+1) * 64
		}
	}
	return false
}
