package app

import (
	"context"

	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// brakes show at the console what holds machines back.
type brakes struct {
	governed
	do     func(context.Context, docket.Act) (judge.Heard, error)
	policy *policy.Policy // in force
}

// governed is what of the books is about what holds machines back.
type governed interface {
	docket.Boards
	docket.Stands
}

// Undo undoes what an act says, and counts it.
func (b brakes) Undo(ctx context.Context, a docket.Act) (docket.Tally, error) {
	heard, err := b.do(ctx, a)
	if err != nil || heard.Undone == nil {
		return docket.Tally{}, err
	}
	return *heard.Undone, nil
}

// Rates are the budgets of the policy in force.
func (b brakes) Rates() console.Rates {
	l := b.policy.Governor()
	rate := func(r governor.Rate) console.Rate { return console.Rate{AtOnce: r.AtOnce, Every: r.Every} }
	return console.Rates{Rule: rate(l.Rule), Measure: rate(l.Measure), Region: rate(l.Region)}
}
