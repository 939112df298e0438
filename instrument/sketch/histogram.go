package sketch

import (
	"math"
	"math/bits"
)

// Histogram counts non-negative integers in buckets, for quantiles over many series. The
// zero value is empty. The order of Add and Merge does not show.
//
// Values below 64 have a bucket each. From there on every power of two is cut into 32
// buckets, each 1/32 (3.2 %) of its power wide, so a bucket's largest value is less than
// 1/32 above its smallest. Values above MaxValue count as MaxValue.
type Histogram struct {
	n      uint64
	max    uint64
	counts []uint64 // by bucket, as far as the largest in use
}

// MaxValue is the largest value that is told apart.
const MaxValue = 1_000_000_000

const (
	subBits = 5 // 32 buckets per power of two
	sub     = 1 << subBits
	buckets = (30-subBits)*sub + sub // values below 2³⁰
)

// bucketOf returns the bucket of a value up to MaxValue.
func bucketOf(v uint64) int {
	if v < sub {
		return int(v)
	}
	e := bits.Len64(v) - 1 - subBits // of the width, a power of two
	return e<<subBits + int(v>>e)
}

// boundsOf returns the smallest and the largest value of a bucket.
func boundsOf(b int) (lo, hi uint64) {
	if b < 2*sub {
		return uint64(b), uint64(b)
	}
	e := b>>subBits - 1
	lo = (sub + uint64(b)&(sub-1)) << e
	return lo, min(lo+1<<e-1, MaxValue)
}

// Add counts a value.
func (h *Histogram) Add(v uint64) { h.AddN(v, 1) }

// AddN counts a value n times. Counts stay at their largest, 2⁶⁴−1.
func (h *Histogram) AddN(v, n uint64) {
	if n == 0 {
		return
	}
	v = min(v, MaxValue)
	b := bucketOf(v)
	h.reach(b + 1)
	h.counts[b] = addCapped(h.counts[b], n)
	h.n = addCapped(h.n, n)
	h.max = max(h.max, v)
}

// Merge adds what another histogram counted.
func (h *Histogram) Merge(o *Histogram) {
	h.reach(len(o.counts))
	for b, n := range o.counts {
		h.counts[b] = addCapped(h.counts[b], n)
	}
	h.n = addCapped(h.n, o.n)
	h.max = max(h.max, o.max)
}

// reach makes room for so many buckets.
func (h *Histogram) reach(n int) {
	if n <= len(h.counts) {
		return
	}
	if n > cap(h.counts) {
		grown := make([]uint64, len(h.counts), min((n+sub-1)/sub*sub, buckets))
		copy(grown, h.counts)
		h.counts = grown
	}
	h.counts = h.counts[:n]
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	clear(h.counts)
	h.n, h.max, h.counts = 0, 0, h.counts[:0]
}

// N returns how many values were counted.
func (h *Histogram) N() uint64 { return h.n }

// Max returns the largest value counted, at most MaxValue; 0 when there is none.
func (h *Histogram) Max() uint64 { return h.max }

// Quantile returns the bounds of the bucket that holds the q-quantile: the value of rank
// ⌈q·N⌉ when all are sorted, at least the first. q is taken to nine decimals and cut to 0
// to 1; a NaN is 1. As a threshold use hi: at least ⌈q·N⌉ values are no larger. Both are 0
// while nothing was counted.
func (h *Histogram) Quantile(q float64) (lo, hi uint64) {
	if h.n == 0 {
		return 0, 0
	}
	rank, seen := rankOf(q, h.n), uint64(0)
	for b, n := range h.counts {
		if seen = addCapped(seen, n); seen >= rank {
			lo, hi = boundsOf(b)
			return lo, min(hi, h.max)
		}
	}
	return h.max, h.max // unreachable while the counts add up to n
}

// rankOf returns ⌈q·n⌉, at least 1, computed in integers.
func rankOf(q float64, n uint64) uint64 {
	const one = 1_000_000_000
	if !(q < 1) {
		return n
	}
	share := uint64(math.Round(max(q, 0) * one))
	hi, lo := bits.Mul64(share, n)
	lo, carry := bits.Add64(lo, one-1, 0)
	rank, _ := bits.Div64(hi+carry, lo, one)
	return max(rank, 1)
}

// addCapped adds and stays at the largest value, so that any order gives the same sum.
func addCapped(a, b uint64) uint64 {
	s, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return s
}
