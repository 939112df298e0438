package sqlite

import (
	"context"
	"database/sql"

	"github.com/evenkeel/evenkeel"
)

// Bearing returns the cases in which something is in force that tenants bear, closed ones too. It reads
// the index of what stands and nothing else.
func (db *DB) Bearing(ctx context.Context, after evenkeel.CaseID, max int) (out []evenkeel.CaseID, err error) {
	err = db.read(ctx, "look who bears something", func(ctx context.Context, s *session) error {
		return s.each(ctx, func(r *sql.Rows) error {
			var id evenkeel.CaseID
			err := r.Scan((*string)(&id))
			out = append(out, id)
			return err
		}, "SELECT DISTINCT d.case_id FROM decisions d INDEXED BY decisions_standing WHERE "+standing+
			" AND d.state = 'in_force' AND d.measure NOT IN ('none', 'notify') AND d.case_id > ? ORDER BY d.case_id LIMIT ?", string(after), maxOf(max))
	})
	return out, err
}
