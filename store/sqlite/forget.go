package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Lapse says what of closed cases is forgotten. Due process outranks it: a case counts as over only where it
// was closed before Before, no case of its tenant is open, none of its clocks runs or stands still (an appeal,
// the time to fetch data), and nothing about it is to be decided or told: no decision that stands or waits, no
// review, lot or credit, no flag that was granted in it, no notice on its way.
type Lapse struct {
	Before evenkeel.Moment // closed before
	Now    evenkeel.Moment
}

func (l *Lapse) args(more ...any) []any {
	return append([]any{int64(l.Before) / 1e9, int64(l.Now)}, more...)
}

// overWhere says of a case C whether it is over: ?1 is before when in seconds, ?2 now.
const overWhere = `(C.state = 'closed' AND unixepoch(substr(C.body ->> '$.since', 1, 19)) < ?1
	AND NOT EXISTS (SELECT 1 FROM cases p WHERE p.tenant = C.tenant AND p.state <> 'closed')
	AND NOT EXISTS (SELECT 1 FROM clocks k WHERE k.case_id = C.id AND k.ended = 0)
	AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.case_id = C.id AND d.state IN ('proposed', 'held', 'in_force') AND (d.mode = 'live' OR d.until_at > ?2))
	AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.case_id = C.id AND r.over = 0)
	AND NOT EXISTS (SELECT 1 FROM audits a WHERE a.case_id = C.id AND a.state = 'open')
	AND NOT EXISTS (SELECT 1 FROM credits m WHERE m.case_id = C.id AND m.state = 'proposed')
	AND NOT EXISTS (SELECT 1 FROM flags f WHERE f.case_id = C.id AND f.revoked = 0 AND f.until_at > ?2)
	AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.case_id = C.id AND n.over_at = 0))`

// over is overWhere of a table of cases by its name in the question.
func over(name string) string { return strings.ReplaceAll(overWhere, "C.", name+".") }

// lapsed says which findings of case ?3 nobody needs any more: not those that another case of the tenant which
// is not over tells of too.
var lapsed = `f.id IN (SELECT e.ref FROM entries e WHERE e.case_id = ?3 AND e.kind = 'found')
	AND f.id NOT IN (SELECT x.ref FROM cases o JOIN entries x ON x.case_id = o.id AND x.kind = 'found'
		WHERE o.tenant = (SELECT tenant FROM cases WHERE id = ?3) AND o.id <> ?3 AND NOT ` + over("o") + `)`

// LapsedCase is a case that is over, and how many of its findings nobody needs any more.
type LapsedCase struct {
	ID       evenkeel.CaseID
	Findings int
}

// Lapsed returns cases that are over and of which findings are kept, in the order of their ids, from behind one
// on, at most so many.
func (db *DB) Lapsed(ctx context.Context, l Lapse, after evenkeel.CaseID, most int) (cases []LapsedCase, err error) {
	const doing = "look for what is over"
	err = db.read(ctx, doing, func(ctx context.Context, s *session) error {
		cases = nil
		if f, err := formOf(ctx, s); err != nil || f.version < auditsSince {
			return err // the process that serves it brings it up first
		}
		err := s.each(ctx, func(r *sql.Rows) error {
			var c LapsedCase
			err := r.Scan((*string)(&c.ID))
			cases = append(cases, c)
			return err
		}, "SELECT c.id FROM cases c WHERE c.id > ?3 AND EXISTS (SELECT 1 FROM entries e JOIN findings f ON f.id = e.ref WHERE e.case_id = c.id AND e.kind = 'found') AND "+
			over("c")+" ORDER BY c.id LIMIT ?4", l.args(string(after), most)...)
		for i := range cases {
			if c := &cases[i]; err == nil {
				_, err = s.one(ctx, []any{&c.Findings}, "SELECT count(*) FROM findings f WHERE "+lapsed, l.args(string(c.ID))...)
			}
		}
		return err
	})
	return cases, told(doing, err)
}

