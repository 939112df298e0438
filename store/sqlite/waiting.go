package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// OrderOf returns an order as it was written.
func (db *DB) OrderOf(ctx context.Context, id evenkeel.OrderID) (o evenkeel.Order, err error) {
	err = db.read(ctx, "read order "+string(id), func(ctx context.Context, s *session) error {
		found, err := values[evenkeel.Order](ctx, s, "SELECT body FROM orders WHERE id = ?", string(id))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return notFound("order", string(id))
		}
		o = found[0]
		return nil
	})
	return o, err
}

// Outbox returns how many orders and notices are not over.
func (db *DB) Outbox(ctx context.Context) (orders, notices int, err error) {
	err = db.read(ctx, "count what waits in the outbox", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&orders, &notices},
			"SELECT (SELECT count(*) FROM orders WHERE over_at = 0), (SELECT count(*) FROM notices WHERE over_at = 0)")
		return err
	})
	return orders, notices, err
}

// pendingOrders takes those that are due from an index of what waits, and from there what they
// wait for by their assets, and what lifts their decisions.
const pendingOrders = `WITH due (n) AS MATERIALIZED (SELECT n FROM orders WHERE over_at = 0 AND next_at <= ?1 ORDER BY next_at, n LIMIT ?2)
	SELECT body, attempts, next_at FROM orders WHERE n IN (
		SELECT n FROM due
		UNION SELECT e.n FROM due CROSS JOIN waiting_assets a ON a.n = due.n CROSS JOIN waiting_assets e ON e.asset = a.asset AND e.n < due.n
		UNION SELECT e.n FROM due CROSS JOIN orders o ON o.n = due.n CROSS JOIN orders e ON e.decision = o.decision
			WHERE e.over_at = 0 AND (e.n < due.n OR e.lift)
	) ORDER BY n`

// PendingOrders returns orders that are due, with those that they wait for and with what lifts
// them.
func (db *DB) PendingOrders(ctx context.Context, now evenkeel.Moment, most int) (out []docket.WaitingOrder, err error) {
	err = db.read(ctx, "look which orders wait", func(ctx context.Context, s *session) error {
		return s.each(ctx, func(r *sql.Rows) error {
			var w docket.WaitingOrder
			var body sql.RawBytes
			if err := r.Scan(&body, &w.Attempts, (*int64)(&w.Next)); err != nil {
				return err
			}
			err := unkept(json.Unmarshal(body, &w.Order))
			out = append(out, w)
			return err
		}, pendingOrders, int64(now), maxOf(most))
	})
	return out, err
}

const pendingNotices = `SELECT body, attempts, next_at FROM notices WHERE n IN (
		SELECT n FROM notices WHERE over_at = 0 AND next_at <= ?1 ORDER BY next_at, n LIMIT ?2
	) ORDER BY n`

const pendingPosts = `SELECT o.body, p.attempts, p.next_at FROM (
		SELECT n, attempts, next_at FROM posts WHERE next_at <= ?1 ORDER BY next_at, n LIMIT ?2
	) p CROSS JOIN notices o ON o.n = p.n ORDER BY p.n`

// PendingNotices returns notices that are due.
func (db *DB) PendingNotices(ctx context.Context, now evenkeel.Moment, most int) ([]docket.WaitingNotice, error) {
	return db.pending(ctx, "look which notices wait", pendingNotices, now, most)
}

// PendingPosts returns notices that are due to be posted to machines.
func (db *DB) PendingPosts(ctx context.Context, now evenkeel.Moment, most int) ([]docket.WaitingNotice, error) {
	return db.pending(ctx, "look which notices wait to be posted", pendingPosts, now, most)
}

func (db *DB) pending(ctx context.Context, doing, query string, now evenkeel.Moment, most int) (out []docket.WaitingNotice, err error) {
	err = db.read(ctx, doing, func(ctx context.Context, s *session) error {
		err := s.each(ctx, func(r *sql.Rows) error {
			var w docket.WaitingNotice
			var body sql.RawBytes
			if err := r.Scan(&body, &w.Attempts, (*int64)(&w.Next)); err != nil {
				return err
			}
			err := unkept(json.Unmarshal(body, &w.Notice))
			out = append(out, w)
			return err
		}, query, int64(now), maxOf(most))
		for i := 0; i < len(out) && err == nil; i++ {
			out[i].Deliveries, err = deliveriesOf(ctx, s, out[i].Notice.ID)
		}
		return err
	})
	return out, err
}

