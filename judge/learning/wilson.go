package learning

import "github.com/evenkeel/evenkeel/instrument/wilson"

// Permille is a share in thousandths, from 0 to 1000.
type Permille int

// AtLeast says whether the lower end of the Wilson 95 % interval of right among reviewed is at
// least so much. Where nothing was reviewed only 0 is.
func (t Tally) AtLeast(share Permille) bool { return t.counted().AtLeast(wilson.Share(share) * 1000) }

// Bound is the lower end of that interval, rounded down to thousandths.
func (t Tally) Bound() Permille { return Permille(t.counted().Low() / 1000) }

func (t Tally) counted() wilson.Count {
	return wilson.Count{Right: t.Right(), Wrong: t.Reviewed() - t.Right()}
}
