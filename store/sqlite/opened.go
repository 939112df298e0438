package sqlite

import (
	"context"
	"database/sql"

	"github.com/evenkeel/evenkeel"
)

// OpenCase is whose an open case is.
type OpenCase struct {
	ID     evenkeel.CaseID
	Tenant evenkeel.TenantID
}

// OpenAfter returns the cases that are not closed whose ids come after one, by id and at most so many, with nothing but whose
// they are: so that all can be gone through, however many there are.
func (db *DB) OpenAfter(ctx context.Context, after evenkeel.CaseID, most int) (out []OpenCase, err error) {
	const doing = "go through the open cases"
	err = db.read(ctx, doing, func(ctx context.Context, s *session) error {
		out = nil
		return s.each(ctx, func(r *sql.Rows) error {
			var c OpenCase
			err := r.Scan((*string)(&c.ID), (*string)(&c.Tenant))
			out = append(out, c)
			return err
		}, "SELECT id, tenant FROM cases WHERE state <> 'closed' AND id > ? ORDER BY id LIMIT ?", string(after), most)
	})
	return out, told(doing, err)
}
