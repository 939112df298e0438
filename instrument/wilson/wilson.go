package wilson

import (
	"math/big"
	"sort"
)

// Share is a share in millionths, from 0 to One.
type Share int64

// One is the whole.
const One Share = 1_000_000

// Count is how many cases were right and how many were wrong; neither is negative.
type Count struct{ Right, Wrong int64 }

// The square of the 97.5 % quantile of the normal distribution, 1.959964, in millionths: a
// two-sided interval of 95 %.
const quantileSquared = 3_841_459

// AtLeast says whether the lower end of the interval is at least so much. Where nothing was counted
// only 0 is.
//
// The interval is the one of E. B. Wilson, "Probable Inference, the Law of Succession, and
// Statistical Inference", Journal of the American Statistical Association 22 (1927): of r among n its
// lower end is at least g if and only if r/n is, and (r/n - g)² n ≥ z² g (1 - g). Multiplied out this
// is over integers.
func (c Count) AtLeast(g Share) bool {
	if g <= 0 {
		return true
	}
	ahead, sure := c.far(g)
	return g < One && ahead >= 0 && sure >= 0 // it is never One: no count is without chance
}

// Below says whether the upper end of the interval is less than so much. Where nothing was counted it is
// One.
func (c Count) Below(g Share) bool {
	if g > One {
		return true
	}
	ahead, sure := c.far(g)
	return g > 0 && ahead < 0 && sure > 0
}

// far compares the share that is right with g, and how far it is from there with how far chance goes.
func (c Count) far(g Share) (ahead, sure int) {
	n := c.Right + c.Wrong
	if n <= 0 {
		return -1, -1
	}
	off := new(big.Int).Sub(scaled(int64(One), c.Right), scaled(int64(g), n))
	square := new(big.Int).Mul(off, off)
	square.Mul(square, big.NewInt(1_000_000)) // as the quantile is
	return off.Sign(), square.Cmp(scaled(quantileSquared*int64(g)*int64(One-g), n))
}

func scaled(by, n int64) *big.Int { return new(big.Int).Mul(big.NewInt(by), big.NewInt(n)) }

// Low is the lower end, rounded down; 0 where nothing was counted.
func (c Count) Low() Share {
	return Share(sort.Search(int(One), func(g int) bool { return !c.AtLeast(Share(g + 1)) }))
}

// High is the upper end, rounded up; One where nothing was counted.
func (c Count) High() Share { return One - Count{c.Wrong, c.Right}.Low() }
