package sketch

import (
	"math"
	"math/bits"
)

// HLL counts different values by their hashes, roughly, in HLLSize bytes that the caller
// owns: all zero is empty. It is HyperLogLog with 256 registers of a byte each. The order
// of Add and Merge does not show.
//
// The relative error (root of the mean square over 400 seeds) is 4.5 % at 10 and at 100
// values and 6 to 6.5 % from 1,000 on; a test measures it.
type HLL []byte

// HLLSize is the bytes of an HLL.
const HLLSize = 1 << hllBits

const (
	hllBits = 8
	hllMost = 64 - hllBits + 1 // the largest rank
)

// Add counts a value by its hash, which must be uniform in all 64 bits. It says whether the
// estimate may have changed. Bytes of another size are left alone.
func (h HLL) Add(hash uint64) bool {
	if len(h) != HLLSize {
		return false
	}
	// The register is the high bits; the rank is the place of the first 1 in the others.
	rank := byte(bits.LeadingZeros64(hash<<hllBits|1<<(hllBits-1)) + 1)
	at := hash >> (64 - hllBits)
	if h[at] >= rank {
		return false
	}
	h[at] = rank
	return true
}

// Merge adds the values that another counted: a value that both counted counts once.
func (h HLL) Merge(o HLL) {
	if len(h) != HLLSize || len(o) != HLLSize {
		return
	}
	for i, rank := range o {
		h[i] = max(h[i], rank)
	}
}

// Estimate returns about how many different values were counted: Ertl's improved estimator,
// which has no bias at either end ("New cardinality estimation algorithms for HyperLogLog
// sketches", 2017, algorithm 6). It is 0 exactly when nothing was counted, and the same on
// every architecture.
func (h HLL) Estimate() uint64 {
	if len(h) != HLLSize {
		return 0
	}
	var counts [hllMost + 1]int // registers by rank; a damaged rank counts as the largest
	for _, rank := range h {
		counts[min(rank, hllMost)]++
	}
	if counts[0] == HLLSize {
		return 0
	}
	const m = HLLSize
	z := float64(m * tau(float64(HLLSize-counts[hllMost])/m))
	for k := hllMost - 1; k >= 1; k-- {
		z = 0.5 * float64(z+float64(counts[k]))
	}
	z += float64(m * sigma(float64(counts[0])/m))
	return uint64(math.Round(m * m / (2 * math.Ln2) / z))
}

// sigma is x + Σ x^(2^k)·2^(k−1) over k ≥ 1, for 0 ≤ x < 1. The conversions keep products
// from being fused into sums, which would differ between architectures.
func sigma(x float64) float64 {
	for y, z := 1.0, x; ; y += y {
		x = float64(x * x)
		next := z + float64(x*y)
		if next == z {
			return z
		}
		z = next
	}
}

// tau is (1 − x − Σ (1 − x^(2^−k))²·2^−k over k ≥ 1) / 3, for 0 ≤ x ≤ 1.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	for y, z := 0.5, 1-x; ; y *= 0.5 {
		x = math.Sqrt(x)
		next := z - float64(float64((1-x)*(1-x))*y)
		if next == z {
			return z / 3
		}
		z = next
	}
}
