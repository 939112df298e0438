package docket

import (
	"cmp"
	"encoding/binary"

	"github.com/evenkeel/evenkeel"
)

// CompareRows is the order of the docket: what a person looks at first comes first. It is an
// order of harm and clocks, not of age; new words of a tenant never move its case back.
//
// First come tenants who are locked and have spoken, and of them those who were cleared
// before; then those of which somebody said that production is down, or that all was answered
// (Row.Urgent), whoever of the tenant's contacts that was; then cases in which a measure that keeps packets from others is carried out by no
// one (Row.Unstopped): third parties may be hurt meanwhile, and no clock calls anybody to
// that. It is behind those who are locked, because they have lost everything by our own act.
// Any other measure that failed is shown and moves nothing: who bears it bears less than was
// decided. Then come those who wait for a person; then those who bear a measure that nobody told
// them of (Row.Unaware): where mail is down these may be many, and whoever has spoken is not behind
// them. Then come the higher measure, what is proposed, the clock that runs out first, the older
// case. Closed cases come last, those that were opened last first: nothing is decided there any
// more, and who asks for one asks for a late one.
func CompareRows(a, b Row) int {
	if closed(a) && closed(b) {
		return cmp.Or(cmp.Compare(b.Case.Opened, a.Case.Opened), cmp.Compare(a.Case.ID, b.Case.ID))
	}
	return cmp.Or(
		before(!closed(a), !closed(b)),
		before(lockedOut(a), lockedOut(b)),
		before(lockedOut(a) && again(a), lockedOut(b) && again(b)),
		before(a.Urgent != 0, b.Urgent != 0),
		before(a.Unstopped > 0, b.Unstopped > 0),
		before(a.Case.Waiting != 0, b.Case.Waiting != 0),
		before(a.Unaware > 0, b.Unaware > 0),
		cmp.Compare(b.Highest, a.Highest),
		cmp.Compare(b.Proposed, a.Proposed),
		before(a.Due != 0, b.Due != 0),
		cmp.Compare(a.Due, b.Due),
		cmp.Compare(a.Case.Opened, b.Case.Opened),
		cmp.Compare(a.Case.ID, b.Case.ID),
	)
}

// Place is where a row stands in that order, as bytes: two of them compare as their rows do. A
// store keeps it, so that it need not read all to find what comes first. It begins with 0 where
// the case is not closed, and with 1 where it is.
func Place(r Row) []byte {
	first := func(so bool) byte {
		if so {
			return 0
		}
		return 1
	}
	at := func(m evenkeel.Moment) uint64 { return uint64(m) ^ 1<<63 } // so that times before 1970 come first
	if closed(r) {
		return append(binary.BigEndian.AppendUint64([]byte{1}, ^at(r.Case.Opened)), r.Case.ID...)
	}
	out := []byte{
		0, first(lockedOut(r)), first(lockedOut(r) && again(r)), first(r.Urgent != 0), first(r.Unstopped > 0), first(r.Case.Waiting != 0), first(r.Unaware > 0),
		^byte(r.Highest),
	}
	out = binary.BigEndian.AppendUint64(out, ^uint64(r.Proposed))
	out = append(out, first(r.Due != 0))
	out = binary.BigEndian.AppendUint64(out, at(r.Due))
	out = binary.BigEndian.AppendUint64(out, at(r.Case.Opened))
	return append(out, r.Case.ID...)
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

// ClearedBefore says whether a case that was cleared goes on all the same, or was looked at once more. One
// that is open again though it was closed against the tenant, or over nothing, was never cleared by that.
func ClearedBefore(c *evenkeel.Case) bool {
	return c.State == evenkeel.CaseReopened && (c.Outcome == evenkeel.OutcomeNone || c.Outcome.Cleared()) || c.Cleared != 0 && !c.Outcome.Cleared()
}

// again says whether this was found again after a person had cleared the tenant.
func again(r Row) bool { return r.Case.State == evenkeel.CaseReopened || r.Cleared }
