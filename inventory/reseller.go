package inventory

import "github.com/evenkeel/evenkeel"

// reseller is what a profile says of whether the tenant has customers of its own.
type reseller uint8

// What may be said. The zero value is that nothing was.
const (
	resellerUntold reseller = iota
	resellerNo
	resellerYes
	resellerUnknown
)

var resellers = [...]string{resellerUntold: "", resellerNo: "no", resellerYes: "yes", resellerUnknown: "unknown"}

func parseReseller(s string) (reseller, error) {
	for r, word := range resellers {
		if word == s {
			return reseller(r), nil
		}
	}
	return 0, evenkeel.Invalid("reseller %.20q; expected yes, no or unknown", s)
}

// resells is what the latest profile up to the moment says that says anything. Books that do not
// tell it at all are those of an operator without resellers: nothing told is a no. It may be told
// to be unknown, and that protects as a yes does. It has no age: whoever sells on does so until the
// books say otherwise.
func (v *view) resells() evenkeel.Fact[bool] {
	p, _ := v.latest(func(p *profile) bool { return p.reseller != resellerUntold })
	switch {
	case p == nil:
		return evenkeel.Fact[bool]{}
	case p.reseller == resellerUnknown:
		return evenkeel.UnknownFact[bool]("the books say that it is not known whether it has customers of its own")
	}
	return evenkeel.KnownFact(p.reseller == resellerYes, p.at)
}
