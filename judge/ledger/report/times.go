package report

import (
	"slices"
	"time"
)

// add takes in how long something took.
func (t *Times) add(d time.Duration) { t.all = append(t.all, int64(max(d, 0)/time.Second)) }

// finish counts the median and the 95th percentile: the smallest value that is not less than
// that share of all of them.
func (t *Times) finish() {
	slices.Sort(t.all)
	t.Ended = len(t.all)
	t.Median, t.P95 = rank(t.all, 50), rank(t.all, 95)
	t.all = nil
}

func rank(sorted []int64, percent int) *int64 {
	if len(sorted) == 0 {
		return nil
	}
	at := (len(sorted)*percent+99)/100 - 1
	return &sorted[max(at, 0)]
}