// ForgetFindings takes away what was measured in cases that are over, which it looks at again, and returns of how
// many cases how many findings went. No leaf of the ledger speaks for findings; what a decision rests on is sealed with it
// and stays.
func (db *DB) ForgetFindings(ctx context.Context, l Lapse, cases []LapsedCase) (findings, of int, err error) {
	const doing = "forget findings of cases that are over"
	err = db.write(ctx, doing, func(s *session) error {
		findings, of = 0, 0
		for _, c := range cases {
			gone, err := s.change(context.Background(), "DELETE FROM findings AS f WHERE "+lapsed+" AND EXISTS (SELECT 1 FROM cases c WHERE c.id = ?3 AND "+over("c")+")", l.args(string(c.ID))...)
			if err != nil {
				return told(doing, err)
			}
			if findings += int(gone); gone > 0 {
				of++
			}
		}
		return nil
	})
	if err == nil && findings > 0 {
		err = db.checkpoint(ctx)
	}
	return findings, of, err
}

// reachOver says of a row of reach that its case is over.
var reachOver = "EXISTS (SELECT 1 FROM cases c WHERE c.id = r.case_id AND " + over("c") + ")"

// LapsedReach counts the cases that are over and of which it is kept where contacts from before a change were told.
func (db *DB) LapsedReach(ctx context.Context, l Lapse) (n int, err error) {
	const doing = "look for addresses of cases that are over"
	err = db.read(ctx, doing, func(ctx context.Context, s *session) error {
		if f, err := formOf(ctx, s); err != nil || f.version < reachSince {
			return err
		}
		_, err := s.one(ctx, []any{&n}, "SELECT count(*) FROM reach r WHERE "+reachOver, l.args()...)
		return err
	})
	return n, told(doing, err)
}

// ForgetReach takes the addresses away to which contacts from before a change were written, of at most so many
// cases that are over, and returns of how many. A case that is opened after that begins with the contacts of then.
func (db *DB) ForgetReach(ctx context.Context, l Lapse, most int) (n int, err error) {
	const doing = "forget addresses of cases that are over"
	err = db.write(ctx, doing, func(s *session) error {
		gone, err := s.change(context.Background(), "DELETE FROM reach WHERE case_id IN (SELECT r.case_id FROM reach r WHERE "+reachOver+" LIMIT ?3)", l.args(most)...)
		n = int(gone)
		return told(doing, err)
	})
	if err == nil && n > 0 {
		err = db.checkpoint(ctx)
	}
	return n, err
}

// Unfinished returns when the oldest case was opened that is not over, or 0 where all are.
func (db *DB) Unfinished(ctx context.Context, l Lapse) (at evenkeel.Moment, err error) {
	const doing = "look for the oldest case that is not over"
	err = db.read(ctx, doing, func(ctx context.Context, s *session) error {
		at = 0
		if f, err := formOf(ctx, s); err != nil {
			return err
		} else if f.version < auditsSince {
			at = 1 // nothing is known to be over
			return nil
		}
		_, err := s.one(ctx, []any{(*int64)(&at)}, "SELECT coalesce(min(c.opened), 0) FROM cases c WHERE NOT "+over("c"), l.args()...)
		return err
	})
	return at, told(doing, err)
}

// Settled counts what was reported, and whom reports name as attacked, that was settled before a moment.
func (s *Reporters) Settled(ctx context.Context, before evenkeel.Moment) (n int, err error) {
	err = s.db.read(ctx, "count old reports", func(ctx context.Context, session *session) error {
		if f, err := formOf(ctx, session); err != nil || f.version < outwardSince {
			return err
		}
		_, err := session.one(ctx, []any{&n}, "SELECT (SELECT count(*) FROM reported WHERE settled <> 0 AND settled < ?1) + (SELECT count(*) FROM attacked WHERE settled <> 0 AND settled < ?1)", int64(before))
		return err
	})
	return n, told("count old reports", err)
}
