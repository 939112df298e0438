package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Leave says what follows when the tenant of a dossier does not hold assets any more: what
// stands on them ends there, so that whoever gets an address next is not met by what was
// decided about the one before. What stands on others of the tenant's goes on. False where
// nothing names them.
func Leave(d docket.Dossier, gone []evenkeel.AssetID, at evenkeel.Moment, fam *policy.Family) (Effect, bool) {
	e := Effect{At: at}
	for _, x := range append(live(d.Decisions, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce), withholding(&d)...) {
		left := slices.DeleteFunc(slices.Clone(x.Assets), func(a evenkeel.AssetID) bool { return slices.Contains(gone, a) })
		if len(left) == len(x.Assets) || x.State != evenkeel.Proposed && !x.Measure.Enforced() && !docket.Withholds(&x) {
			continue // a question stays one, whatever became of the machines
		}
		why := fmt.Sprintf("The tenant does not hold %s any more.", names(without(x.Assets, left)))
		turn := func(to evenkeel.DecisionState) {
			e.Turns = append(e.Turns, Turn{Decision: x.ID, To: to, At: at, Why: why})
		}
		switch {
		case x.State == evenkeel.InForce && (len(left) == 0 || x.Until <= at):
			turn(evenkeel.Lapsed)
		case x.State == evenkeel.InForce:
			e.Instead = append(e.Instead, restOf(&x, left, at, why+" The others stay as they are."))
		case len(left) == 0:
			turn(evenkeel.Refused)
		case x.State == evenkeel.Held: // it names what may not be touched: a person decides about the rest
			turn(evenkeel.Proposed)
		}
	}
	if len(e.Turns)+len(e.Instead) == 0 {
		return e, false
	}
	track(&d, fam, &e, true)
	return e, true
}

func names(assets []evenkeel.AssetID) string {
	const most = 5
	var out []string
	for i, a := range assets {
		if i == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(assets)-most)
		}
		out = append(out, string(a))
	}
	return strings.Join(out, ", ")
}
