package policy

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// ResellerSafeguard is what no document can leave out: whoever has customers of its own, or may
// have, is protected, whatever is found. What is seen on such a machine is most often a customer's
// doing, and what is taken from it is taken from all of them. It is asked only where the answer is
// not no, so that it stands in a decision where it counted.
const ResellerSafeguard = "reseller"

func resold(a *evenkeel.Account) []evenkeel.Safeguard {
	switch {
	case !a.Reseller.Known():
		return []evenkeel.Safeguard{{Name: ResellerSafeguard, Says: evenkeel.Unknown, Why: "Not known: " + a.Reseller.Unknown + "."}}
	case a.Reseller.Value:
		return []evenkeel.Safeguard{{
			Name: ResellerSafeguard, Says: evenkeel.Protect, Why: "It has customers of its own: what was seen may be the doing of one of them.",
		}}
	}
	return nil
}

// PassesOn says whether a decision is about somebody who has, or may have, customers of its own, so
// that one of them may have to know.
func PassesOn(x *evenkeel.Decision) bool {
	return slices.ContainsFunc(x.Safeguards, func(s evenkeel.Safeguard) bool { return s.Name == ResellerSafeguard && holdsBack(s) })
}
