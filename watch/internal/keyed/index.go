package keyed

import "math/bits"

// index finds the ref of a key by linear probing. The low bits of a slot are ref + 1, 0
// where it is free; the high bits are bits of the key's hash, so that a probe seldom reads
// a key that is not the one sought. A key's home is the slot at its hash's share of the
// array, so the array may have any length: it grows by half when four fifths are in use.
type index struct {
	slots   []uint32
	refBits uint
	most    int // slots in use at which it grows
}

const minSlots = 20

// hash spreads a key. Keys are hashes already; this keeps small numbers from all having one
// home (Fibonacci hashing: 2⁶⁴ divided by the golden ratio).
func hash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 }

func (x *index) home(h uint64) uint32 {
	hi, _ := bits.Mul64(h, uint64(len(x.slots)))
	return uint32(hi)
}

func (x *index) bytes() int { return 4 * len(x.slots) }

// find returns the key's slot and ref, or the free slot where it belongs.
func (x *index) find(s *slab, key uint64) (slot, ref uint32, ok bool) {
	if len(x.slots) == 0 {
		return 0, 0, false
	}
	h := hash(key)
	low := x.low()
	mark := uint32(h) &^ low
	for slot = x.home(h); ; {
		e := x.slots[slot]
		if e == 0 {
			return slot, 0, false
		}
		if e&^low == mark && s.key(e&low-1) == key {
			return slot, e&low - 1, true
		}
		if slot++; int(slot) == len(x.slots) {
			slot = 0
		}
	}
}

// low is the mask of the bits that hold ref + 1.
func (x *index) low() uint32 { return uint32(1)<<x.refBits - 1 }

func (x *index) set(slot uint32, key uint64, ref uint32) {
	x.slots[slot] = uint32(hash(key))&^x.low() | (ref + 1)
}

// grow makes the index half as large again.
func (x *index) grow(s *slab) {
	n := larger(len(x.slots))
	x.resize(s, n)
	for ref := range s.refs() {
		key := s.key(ref)
		slot := x.home(hash(key))
		for x.slots[slot] != 0 {
			if slot++; int(slot) == n {
				slot = 0
			}
		}
		x.set(slot, key, ref)
	}
}

func larger(slots int) int { return max(slots+slots/2, minSlots) }

// resize makes an empty index of n slots.
func (x *index) resize(s *slab, n int) {
	x.slots, x.most = make([]uint32, n), n/5*4
	// Never more than most records have lived before it grows again, so none has a larger ref.
	chunks := uint64(x.most)/uint64(s.per) + 1
	x.refBits = min(uint(bits.Len64(chunks<<s.shift)), 32)
}

// rebuild makes the index of a slab of which so many places were ever used, as large as it
// was when they were; false where a key is there twice.
func (x *index) rebuild(s *slab, used int) bool {
	n := len(x.slots)
	for n/5*4 < used {
		n = larger(n)
	}
	x.resize(s, n)
	for ref := range s.refs() {
		key := s.key(ref)
		slot, _, twice := x.find(s, key)
		if twice {
			return false
		}
		x.set(slot, key, ref)
	}
	return true
}

// unset frees a slot and moves up those after it that would not be found beyond a gap
// (deletion from linear probing: Knuth, volume 3, 6.4, algorithm R).
func (x *index) unset(s *slab, gap uint32) {
	n := uint32(len(x.slots))
	for slot := gap; ; {
		if slot++; slot == n {
			slot = 0
		}
		e := x.slots[slot]
		if e == 0 {
			break
		}
		home := x.home(hash(s.key(e&x.low() - 1)))
		if distance(home, slot, n) >= distance(gap, slot, n) {
			x.slots[gap] = e
			gap = slot
		}
	}
	x.slots[gap] = 0
}

// distance returns how many slots lie from one forward to another.
func distance(from, to, n uint32) uint32 {
	if to >= from {
		return to - from
	}
	return n - from + to
}
