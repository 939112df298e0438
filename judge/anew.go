package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// byNow holds what a machine would let take effect because time passed to what it may do by now: what
// a person allowed meanwhile, or what protects the tenant by now, counts as for a fresh finding (A, O).
func (d *Docket) byNow(w *draft, e procedure.Effect, fam *policy.Family, known Holder) (procedure.Effect, error) {
	for _, t := range e.Turns {
		x := w.find(t.Decision)
		if x == nil || t.To != evenkeel.InForce || !x.Measure.Enforced() || !x.Actor.Automatic() {
			continue
		}
		p, err := d.anew(w, x, t.At, known)
		if err != nil {
			return e, err
		}
		if less, any := procedure.Beyond(w.dossier, x, t.At, p, fam); any {
			return less, nil
		}
	}
	return e, nil
}

// anew weighs what a machine's decision rests on once more, as of a moment at which it would take
// effect, or stand once more, because time passed: by the policy in force, with the facts, clearances and
// flags of then. Who does not hold a machine any more is not asked about it. A flag that covers all
// that the decision is on covers the decision, whatever else was found.
func (d *Docket) anew(w *draft, x *evenkeel.Decision, at evenkeel.Moment, known Holder) (policy.Proposal, error) {
	f, kept, err := w.restsOn(x, at)
	if err != nil {
		return policy.Proposal{}, err
	}
	weigh := func(assets []evenkeel.AssetID) policy.Proposal {
		one := about(f, assets)
		v := d.view(w, &one, known)
		if v.Judged = at; !kept {
			v.Account = unknown(x.Tenant, "what was found is not kept any more")
		}
		return d.parts.Policy.Weigh(v)
	}
	all := held(f.Named(), x.Tenant, at, known)
	if !procedure.Contains(all, x.Assets) {
		all = x.Assets
	}
	p := weigh(all)
	if p.Flag == "" && len(all) > len(x.Assets) {
		if q := weigh(x.Assets); q.Flag != "" {
			return q, nil
		}
	}
	return p, nil
}

// restsOn is what a decision rests on, as a finding of a moment. Where it is not kept any more it is what the
// decision itself tells of it: then it is not known whom it was about.
func (w *draft) restsOn(x *evenkeel.Decision, at evenkeel.Moment) (f evenkeel.Finding, kept bool, err error) {
	var b evenkeel.Basis
	if len(x.Grounds.Basis) > 0 { // a machine's has one
		b = x.Grounds.Basis[0]
	}
	found, err := w.tx.Finding(b.Finding, b.Revision)
	if err != nil {
		return f, false, err
	}
	f = evenkeel.Finding{ID: b.Finding, Revision: b.Revision, Rule: b.Rule, Version: b.Version, Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Tenant: x.Tenant}, Assets: x.Assets}
	if found != nil {
		f = *found
	}
	f.Family, f.Mode, f.At, f.From, f.Until, f.Terms = x.Family, x.Mode, at, b.From, b.Until, b.Terms // it may have been told again since
	return f, found != nil, nil
}

// about is a finding as it would be about some assets alone.
func about(f evenkeel.Finding, assets []evenkeel.AssetID) evenkeel.Finding {
	f.Assets = assets
	if f.Subject.Kind == evenkeel.SubjectAsset && !slices.Contains(assets, f.Subject.Asset) {
		f.Subject.Asset = assets[0]
	}
	return f
}

// unknown is an account of which nothing is known.
func unknown(t evenkeel.TenantID, why string) evenkeel.Account {
	return evenkeel.Account{
		Tenant: t, Since: evenkeel.UnknownFact[evenkeel.Moment](why), Standing: evenkeel.UnknownFact[evenkeel.Standing](why),
		Paid: evenkeel.UnknownFact[float64](why), RunRate: evenkeel.UnknownFact[float64](why), Reseller: evenkeel.UnknownFact[bool](why),
	}
}
