package docket

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Reach is who could be told of a case before the tenant's contacts were changed while it was open: so
// nobody gains or cuts a tenant's ear in the middle of a case by what the inventory is told (R27).
type Reach struct {
	Case   evenkeel.CaseID    `json:"case"`
	Listed evenkeel.Moment    `json:"listed"` // when the newest contacts were told that were taken in
	Before []evenkeel.Contact `json:"before"` // as they were before the first change; that stays
	Until  evenkeel.Moment    `json:"until"`  // what is written before it goes to all of Before
	// Kept is since when no time ends that: one of Before has spoken since the change; 0: none has.
	Kept evenkeel.Moment `json:"kept,omitempty"`
	// Now are the contacts as they were told at Listed; none: books of an older form did not keep them.
	Now []evenkeel.Contact `json:"now,omitempty"`
	// Confirmed are those who came since and whom somebody confirmed, in that order, at most MaxConfirmed: from
	// then on they are known as those of Before are. Nobody leaves it.
	Confirmed []Confirmed `json:"confirmed,omitempty"`
}

// Reached tells who could be told of a case before.
type Reached interface {
	// ReachOf returns it; the zero value where no contacts were changed while the case was open, or there
	// is no such case.
	ReachOf(ctx context.Context, c evenkeel.CaseID) (Reach, error)
}

// Changed says whether contacts were changed.
func (r *Reach) Changed() bool { return r.Case != "" }

// Tells says whether what is written at a moment goes to those from before too.
func (r *Reach) Tells(at evenkeel.Moment) bool { return r.Changed() && (r.Kept != 0 || at < r.Until) }

// Check says what is wrong with it, or nil.
func (r *Reach) Check() error {
	if r.Case == "" || r.Listed <= 0 || r.Until <= 0 || len(r.Before) == 0 {
		return evenkeel.Invalid("contacts of case %q from before %s, told until %s: %d; expected a case, both times and a contact", r.Case, r.Listed, r.Until, len(r.Before))
	}
	return r.checkConfirmed()
}

// Differ returns the contacts of one list whose addresses are not in another.
func Differ(of, from []evenkeel.Contact) (out []evenkeel.Contact) {
	for _, c := range of {
		at := c.Address()
		if at != "" && !slices.ContainsFunc(from, func(o evenkeel.Contact) bool { return o.Address() == at }) {
			out = append(out, c)
		}
	}
	return out
}
