package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepLearned keeps what became of cases, and what tenants are owed.
func (x *tx) keepLearned(ctx context.Context, c *docket.Changes) error {
	for i := range c.Lessons {
		if err := x.keepLesson(ctx, &c.Lessons[i]); err != nil {
			return told("keep what became of case "+string(c.Lessons[i].Case), err)
		}
	}
	return keepEach(c.Credits, "credit", func(k *docket.Credit) string { return string(k.ID) }, func(k *docket.Credit, body string) error {
		if err := k.Check(); err != nil {
			return err
		}
		return x.exchange(ctx, "the case has another for when it was closed",
			"UPDATE OR FAIL credits SET case_id = ?2, tenant = ?3, closed = ?4, state = ?5, minutes = ?6, amount = ?7, currency = ?8, body = ?9 WHERE id = ?1",
			"INSERT OR FAIL INTO credits (id, case_id, tenant, closed, state, minutes, amount, currency, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
			string(k.ID), string(k.Case), string(k.Tenant), int64(k.Closed), k.State.String(), k.Minutes, k.Amount, k.Currency, body)
	})
}

func (x *tx) keepLesson(ctx context.Context, l *docket.Lesson) error {
	if err := l.Check(); err != nil {
		return err
	}
	if err := x.exec(ctx, "DELETE FROM lessons WHERE case_id = ?", string(l.Case)); err != nil {
		return err
	}
	for _, r := range l.Rules {
		err := x.exec(ctx, "INSERT OR FAIL INTO lessons (case_id, rule, version, outcome, audited, at, human) VALUES (?, ?, ?, ?, ?, ?, ?)",
			string(l.Case), r.Rule, r.Version, int(l.Outcome), l.Audited, int64(l.At), sql.NullInt64{Int64: l.Human, Valid: l.Measured})
		if err != nil {
			return err
		}
	}
	return nil
}

// Tally returns what became of the cases of a rule's version.
func (x *tx) Tally(r docket.RuleVersion) (t docket.Record, err error) {
	err = x.each(context.Background(), func(rows *sql.Rows) error {
		_, err := counted(rows, &t)
		return err
	}, "SELECT rule, version, outcome, audited, n, human, measured FROM tallies WHERE rule = ? AND version = ? AND n > 0", r.Rule, r.Version)
	return t, told("read what became of the cases of "+r.Rule, err)
}

// counted adds a row of tallies.
func counted(rows *sql.Rows, t *docket.Record) (r docket.RuleVersion, err error) {
	var outcome, n, human, measured int64
	var audited bool
	if err := rows.Scan(&r.Rule, &r.Version, &outcome, &audited, &n, &human, &measured); err != nil {
		return r, err
	}
	t.AddMany(evenkeel.Outcome(outcome), audited, n)
	t.Spent(human, measured)
	return r, nil
}

// Busy returns the entries of a case in which somebody of ours looked or acted.
func (x *tx) Busy(c evenkeel.CaseID) ([]evenkeel.Entry, error) {
	all, err := values[evenkeel.Entry](context.Background(), x.session, "SELECT body FROM entries WHERE case_id = ? AND kind IN ('looked', 'acted') ORDER BY seq", string(c))
	return slices.DeleteFunc(all, func(e evenkeel.Entry) bool { return !e.Busy() }), told("read who was busy with case "+string(c), err)
}

// Credits returns those of a case.
func (x *tx) Credits(c evenkeel.CaseID) ([]docket.Credit, error) {
	out, err := values[docket.Credit](context.Background(), x.session, "SELECT body FROM credits WHERE case_id = ? ORDER BY closed", string(c))
	return out, told("read the credits of case "+string(c), err)
}

// Learned returns what became of cases, by rule, then version; of an older form nothing.
func (db *DB) Learned(ctx context.Context) (out []docket.Learned, err error) {
	err = db.read(ctx, "read what became of cases", func(ctx context.Context, s *session) error {
		f, err := formOf(ctx, s)
		if err != nil || f.version < learningSince {
			return err
		}
		spent := "human, measured"
		if f.version < auditsSince {
			spent = "0, 0"
		}
		return s.each(ctx, func(rows *sql.Rows) error {
			var t docket.Record
			r, err := counted(rows, &t)
			if n := len(out); n > 0 && out[n-1].RuleVersion == r {
				out[n-1].Record = out[n-1].Sum(t)
			} else {
				out = append(out, docket.Learned{RuleVersion: r, Record: t})
			}
			return err
		}, "SELECT rule, version, outcome, audited, n, "+spent+" FROM tallies WHERE n > 0 ORDER BY rule, version")
	})
	return out, err
}

// AllCredits returns credits, those that were closed last first; of an older form none.
func (db *DB) AllCredits(ctx context.Context, most int) (out []docket.Credit, err error) {
	err = db.read(ctx, "read what tenants are owed", func(ctx context.Context, s *session) (err error) {
		if f, err := formOf(ctx, s); err != nil || f.version < learningSince {
			return err
		}
		limit := -1
		if most > 0 {
			limit = most
		}
		out, err = values[docket.Credit](ctx, s, "SELECT body FROM credits ORDER BY closed DESC, id LIMIT ?", limit)
		return err
	})
	return out, err
}

// Unsettled counts the credits that are proposed.
func (db *DB) Unsettled(ctx context.Context) (n int, err error) {
	err = db.read(ctx, "count credits that wait", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&n}, "SELECT count(*) FROM credits WHERE state = 'proposed'")
		return err
	})
	return n, err
}
