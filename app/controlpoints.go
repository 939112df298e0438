package app

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// points holds what a person does by the socket against what is asked of whoever weighs a case, as the form of the
// console does (R5). What is asked stands in the policy in force, so an answer may leave its criterion out.
type points struct {
	books  docket.Reader
	policy *policy.Policy
}

// answers says what an act leaves unanswered, or writes the criteria beside its answers.
func (p *points) answers(ctx context.Context, a *docket.Act) error {
	if p == nil || a.By == "" || a.Case == "" || !a.Weighs() {
		return nil
	}
	f, err := p.books.Folder(ctx, a.Case)
	if err != nil {
		return err // there is no such case, or nobody can know
	}
	appealed := slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockAppealAnswer && k.Ended == 0 })
	if a.Kind == docket.ActUphold && !appealed {
		return nil // that it is not the measure which cuts a way; or there is nothing to uphold, which the judge says
	}
	var criteria []string
	if fam, ok := p.policy.Family(f.Case.Family); ok {
		criteria = fam.Criteria
	}
	return a.Answer(docket.PointsAsked(criteria))
}
