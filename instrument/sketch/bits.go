package sketch

import "math/bits"

// Bits counts different values by linear counting (Whang, Vander-Zanden and Taylor, ACM TODS 15(2),
// 1990): each value sets one bit of BitsSize by its hash, and how many there were follows from
// how many are set. It is 512 bytes, and the union of two is their bitwise or.
//
// The count is exact while no two values fall on one bit: of 15 values in 39 of 40 cases. The
// standard error is 1 at 100 values, 1.2 % at 1,000, 1.7 % at 10,000 and grows beyond 20,000; BitsMost is
// what a full one says.
type Bits [BitsSize / 64]uint64

// BitsSize is how many bits there are; BitsMost the largest count.
const (
	BitsSize = 4096
	BitsMost = 36434
)

// Add sets the bit of a hash, which is expected to be uniform, and says whether it was not set.
func (b *Bits) Add(hash uint64) bool {
	i := hash % BitsSize
	was := b[i/64]
	b[i/64] |= 1 << (i % 64)
	return b[i/64] != was
}

// Union adds what another holds.
func (b *Bits) Union(other *Bits) {
	for i := range b {
		b[i] |= other[i]
	}
}

// Set returns how many bits are set.
func (b *Bits) Set() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Count returns how many different values there were, rounded.
func (b *Bits) Count() int { return int(counts[b.Set()]) }

// counts is how many values are expected to have been added when so many bits are set: the sum of
// size/(size−i) for each bit i that was set, each of which took on average so many values. A sum of
// quotients, and no logarithm, so that it is the same everywhere.
var counts = func() (t [BitsSize + 1]uint32) {
	sum := 0.0
	for i := range BitsSize {
		sum += BitsSize / float64(BitsSize-i)
		t[i+1] = uint32(sum + 0.5)
	}
	return t
}()
