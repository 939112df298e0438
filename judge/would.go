package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// WouldTell is the notice that would have been written of a decision in shadow if it had taken effect when it was
// made, by the function that writes the real ones: of what its case held then, under the policy that made it. It is
// kept nowhere and sent to nobody. KindNotFound where the case has no such decision, or its policy is not among those
// that are known; KindInvalid where it is not in shadow, or nobody would have been told.
func WouldTell(f *docket.Folder, id evenkeel.DecisionID, known ...*policy.Policy) (evenkeel.Notice, error) {
	i := slices.IndexFunc(f.Decisions, func(x evenkeel.Decision) bool { return x.ID == id })
	if i < 0 {
		return evenkeel.Notice{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "decision " + string(id) + ": not found in case " + string(f.Case.ID)}
	}
	x := f.Decisions[i]
	switch {
	case x.Mode != evenkeel.ModeShadow:
		return evenkeel.Notice{}, evenkeel.Invalid("decision %s is not in shadow: what the tenant was told of it stands among the notices of its case", id)
	case x.Measure == evenkeel.MeasureNone:
		return evenkeel.Notice{}, evenkeel.Invalid("decision %s takes no measure: the tenant would have been told of nothing, and a person asked", id)
	}
	at := slices.IndexFunc(known, func(p *policy.Policy) bool { return p.Digest() == x.Actor.Policy })
	var fam *policy.Family
	if at >= 0 {
		fam, _ = known[at].Family(f.Case.Family)
	}
	if fam == nil {
		return evenkeel.Notice{}, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "decision " + string(id) + ": the policy that made it is not loaded, or says nothing of " + f.Case.Family + " any more",
			Hint: "its digest stands with the decision; the letter is written anew from that document",
		}
	}
	x.Mode, x.State = evenkeel.ModeLive, evenkeel.InForce
	w := draft{policy: x.Actor.Policy, parts: &Parts{Policy: known[at]}, dossier: asOf(f, x.At)}
	n := w.notice(&x, fam, by{Actor: x.Actor}, x.At)
	n.ID, n.Params = evenkeel.NewNoticeID(x.ID, x.State), phrasebook.Numbers(numbers(&x, fam, nil))
	return n, n.Check()
}

// asOf is what a decision of a moment could depend on in a case.
func asOf(f *docket.Folder, at evenkeel.Moment) docket.Dossier {
	c := f.Case
	if c.Spoke > at {
		c.Spoke = 0
	}
	out := docket.Dossier{Tenant: c.Tenant, Family: c.Family, Case: &c, Prior: f.Prior}
	for _, k := range f.Clocks {
		if k.Started <= at && (k.Ended == 0 || k.Ended > at) {
			k.Ended = 0
			out.Clocks = append(out.Clocks, k)
		}
	}
	for _, x := range f.Decisions {
		if x.At <= at {
			out.Decisions = append(out.Decisions, x)
		}
	}
	return out
}
