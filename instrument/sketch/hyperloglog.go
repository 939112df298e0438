package sketch

import (
	"math"
	"math/bits"
)

// HyperLogLog counts different values in 1 KiB, however many (P. Flajolet and others, AofA 2007), with the estimator
// of O. Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6), which needs no
// table for small counts. The standard error is 1.04/√1024, 3.3 %. The zero value is empty. For at most some ten thousand
// values Bits takes half the room and errs less.
type HyperLogLog [hllSize]uint8

const (
	hllBits = 10
	hllSize = 1 << hllBits
	hllMost = 64 - hllBits // the longest run of zeros that is told apart, and one more is the largest register
)

// Add counts a value by its hash, under a secret key, and says whether anything changed.
func (h *HyperLogLog) Add(hash uint64) bool {
	i := hash >> (64 - hllBits)
	rank := uint8(bits.LeadingZeros64(hash<<hllBits|1<<(hllBits-1)) + 1)
	if rank <= h[i] {
		return false
	}
	h[i] = rank
	return true
}

// Union adds what another holds: afterwards it is as if all values of both had come here.
func (h *HyperLogLog) Union(other *HyperLogLog) {
	for i, r := range other {
		h[i] = max(h[i], r)
	}
}

// Count returns how many different values there were, rounded. It walks through all registers, in about a microsecond.
func (h *HyperLogLog) Count() uint64 {
	var n [hllMost + 2]int // registers by their value
	for _, r := range h {
		n[min(r, hllMost+1)]++
	}
	const m = hllSize
	z := float64(m * tau(1-float64(n[hllMost+1])/m))
	for k := hllMost; k >= 1; k-- {
		z = (z + float64(n[k])) / 2
	}
	z += float64(m * sigma(float64(n[0])/m))
	return uint64(math.Round(m * m / (2 * math.Ln2) / z))
}

// sigma is x + Σ x^(2^k)·2^(k−1) over k from 1 on; infinite at 1, where all registers are empty.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

// tau is (1 − x − Σ (1 − x^(2^−k))²·2^−k over k from 1 on) / 3.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y /= 2
		d := 1 - x
		z -= float64(d * d * y)
		if z == before {
			return z / 3
		}
	}
}
