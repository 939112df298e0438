package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (x *tx) keepClocks(ctx context.Context, c *docket.Changes) error {
	id := func(k *docket.Clock) string { return k.Kind.String() + " of case " + string(k.Case) }
	return keepEach(c.Clocks, "clock", id, func(k *docket.Clock, body string) error {
		return x.exchange(ctx, "",
			"UPDATE OR FAIL clocks SET due = ?4, paused = ?5, ended = ?6, body = ?7 WHERE case_id = ?1 AND kind = ?2 AND decision = ?3",
			"INSERT OR FAIL INTO clocks (case_id, kind, decision, due, paused, ended, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			string(k.Case), k.Kind.String(), string(k.Decision), int64(k.Due), k.Paused != "", int64(k.Ended), body)
	})
}

// runningClocks are those that have not ended, in the order of a dossier.
func runningClocks(ctx context.Context, s *session, c evenkeel.CaseID) ([]docket.Clock, error) {
	out, err := values[docket.Clock](ctx, s, "SELECT body FROM clocks WHERE case_id = ? AND ended = 0", string(c))
	slices.SortFunc(out, docket.CompareClocks)
	return out, err
}

// Fetching returns the cases of a tenant in which the time to fetch the data runs or stands still. It looks
// into each case of the tenant, and is asked only where a lawful order or an appeal begins or ends.
func (x *tx) Fetching(t evenkeel.TenantID) ([]evenkeel.CaseID, error) {
	out, err := x.runningIn(t, docket.ClockRetrieval)
	return out, told("look where data is fetched by tenant "+string(t), err)
}

// Appealing returns the cases of a tenant in which an appeal is open. It looks into each case of the tenant,
// and is asked only where its contract ends, or may.
func (x *tx) Appealing(t evenkeel.TenantID) ([]evenkeel.CaseID, error) {
	out, err := x.runningIn(t, docket.ClockAppealAnswer)
	return out, told("look where an appeal of tenant "+string(t)+" is open", err)
}

// runningIn are the cases of a tenant in which a clock of a kind has not ended.
func (x *tx) runningIn(t evenkeel.TenantID, kind docket.ClockKind) ([]evenkeel.CaseID, error) {
	return x.caseIDs(
		"SELECT DISTINCT c.id FROM cases c CROSS JOIN clocks k ON k.case_id = c.id AND k.kind = ? AND k.ended = 0 WHERE c.tenant = ? ORDER BY c.id", kind.String(), string(t))
}

// heardAppeals are the ended clocks of a case's appeals on which persons have decided, by decision.
func heardAppeals(ctx context.Context, s *session, c evenkeel.CaseID) ([]docket.Clock, error) {
	out, err := values[docket.Clock](ctx, s, "SELECT body FROM clocks WHERE case_id = ? AND kind = 'appeal_answer' AND ended <> 0 ORDER BY decision", string(c))
	if out = slices.DeleteFunc(out, func(k docket.Clock) bool { return len(k.Heard) == 0 }); len(out) == 0 {
		return nil, err
	}
	return out, err
}

// listClocks are all of a case, by when they started.
func listClocks(ctx context.Context, s *session, c evenkeel.CaseID) ([]docket.Clock, error) {
	out, err := values[docket.Clock](ctx, s, "SELECT body FROM clocks WHERE case_id = ?", string(c))
	slices.SortFunc(out, func(a, b docket.Clock) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Decision, b.Decision))
	})
	return out, err
}

// Due returns the cases with a running clock that is due, the one that is due first first.
func (db *DB) Due(ctx context.Context, now evenkeel.Moment, max int) (out []evenkeel.CaseID, err error) {
	err = db.read(ctx, "look what is due", func(ctx context.Context, s *session) error {
		if max <= 0 {
			return nil
		}
		has := map[evenkeel.CaseID]bool{}
		return s.each(ctx, func(r *sql.Rows) error {
			var id evenkeel.CaseID
			if err := r.Scan((*string)(&id)); err != nil || has[id] {
				return err
			}
			has[id] = true
			if out = append(out, id); len(out) == max {
				return errEnough
			}
			return nil
		}, "SELECT case_id FROM clocks WHERE ended = 0 AND paused = 0 AND due <= ? ORDER BY due, case_id", int64(now))
	})
	return out, err
}

// maxOf is a limit: below zero none, which SQLite would take for all.
func maxOf(max int) int {
	if max < 0 {
		return 0
	}
	return max
}
