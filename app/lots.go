package app

import (
	"context"

	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// lots are what the console shows of cases that are looked at by lot: the newest first, and how
// vigilant people are, by the limit of the policy in force.
func lots(asked func(context.Context, int) ([]docket.Audit, error), p *policy.Policy) func(context.Context) (console.Lots, error) {
	return func(ctx context.Context) (out console.Lots, err error) {
		out.Audits, err = asked(ctx, 0)
		out.Vigils = docket.Vigils(out.Audits, p.Audit().Limit)
		return out, err
	}
}
