package sqlite

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepOutbox puts orders and notices where they leave from, each once.
func (x *tx) keepOutbox(ctx context.Context, c *docket.Changes) error {
	created := int64(madeAt(c))
	err := keepEach(c.Orders, "order", func(o *evenkeel.Order) string { return string(o.ID) }, func(o *evenkeel.Order, body string) error {
		return x.exec(ctx, "INSERT OR FAIL INTO orders (id, decision, body, created) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(o.ID), string(o.Decision), body, created)
	})
	if err != nil {
		return err
	}
	return keepEach(c.Notices, "notice", func(n *evenkeel.Notice) string { return string(n.ID) }, func(n *evenkeel.Notice, body string) error {
		return x.exec(ctx, "INSERT OR FAIL INTO notices (id, case_id, decision, body, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(n.ID), string(n.Case), string(n.Decision), body, created)
	})
}

// madeAt is the time of changes: that of the newest decision or entry in them.
func madeAt(c *docket.Changes) (at evenkeel.Moment) {
	for i := range c.Decisions {
		at = max(at, c.Decisions[i].At)
	}
	for i := range c.Entries {
		at = max(at, c.Entries[i].At)
	}
	return at
}

func listOrders(ctx context.Context, s *session, c evenkeel.CaseID) ([]evenkeel.Order, error) {
	return values[evenkeel.Order](ctx, s, `SELECT o.body FROM decisions d JOIN orders o ON o.decision = d.id
		WHERE d.case_id = ? ORDER BY o.n`, string(c))
}

func listNotices(ctx context.Context, s *session, c evenkeel.CaseID) ([]evenkeel.Notice, error) {
	return values[evenkeel.Notice](ctx, s, "SELECT body FROM notices WHERE case_id = ? ORDER BY n", string(c))
}

// Outbox returns how many orders and notices wait to leave.
func (db *DB) Outbox(ctx context.Context) (orders, notices int, err error) {
	err = db.read(ctx, "count what waits in the outbox", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&orders, &notices}, "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM notices)")
		return err
	})
	return orders, notices, err
}
