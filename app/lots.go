package app

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// mostLots is how many cases that are looked at by lot are read for a page, of those that wait and of those that
// are done each. Which wait longest is seen first; evenkeel audit list prints all.
const mostLots = 500

// lots are what the console shows of cases that are looked at by lot, and how vigilant people are, by the limit
// of the policy in force.
func lots(books docket.Lessons, p *policy.Policy) func(context.Context, docket.AuditID, evenkeel.PersonID) (console.Lots, error) {
	return func(ctx context.Context, one docket.AuditID, by evenkeel.PersonID) (out console.Lots, err error) {
		if one != "" {
			out.Audits, err = books.Asked(ctx, docket.LotQuery{ID: one})
			return out, err
		}
		out.Audits, err = books.Asked(ctx, docket.LotQuery{State: docket.AuditOpen, Max: mostLots})
		if err != nil {
			return out, err
		}
		done, err := books.Asked(ctx, docket.LotQuery{State: docket.AuditDone, By: by, Max: mostLots})
		if err != nil {
			return out, err
		}
		out.Audits = append(out.Audits, done...)
		watched, err := books.Vigilance(ctx)
		out.Vigils = docket.Vigils(watched, p.Audit().Limit)
		return out, err
	}
}
