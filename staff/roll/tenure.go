package roll

import (
	"cmp"

	"github.com/evenkeel/evenkeel"
)

// Tenure is a stretch of time for which a person has, or had, a role. Tenures are only added and
// ended: whether somebody was a reviewer before a case was opened is asked of them, and a role that
// is taken and given again begins anew.
type Tenure struct {
	Person  evenkeel.PersonID
	Role    Role
	From    evenkeel.Moment
	Until   evenkeel.Moment   // 0 as long as the person has it
	By      evenkeel.PersonID // who gave it; "" where the machine's owner or its settings did
	EndedBy evenkeel.PersonID // who took it
}

// Open says whether the person still has the role.
func (t *Tenure) Open() bool { return t.Until == 0 }

// Check says what is wrong with a tenure, or nil.
func (t *Tenure) Check() error {
	if err := evenkeel.CheckID("person", string(t.Person)); err != nil {
		return err
	}
	for _, by := range []evenkeel.PersonID{t.By, t.EndedBy} {
		if by == "" {
			continue
		}
		if err := evenkeel.CheckID("person", string(by)); err != nil {
			return err
		}
	}
	switch {
	case t.Role.String() == "invalid":
		return evenkeel.Invalid("a tenure of %s: role %d; expected a known one", t.Person, t.Role)
	case t.Until != 0 && t.Until < t.From:
		return evenkeel.Invalid("a tenure of %s ends before it begins", t.Person)
	case t.Open() && t.EndedBy != "":
		return evenkeel.Invalid("a tenure of %s goes on; expected nobody who ended it", t.Person)
	}
	return nil
}

// CompareTenures orders tenures: the oldest first, and by role where they began together.
func CompareTenures(a, b Tenure) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Role, b.Role))
}

// Since says since when, without a break, somebody has had a right: the earliest beginning among
// the roles that they have now and that have it. false where they have none.
func Since(all []Tenure, right Right) (at evenkeel.Moment, has bool) {
	for i := range all {
		t := &all[i]
		if t.Open() && May(t.Role, right) && (!has || t.From < at) {
			at, has = t.From, true
		}
	}
	return at, has
}
