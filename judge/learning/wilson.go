package learning

import (
	"math/big"
	"sort"
)

// Permille is a share in thousandths, from 0 to 1000.
type Permille int

// The square of the 97.5 % quantile of the normal distribution, 1.959964, in millionths: a
// two-sided interval of 95 %.
const quantileSquared = 3_841_459

// AtLeast says whether the lower end of the Wilson 95 % interval of right among reviewed is at
// least so much. Where nothing was reviewed only 0 is.
//
// The interval is the one of E. B. Wilson, "Probable Inference, the Law of Succession, and
// Statistical Inference", Journal of the American Statistical Association 22 (1927): its lower
// end is at least g if and only if r/n is, and (r/n - g)² n ≥ z² g (1 - g). Multiplied out this
// is over integers, so it says the same on every machine.
func (t Tally) AtLeast(share Permille) bool {
	if share <= 0 {
		return true
	}
	n, r := t.Reviewed(), t.Right()
	ahead := new(big.Int).Sub(scaled(1000, r), scaled(int64(share), n))
	if n <= 0 || ahead.Sign() < 0 {
		return false
	}
	left := ahead.Mul(ahead, ahead)
	left.Mul(left, big.NewInt(1_000_000))
	right := scaled(quantileSquared*int64(share)*int64(1000-share), n)
	return left.Cmp(right) >= 0
}

func scaled(by, n int64) *big.Int { return new(big.Int).Mul(big.NewInt(by), big.NewInt(n)) }

// Bound is the lower end of that interval, rounded down to thousandths.
func (t Tally) Bound() Permille {
	if t.Reviewed() <= 0 {
		return 0
	}
	return Permille(sort.Search(1000, func(g int) bool { return !t.AtLeast(Permille(g + 1)) }))
}
