package sqlite

import (
	"context"
	"database/sql"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// auditsSince is the form since which lots are drawn over cases.
const auditsSince = 13

// keepAudits keeps lots and what was found. It goes before the entries of the same transaction:
// whoever says what they found has acted in the case only by it.
func (x *tx) keepAudits(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Audits, "audit", func(a *docket.Audit) string { return string(a.ID) }, func(a *docket.Audit, body string) error {
		if err := a.Check(); err != nil {
			return err
		}
		return x.exchange(ctx, "there is another of that name",
			`UPDATE OR FAIL audits SET case_id = ?2, tenant = ?3, control = ?4, opened = ?5, share = ?6, nonce = ?7, drawn = ?8, state = ?9, person = ?10, found = ?11, body = ?12
				WHERE id = ?1`,
			`INSERT OR FAIL INTO audits (id, case_id, tenant, control, opened, share, nonce, drawn, state, person, found, body)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
			string(a.ID), string(a.Case), string(a.Tenant), a.Control, int64(a.Opened), int(a.Share), a.Nonce, string(a.Drawn), a.State.String(), string(a.By), a.Found.String(), body)
	})
}

// Audit returns one.
func (x *tx) Audit(id docket.AuditID) (docket.Audit, error) {
	all, err := values[docket.Audit](context.Background(), x.session, "SELECT body FROM audits WHERE id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "not found"}
	}
	if err != nil {
		return docket.Audit{}, told("read audit "+string(id), err)
	}
	return all[0], nil
}

// AuditsOf returns those of a case.
func (x *tx) AuditsOf(c evenkeel.CaseID) ([]docket.Audit, error) {
	out, err := values[docket.Audit](context.Background(), x.session, "SELECT body FROM audits WHERE case_id = ? ORDER BY opened, id", string(c))
	return out, told("read the audits of case "+string(c), err)
}

// Controls returns the known cases that a person was asked about, or gave a verdict on.
func (x *tx) Controls(p evenkeel.PersonID) ([]docket.Audit, error) {
	out, err := values[docket.Audit](context.Background(), x.session,
		"SELECT body FROM audits WHERE control = 1 AND (drawn = ?1 OR person = ?1) ORDER BY opened, id", string(p))
	return out, told("read which known cases "+string(p)+" was shown", err)
}

// Innocent returns cases of a family that stand closed as false positives and in which a machine acted
// before the tenant spoke, those closed last first.
func (x *tx) Innocent(family string, most int) ([]evenkeel.Case, error) {
	out, err := values[evenkeel.Case](context.Background(), x.session, `SELECT c.body FROM cases c JOIN (SELECT DISTINCT at, case_id FROM lessons WHERE outcome = 4) l ON l.case_id = c.id
		WHERE c.state = 'closed' AND c.outcome = 'false_positive' AND c.family = ?1
			AND (EXISTS (SELECT 1 FROM entries x JOIN findings f ON f.id = x.ref WHERE x.case_id = c.id AND x.kind = 'found') -- what was measured may be forgotten
				OR NOT EXISTS (SELECT 1 FROM entries x WHERE x.case_id = c.id AND x.kind = 'found' AND x.ref <> ''))
			AND EXISTS (SELECT 1 FROM decisions d
				JOIN entries e ON e.case_id = d.case_id AND e.kind = 'decided' AND e.ref = d.id AND e.state = 'in_force'
			WHERE d.case_id = c.id AND d.mode = 'live' AND d.person IS NULL AND d.measure NOT IN ('none', 'notify')
				AND NOT EXISTS (SELECT 1 FROM entries s WHERE s.case_id = c.id AND s.kind = 'said' AND s.seq < e.seq))
		ORDER BY l.at DESC, c.id LIMIT ?2`, family, max(most, 0))
	return out, told("read which cases are known to be innocent", err)
}

// AllAudits returns audits and the lots that were passed over, those drawn last first; of an older form none.
func (db *DB) AllAudits(ctx context.Context, most int) ([]docket.Audit, error) {
	return db.audits(ctx, "ORDER BY opened DESC, id", most)
}

// Asked returns those of them that somebody was asked about and that are looked for.
func (db *DB) Asked(ctx context.Context, q docket.LotQuery) ([]docket.Audit, error) {
	where, order, args := "WHERE state <> 'passed'", "opened DESC, id", []any{}
	if q.ID != "" {
		where, args = where+" AND id = ?", append(args, string(q.ID))
	}
	if q.State != 0 {
		where, args = where+" AND state = ?", append(args, q.State.String())
	}
	if q.State == docket.AuditOpen {
		order = "opened, id"
	}
	if q.By != "" {
		where, args = where+" AND person = ?", append(args, string(q.By))
	}
	return db.audits(ctx, where+" ORDER BY "+order, q.Max, args...)
}

// Vigilance says how vigilant each person is. It reads no more of a known case than what was found.
func (db *DB) Vigilance(ctx context.Context) (out map[evenkeel.PersonID]docket.Vigilance, err error) {
	out = map[evenkeel.PersonID]docket.Vigilance{}
	err = db.lots(ctx, func(ctx context.Context, s *session) error {
		return s.each(ctx, func(r *sql.Rows) error {
			var p evenkeel.PersonID
			var v docket.Vigilance
			err := r.Scan((*string)(&p), &v.Controls, &v.Missed)
			out[p] = v
			return err
		}, "SELECT person, count(*), count(CASE WHEN found IN ('confirmed', 'victim') THEN 1 END) FROM audits WHERE control = 1 AND state = 'done' GROUP BY person")
	})
	return out, err
}

func (db *DB) audits(ctx context.Context, which string, most int, args ...any) (out []docket.Audit, err error) {
	err = db.lots(ctx, func(ctx context.Context, s *session) (err error) {
		out, err = values[docket.Audit](ctx, s, "SELECT body FROM audits "+which+" LIMIT ?", append(args, limitOf(most))...)
		return err
	})
	return out, err
}

// lots reads what is kept of lots; of an older form nothing.
func (db *DB) lots(ctx context.Context, f func(context.Context, *session) error) error {
	return db.read(ctx, "read which cases the lot fell on", func(ctx context.Context, s *session) error {
		if f, err := formOf(ctx, s); err != nil || f.version < auditsSince {
			return err
		}
		return f(ctx, s)
	})
}