// RetryOrder says that an attempt came to nothing, why, and when the next is due.
func (db *DB) RetryOrder(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error {
	return db.retry(ctx, "put off order "+string(id), notFound("order", string(id)), hasOrder, nil,
		"UPDATE OR FAIL orders SET attempts = attempts + 1, next_at = ?, last_error = ? WHERE id = ? AND over_at = 0", int64(at), why, string(id))
}

// RetryNotice is RetryOrder of a notice.
func (db *DB) RetryNotice(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	placed := func(ctx context.Context, s *session) error { return placeUntold(ctx, s, id) }
	return db.retry(ctx, "put off notice "+string(id), notFound("notice", string(id)), hasNotice, placed,
		"UPDATE OR FAIL notices SET attempts = attempts + 1, next_at = ?, last_error = ? WHERE id = ? AND over_at = 0", int64(at), why, string(id))
}

// RetryPost is RetryNotice of what waits to be posted.
func (db *DB) RetryPost(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error {
	return db.retry(ctx, "put off the post of notice "+string(id), notFound("notice", string(id)), hasNotice, nil,
		"UPDATE OR FAIL posts SET attempts = attempts + 1, next_at = ?, last_error = ? WHERE n = (SELECT n FROM notices WHERE id = ?)", int64(at), why, string(id))
}

// EndPosts says that notices wait for no machine any more.
func (db *DB) EndPosts(ctx context.Context, all ...evenkeel.NoticeID) error {
	const doing = "end posts of notices"
	return db.write(ctx, doing, func(s *session) error {
		ctx := context.Background()
		for _, id := range all {
			n, err := s.change(ctx, "DELETE FROM posts WHERE n = (SELECT n FROM notices WHERE id = ?)", string(id))
			if err == nil && n == 0 {
				if found, err2 := s.one(ctx, []any{&n}, hasNotice, string(id)); err2 != nil || !found {
					err = cmp.Or(err2, notFound("notice", string(id)))
				}
			}
			if err != nil {
				return told(doing, err)
			}
		}
		return nil
	})
}

// retry puts something off, of which the last argument is the id, and then does what follows from
// that, which may be nil.
func (db *DB) retry(ctx context.Context, doing string, none error, has string, then func(context.Context, *session) error, put string, args ...any) error {
	return db.write(ctx, doing, func(s *session) error {
		ctx := context.Background()
		n, err := s.change(ctx, put, args...)
		if err == nil && n > 0 && then != nil {
			err = then(ctx, s)
		}
		if err != nil || n > 0 {
			return told(doing, err)
		}
		found, err := s.one(ctx, []any{&n}, has, args[len(args)-1])
		if err == nil && !found {
			err = none
		}
		return told(doing, err)
	})
}

// unsent are the ways in which something can wait, each with its own index; ?1 is a case, or "" for all, ?2 how many.
var unsent = [...]struct {
	query  string
	is     docket.Unsent
	orders bool
}{
	{query: `SELECT o.body, d.case_id, o.attempts, o.next_at, o.last_error FROM orders o JOIN decisions d ON d.id = o.decision
		WHERE o.over_at = 0 AND (?1 = '' OR d.case_id = ?1) ORDER BY o.next_at, o.n LIMIT ?2`, orders: true},
	{query: `SELECT body, case_id, attempts, next_at, last_error FROM notices WHERE over_at = 0 AND (?1 = '' OR case_id = ?1) ORDER BY next_at, n LIMIT ?2`},
	{query: `SELECT o.body, o.case_id, p.attempts, p.next_at, p.last_error FROM posts p CROSS JOIN notices o ON o.n = p.n
		WHERE p.attempts > 0 AND (?1 = '' OR o.case_id = ?1) ORDER BY p.next_at, p.n LIMIT ?2`, is: docket.Unsent{Post: true}},
	{query: `SELECT n.body, n.case_id, n.attempts, n.next_at, n.last_error FROM cases c JOIN notices n ON n.case_id = c.id
		WHERE c.state <> 'closed' AND n.failed = 1 AND (?1 = '' OR n.case_id = ?1) ORDER BY n.n DESC LIMIT ?2`, is: docket.Unsent{Failed: true}},
}

// Unsent returns what waits in the outbox, and notices of open cases that reached nobody: of one case, or of all
// where that is "". Of each kind, orders, notices, posts to machines that failed before, and what reached nobody, it
// is at most so many, those due longest first.
func (db *DB) Unsent(ctx context.Context, c evenkeel.CaseID, most int) (out []docket.Unsent, err error) {
	err = db.read(ctx, "look what has not left", func(ctx context.Context, s *session) error {
		for _, kind := range unsent {
			err := s.each(ctx, func(r *sql.Rows) error {
				x := kind.is
				var body sql.RawBytes
				if err := r.Scan(&body, &x.Case, &x.Attempts, (*int64)(&x.Next), &x.Why); err != nil {
					return err
				}
				var into any = &x.Notice
				if kind.orders {
					into = &x.Order
				}
				err := unkept(json.Unmarshal(body, into))
				x.Tenant = cmp.Or(x.Notice.Tenant, x.Order.Tenant)
				out = append(out, x)
				return err
			}, kind.query, string(c), maxOf(most))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
