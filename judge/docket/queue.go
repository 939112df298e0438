package docket

import (
	"cmp"

	"github.com/evenkeel/evenkeel"
)

// CompareRows is the order of the docket: what a person looks at first comes first. It is an
// order of harm and clocks, not of age; new words of a tenant never move its case back.
//
// First come tenants who are locked and have spoken, and of them those who were cleared
// before; then those who wait for a person; then the higher measure, what is proposed, the
// clock that runs out first, the older case. Closed cases come last.
func CompareRows(a, b Row) int {
	return cmp.Or(
		before(!closed(a), !closed(b)),
		before(lockedOut(a), lockedOut(b)),
		before(lockedOut(a) && again(a), lockedOut(b) && again(b)),
		before(a.Case.Waiting != 0, b.Case.Waiting != 0),
		cmp.Compare(b.Highest, a.Highest),
		cmp.Compare(b.Proposed, a.Proposed),
		before(a.Due != 0, b.Due != 0),
		cmp.Compare(a.Due, b.Due),
		cmp.Compare(a.Case.Opened, b.Case.Opened),
		cmp.Compare(a.Case.ID, b.Case.ID),
	)
}

// before puts what is so before what is not.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func closed(r Row) bool { return r.Case.State == evenkeel.CaseClosed }

// lockedOut says whether nothing of the tenant's work goes on, and it has said something to
// that. That a person decided once does not take it from the front: it is locked still.
func lockedOut(r Row) bool {
	return !closed(r) && r.Highest >= evenkeel.MeasureIsolate && (r.Case.Spoke != 0 || r.Case.Waiting != 0)
}

// again says whether this was found again after a person had cleared the tenant.
func again(r Row) bool { return r.Case.State == evenkeel.CaseReopened || r.Cleared }
