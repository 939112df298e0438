package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// helps says whether a tenant is told of a decision as somebody whose machine was taken over: what
// the decision rests on says so, a person closed the case as that, or another open case of the
// tenant says it of one of the same assets. A flood is then what somebody else does with the
// machine. Where a person found otherwise, that holds.
func (w *draft) helps(x *evenkeel.Decision, fam *policy.Family, o evenkeel.Outcome) bool {
	switch o {
	case evenkeel.OutcomeVictim:
		return true
	case evenkeel.OutcomeNone, evenkeel.OutcomeInconclusive:
		return fam.Helps(x.Grounds.Basis) || w.takenOver(x.Assets)
	default:
		return false
	}
}

// takenOver says whether an open case of a family of signs names one of the assets.
func (w *draft) takenOver(assets []evenkeel.AssetID) bool {
	return w.parts != nil && slices.ContainsFunc(w.dossier.Prior, func(c evenkeel.Case) bool {
		fam, known := w.parts.Policy.Family(c.Family)
		return c.State != evenkeel.CaseClosed && known && fam.Victim && slices.ContainsFunc(assets, func(a evenkeel.AssetID) bool {
			_, is := slices.BinarySearch(c.Assets, a)
			return is
		})
	})
}
