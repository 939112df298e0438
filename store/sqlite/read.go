package sqlite

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Cases returns cases with what stands in them, those opened last first.
func (db *DB) Cases(ctx context.Context, q docket.Query) (out []docket.Row, err error) {
	err = db.read(ctx, "list cases", func(ctx context.Context, s *session) error {
		found, err := listCases(ctx, s, q)
		if err != nil {
			return err
		}
		out = make([]docket.Row, len(found))
		for i, c := range found {
			if out[i], err = rowOf(ctx, s, c); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// rowOf is a case with what stands in it.
func rowOf(ctx context.Context, s *session, c evenkeel.Case) (docket.Row, error) {
	r := docket.Row{Case: c}
	if err := fillStanding(ctx, s, &r); err != nil {
		return r, err
	}
	if err := fillDue(ctx, s, &r); err != nil {
		return r, err
	}
	_, err := s.one(ctx, []any{&r.Cleared}, `SELECT EXISTS (SELECT 1 FROM cases
		WHERE tenant = ? AND id <> ? AND (cleared IS NOT NULL OR outcome IN ('policy_mismatch', 'false_positive')))`, string(c.Tenant), string(c.ID))
	r.Cleared = r.Cleared || c.State == evenkeel.CaseReopened || c.Cleared != 0 && !c.Outcome.Cleared()
	return r, err
}

// Folder returns all that is kept about a case.
func (db *DB) Folder(ctx context.Context, id evenkeel.CaseID) (f docket.Folder, err error) {
	err = db.read(ctx, "read the folder of case "+string(id), func(ctx context.Context, s *session) error {
		c, err := caseOf(ctx, s, id)
		if err != nil {
			return err
		}
		if f.Row, err = rowOf(ctx, s, *c); err != nil {
			return err
		}
		for _, fill := range []func() error{
			func() (err error) { f.Entries, err = listEntries(ctx, s, id); return err },
			func() (err error) { f.Decisions, err = listDecisions(ctx, s, id); return err },
			func() (err error) { f.Clocks, err = listClocks(ctx, s, id); return err },
			func() (err error) { f.Flags, err = listFlags(ctx, s, c.Tenant, c.Family); return err },
			func() (err error) { f.Prior, err = priorCases(ctx, s, c.Tenant, id); return err },
			func() (err error) { f.Findings, err = listFindings(ctx, s, id); return err },
			func() (err error) { f.Notices, err = listNotices(ctx, s, id); return err },
			func() (err error) { f.Orders, err = listOrders(ctx, s, id); return err },
			func() (err error) { f.Dispatches, err = listDispatches(ctx, s, id); return err },
		} {
			if err := fill(); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}
