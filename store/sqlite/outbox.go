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
		n, err := x.change(ctx, "INSERT OR FAIL INTO orders (id, decision, body, created) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(o.ID), string(o.Decision), body, created)
		for i := 0; i < len(o.Assets) && n > 0 && err == nil; i++ {
			err = x.exec(ctx, "INSERT OR IGNORE INTO waiting_assets (asset, n) VALUES (?, (SELECT n FROM orders WHERE id = ?))",
				string(o.Assets[i]), string(o.ID))
		}
		return err
	})
	if err != nil {
		return err
	}
	return keepEach(c.Notices, "notice", func(n *evenkeel.Notice) string { return string(n.ID) }, func(n *evenkeel.Notice, body string) error {
		fresh, err := x.change(ctx, "INSERT OR FAIL INTO notices (id, case_id, decision, body, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(n.ID), string(n.Case), string(n.Decision), body, created)
		if fresh == 0 || err != nil {
			return err
		}
		return x.exec(ctx, "INSERT OR FAIL INTO posts (n) SELECT n FROM notices WHERE id = ?", string(n.ID))
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

// Untold returns how many notices of open cases reached nobody.
func (db *DB) Untold(ctx context.Context) (n int, err error) {
	err = db.read(ctx, "count notices that reached nobody", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&n}, `SELECT count(*) FROM cases c JOIN notices n ON n.case_id = c.id
			WHERE c.state <> 'closed' AND n.failed = 1`)
		return err
	})
	return n, err
}
