package sqlite

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Looks returns the looks at the cases of a tenant, the newest first, as many as most says, and how many there
// are. None where nobody looked, or there is no such tenant. More than most are counted and not read.
func (db *DB) Looks(ctx context.Context, t evenkeel.TenantID, most int) (list []evenkeel.Entry, all int, err error) {
	const of = " FROM cases c JOIN entries e ON e.case_id = c.id WHERE c.tenant = ? AND e.kind = 'looked'"
	err = db.read(ctx, "read the looks at the cases of tenant "+string(t), func(ctx context.Context, s *session) error {
		if _, err := s.one(ctx, []any{&all}, "SELECT count(*)"+of, string(t)); err != nil || all == 0 {
			return err
		}
		// Of a time as text the Z goes, so that half a second is after none.
		list, err = values[evenkeel.Entry](ctx, s, "SELECT e.body"+of+" ORDER BY rtrim(e.body ->> '$.at', 'Z') DESC, e.case_id, e.seq DESC LIMIT ?", string(t), max(most, 0))
		return err
	})
	return list, all, err
}
