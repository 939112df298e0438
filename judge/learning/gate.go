package learning

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// needs is how sure one has to be of a rule before a machine takes a measure by it, as the lower
// end of the interval (Tally.AtLeast). With nobody found innocent, 800 takes 16 reviewed cases,
// 900 takes 35 and 950 takes 73. What takes two persons has no place here: a small cloud never
// sees enough cases to let a machine suspend, and none may.
var needs = map[evenkeel.Measure]Permille{
	evenkeel.MeasureNone: 0, evenkeel.MeasureNotify: 0,
	evenkeel.MeasureChallenge: 800, evenkeel.MeasureShut: 900,
	evenkeel.MeasureLimit: 800, evenkeel.MeasureDropFlow: 900,
	evenkeel.MeasureThrottle: 800, evenkeel.MeasureFreeze: 900, evenkeel.MeasureIsolate: 950,
}

// Needs returns how sure one has to be of a rule for a measure, and false where no machine may
// take it, however sure.
func Needs(m evenkeel.Measure) (Permille, bool) {
	p, ok := needs[m]
	return p, ok
}

// Gate says whether a rule has shown enough for a machine to take a measure by it, or why not,
// in a sentence that says what is missing.
func Gate(t Tally, m evenkeel.Measure) (ok bool, why string) {
	p, known := Needs(m)
	switch {
	case !known:
		return false, fmt.Sprintf("%s takes persons, however often the rule was right.", m)
	case t.AtLeast(p):
		return true, ""
	}
	return false, fmt.Sprintf("%s takes a rule that is right in %s of its cases at least; %s.", m, p, shows(t))
}

// shows says of how many cases a rule was found right, and what that shows.
func shows(t Tally) string {
	switch n, right := t.Reviewed(), t.Right(); {
	case n == 0:
		return "none of them was reviewed"
	case n == 1 && right == 1:
		return fmt.Sprintf("it was right in the only one that was reviewed, which shows %s", t.Bound())
	case n == 1:
		return fmt.Sprintf("it was wrong in the only one that was reviewed, which shows %s", t.Bound())
	case right == 0:
		return fmt.Sprintf("it was right in none of %d that were reviewed, which shows %s", n, t.Bound())
	default:
		return fmt.Sprintf("it was right in %d of %d that were reviewed, which shows %s", right, n, t.Bound())
	}
}

// String writes the share in per cent, such as 80 % or 95.1 %.
func (p Permille) String() string {
	if p%10 == 0 {
		return fmt.Sprintf("%d %%", p/10)
	}
	return fmt.Sprintf("%d.%d %%", p/10, p%10)
}

// Missing is how many more cases in a row have to be found right before Gate lets the measure
// pass: 0 where it does, -1 where none would do or it were more than a million.
func Missing(t Tally, m evenkeel.Measure) int64 {
	const most = 1_000_000
	p, known := Needs(m)
	if !known {
		return -1
	}
	after := func(n int64) Tally { o := t; o.Confirmed += n; return o }
	if after(0).AtLeast(p) {
		return 0
	}
	if !after(most).AtLeast(p) {
		return -1
	}
	low, high := int64(0), int64(most) // not yet, enough
	for high-low > 1 {
		if mid := (low + high) / 2; after(mid).AtLeast(p) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

// Gates are the measures of which it is said how far a rule is from them, one of each gate.
var Gates = []evenkeel.Measure{evenkeel.MeasureThrottle, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate}

// Gained is which of Gates a record passes, and the next one with what is Missing for it; none and 0 after the last.
func Gained(t Tally) (earned []evenkeel.Measure, next evenkeel.Measure, missing int64) {
	for _, m := range Gates {
		if ok, _ := Gate(t, m); !ok {
			return earned, m, Missing(t, m)
		}
		earned = append(earned, m)
	}
	return earned, evenkeel.MeasureNone, 0
}
