package sqlite

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Looks returns the looks at the cases of a tenant, the newest first, as many as most says, and how many there
// are. None where nobody looked, or there is no such tenant.
func (db *DB) Looks(ctx context.Context, t evenkeel.TenantID, most int) (list []evenkeel.Entry, all int, err error) {
	err = db.read(ctx, "read the looks at the cases of tenant "+string(t), func(ctx context.Context, s *session) (err error) {
		list, err = values[evenkeel.Entry](ctx, s, "SELECT e.body FROM cases c JOIN entries e ON e.case_id = c.id WHERE c.tenant = ? AND e.kind = 'looked'", string(t))
		return err
	})
	slices.SortStableFunc(list, func(a, b evenkeel.Entry) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Case, b.Case), cmp.Compare(b.Seq, a.Seq))
	})
	return list[:min(len(list), most)], len(list), err
}
