package seen

import "math/bits"

// ids is a set of numbers: open addressing with linear probing over an array of any
// length, which grows by half when four fifths are in use.
type ids struct {
	slots []uint64 // 0 = free
	n     int
	most  int  // numbers at which it grows
	zero  bool // whether 0 is in the set
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
	if s.n >= s.most {
		s.grow()
	}
	s.n++
	if id == 0 {
		s.zero = true
		return
	}
	s.slots[s.find(id)] = id
}

func (s *ids) grow() { s.resize(max(len(s.slots)+len(s.slots)/2, minSlots)) }

// resize moves the numbers into an array of n slots.
func (s *ids) resize(n int) {
	old := s.slots
	s.slots, s.most = make([]uint64, n), n/5*4
	for _, id := range old {
		if id != 0 {
			s.slots[s.find(id)] = id
		}
	}
}

// reset empties the set and says whether its memory is worth keeping: a burst's is not.
func (s *ids) reset() bool {
	const spare = 8
	keep := len(s.slots) <= max(s.n*spare, minSlots)
	s.n, s.zero = 0, false
	clear(s.slots)
	return keep
}

func (s *ids) bytes() int { return 8 * len(s.slots) }
