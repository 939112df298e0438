package judge

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Bench tells who works for the operator and may decide, and since when.
type Bench interface {
	Reviewers(ctx context.Context) ([]docket.Reviewer, error)
}

// pair is one act about a review, with what it needs.
type pair struct {
	*draft
	parts *Parts
	bench func() ([]docket.Reviewer, error)
	a     *docket.Act
	fam   *policy.Family
	known Holder
}

// pair returns what an act about a review needs.
func (d *Docket) pair(ctx context.Context, w *draft, a *docket.Act, known Holder) *pair {
	bench := func() ([]docket.Reviewer, error) {
		if d.parts.Bench == nil {
			return nil, nil
		}
		return d.parts.Bench.Reviewers(ctx)
	}
	return &pair{draft: w, parts: &d.parts, bench: bench, a: a, fam: d.family(w.dossier.Family), known: known}
}

// takesTwo says whether an act is about a review, and carries it out. An approval is, where it
// would let something take effect that takes two persons.
func (p *pair) takesTwo() (bool, error) {
	switch p.a.Kind {
	case docket.ActPropose:
		return true, p.propose()
	case docket.ActVerdict:
		return true, p.verdict()
	case docket.ActRecuse:
		return true, p.recuse()
	case docket.ActApprove:
		x, m, err := procedure.Approves(p.dossier, *p.a, p.fam, p.parts.means())
		if err != nil {
			return false, nil // whoever hears it says so
		}
		about := docket.AboutMeasure
		if !m.NeedsTwo() {
			wide, err := p.accountWide(m, x.Assets, p.a.At, p.known)
			if err != nil || !wide {
				return false, err
			}
			about = docket.AboutAccount
		}
		r := p.opened(about, m, x.Assets)
		r.Decision, r.Criteria = x.ID, p.fam.Criteria
		return true, p.ask(r, p.a.Verdict != nil)
	}
	return false, nil
}

// opened is a review that the act opens.
func (p *pair) opened(about docket.About, m evenkeel.Measure, assets []evenkeel.AssetID) docket.Review {
	c := p.dossier.Case
	return docket.Review{
		ID: docket.NewReviewID(c.ID, p.a.ID), Case: c.ID, Tenant: c.Tenant, About: about, Wanted: m, Assets: assets, Until: p.a.Until,
		Opened: p.a.At, By: p.a.By, Says: p.a.Says, Rules: rulesOf(p.policy, p.dossier.Decisions), Criteria: p.fam.Criteria, State: docket.ReviewAsked, Since: p.a.At,
	}
}

// now is the time of the act, or of the clock that ran out.
func (p *pair) now(r *docket.Review) evenkeel.Moment { return max(p.a.At, r.Since) }

// lacks is what a verdict needs yet.
func (p *pair) lacks(r *docket.Review, v *docket.Verdict) ([]string, error) {
	var denials []docket.Review
	var said, earlier []evenkeel.Entry
	var err error
	if v != nil && v.Measure == evenkeel.MeasureDeny {
		if denials, err = p.tx.Denials(docket.MaxDenials); err != nil {
			return nil, err
		}
	}
	if procedure.AppealOpen(&p.dossier) {
		if said, earlier, err = p.answered(); err != nil {
			return nil, err
		}
	}
	return procedure.Lacks(r, v, &p.dossier, p.fam, denials, said, earlier), nil
}

// kept keeps a review as it is when the transaction is put.
func (w *draft) kept(r docket.Review) {
	same := func(o docket.Review) bool { return o.ID == r.ID }
	w.dossier.Reviews = slices.DeleteFunc(slices.Clone(w.dossier.Reviews), same)
	w.dossier.Reviews = append(w.dossier.Reviews, r)
	w.out.Reviews = append(slices.DeleteFunc(w.out.Reviews, same), r)
}

// keepReview keeps a review and seals it: who was drawn, among whom, and what was found.
func (w *draft) keepReview(r docket.Review, at evenkeel.Moment) error {
	w.kept(r)
	whole, err := json.Marshal(&r)
	if err != nil {
		return err
	}
	w.leaf(ledger.OfReview(w.key, r.Case, at, w.dossier.Family, w.policy, whole))
	return nil
}

// Wrote takes in that a person wrote a rule, by its name, or a policy, by its digest: they are not
// drawn where it led to a case.
func (d *Docket) Wrote(ctx context.Context, person evenkeel.PersonID, rule string, at evenkeel.Moment) error {
	if err := evenkeel.CheckID("person", string(person)); err != nil {
		return err
	}
	return d.parts.Books.Transact(ctx, func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Interests: []docket.Interest{{Person: person, Kind: docket.InterestRule, Key: rule, Since: at}}})
	})
}
