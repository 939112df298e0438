package seen

import (
	"math/bits"
	"slices"
)

// ids is a set of numbers: open addressing with linear probing over an array of any
// length, which grows by half when four fifths are in use.
type ids struct {
	slots []uint64 // 0 = free
	n     int
	most  int  // numbers at which it grows
	zero  bool // whether 0 is in the set
	lent  bool // an image reads the slots: they are not written again
}

const minSlots = 20

// home returns the slot where a number is sought first: its share of the array, after a
// spread that keeps small numbers apart (Fibonacci hashing: 2⁶⁴ divided by the golden
// ratio).
func (s *ids) home(id uint64) int {
	hi, _ := bits.Mul64(id*0x9e3779b97f4a7c15, uint64(len(s.slots)))
	return int(hi)
}

// find returns the slot of a number other than 0, or the free one where it belongs.
func (s *ids) find(id uint64) int {
	i := s.home(id)
	for s.slots[i] != 0 && s.slots[i] != id {
		if i++; i == len(s.slots) {
			i = 0
		}
	}
	return i
}

func (s *ids) has(id uint64) bool {
	switch {
	case s.n == 0:
		return false
	case id == 0:
		return s.zero
	}
	return s.slots[s.find(id)] == id
}

// add adds a number that is not in the set.
func (s *ids) add(id uint64) {
	switch {
	case s.n >= s.most:
		s.resize(max(len(s.slots)+len(s.slots)/2, minSlots))
	case s.lent:
		s.slots, s.lent = slices.Clone(s.slots), false
	}
	s.n++
	if id == 0 {
		s.zero = true
		return
	}
	s.slots[s.find(id)] = id
}

// resize moves the numbers into an array of n slots.
func (s *ids) resize(n int) {
	old := s.slots
	s.slots, s.most, s.lent = make([]uint64, n), mostIn(n), false
	for _, id := range old {
		if id != 0 {
			s.slots[s.find(id)] = id
		}
	}
}

// mostIn is how many numbers so many slots hold.
func mostIn(slots int) int { return slots / 5 * 4 }

// slotsFor is the least that hold so many numbers.
func slotsFor(n int) int { return max((n+3)/4*5, minSlots) }

// emptied returns the memory of the set for another use; not ok where somebody reads it.
func (s *ids) emptied() (out ids, ok bool) {
	if s.lent {
		return out, false
	}
	clear(s.slots)
	return ids{slots: s.slots, most: s.most}, true
}

func (s *ids) bytes() int { return 8 * len(s.slots) }
