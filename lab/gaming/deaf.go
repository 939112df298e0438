package gaming

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// delivered has the mailbox of an account that cannot be reached send back every notice that was written to it
// since the step before, for good, as the other side's server would, and the notice given up, as courier
// does. Of all others nothing is said: their notices wait, as if they were on their way.
func (r *run) delivered(ctx context.Context) error {
	unread := r.unread
	r.unread = nil
	for _, n := range unread {
		if !r.Deaf {
			continue
		}
		back := docket.Delivery{Notice: n, Channel: "mail", To: "owner", Message: "<" + string(n) + ">", At: r.now, Refused: true, Says: "550 no such user"}
		if err := r.d.Told(ctx, back, r.now); err != nil {
			return err
		}
		if err := r.d.Untold(ctx, n, "no contact took it", r.now); err != nil {
			return err
		}
	}
	return nil
}

// reported has strangers report what an account did not do, as the rule that comes with the program finds it: others
// say so, and nobody measured it.
func (r *run) reported(ctx context.Context, a *account) error {
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: a.machines[0], Tenant: a.tenant, Since: a.since}
	return r.judged(ctx, evenkeel.Finding{
		ID: evenkeel.NewFindingID("abuse-report", 1, s, r.now), Rule: "abuse-report", Version: 1, Family: "report", Revision: evenkeel.Final,
		Mode: evenkeel.ModeLive, Subject: s, From: r.now.Add(-step), Until: r.now, At: r.now, Score: 1,
		Terms: []evenkeel.Term{{Name: "attack", Family: evenkeel.EvidenceReport, Weight: 1, Value: evenkeel.Reading{Value: 1, Known: true}, Says: "Others report attacks from it."}},
	})
}
