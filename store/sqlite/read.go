package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Cases returns cases with what stands in them, in the order that is asked for.
func (db *DB) Cases(ctx context.Context, q docket.Query) (out []docket.Row, err error) {
	err = db.read(ctx, "list cases", func(ctx context.Context, s *session) error {
		list := listCases
		if q.ByPlace {
			has, err := hasPlaces(ctx, s)
			if err != nil {
				return err
			}
			if !has { // an older form, which is only read
				out, err = sorted(ctx, s, q)
				return err
			}
			list = placed
		}
		found, err := list(ctx, s, q)
		if err == nil {
			out, err = rowsWith(ctx, s, found)
		}
		return err
	})
	return out, err
}

// Count returns how many cases there are that are asked for, whatever the query's Max and Skip.
func (db *DB) Count(ctx context.Context, q docket.Query) (n int, err error) {
	err = db.read(ctx, "count cases", func(ctx context.Context, s *session) error {
		where, args := asked(q)
		_, err := s.one(ctx, []any{&n}, "SELECT count(*) FROM cases"+where, args...)
		return err
	})
	return n, err
}

// Families returns the families that there are cases under that are asked for, in order.
func (db *DB) Families(ctx context.Context, q docket.Query) (out []string, err error) {
	err = db.read(ctx, "list families", func(ctx context.Context, s *session) error {
		has, err := hasPlaces(ctx, s)
		if err != nil {
			return err
		}
		q.Family = ""
		where, args := asked(q)
		list := "SELECT DISTINCT family FROM cases" + where + " ORDER BY family LIMIT ?"
		if q.Tenant == "" && has {
			list, args = placedFamilies, []any{q.Closed}
		}
		return s.each(ctx, func(r *sql.Rows) error {
			var family string
			err := r.Scan(&family)
			out = append(out, family)
			return err
		}, list, append(args, limitOf(q.Max))...)
	})
	return out, err
}

// sorted reads all cases, orders them, and cuts out what is asked for.
func sorted(ctx context.Context, s *session, q docket.Query) ([]docket.Row, error) {
	all := q
	all.Max, all.Skip = 0, 0
	found, err := listCases(ctx, s, all)
	if err != nil {
		return nil, err
	}
	rows, err := rowsWith(ctx, s, found)
	slices.SortFunc(rows, docket.CompareRows)
	return docket.Cut(&q, rows), err
}

// Folder returns all that is kept about a case.
func (db *DB) Folder(ctx context.Context, id evenkeel.CaseID) (f docket.Folder, err error) {
	err = db.read(ctx, "read the folder of case "+string(id), func(ctx context.Context, s *session) error {
		c, err := caseOf(ctx, s, id)
		if err != nil {
			return err
		}
		if f.Row, err = rowOf(ctx, s, *c); err != nil {
			return err
		}
		for _, fill := range []func() error{
			func() (err error) { f.Entries, err = listEntries(ctx, s, id); return err },
			func() (err error) { f.Decisions, err = listDecisions(ctx, s, id); return err },
			func() (err error) { f.Clocks, err = listClocks(ctx, s, id); return err },
			func() (err error) { f.Flags, err = listFlags(ctx, s, c.Tenant, c.Family); return err },
			func() (err error) { f.Prior, err = priorCases(ctx, s, c.Tenant, c.Family, id); return err },
			func() (err error) { f.Elsewhere, err = withheldRead(ctx, s, c.Tenant, id); return err },
			func() (err error) { f.Findings, err = listFindings(ctx, s, id); return err },
			func() (err error) { f.Notices, err = listNotices(ctx, s, id); return err },
			func() (err error) { f.Orders, err = listOrders(ctx, s, id); return err },
			func() (err error) { f.Dispatches, err = listDispatches(ctx, s, id); return err },
			func() (err error) { f.Reviews, err = listReviews(ctx, s, id); return err },
			func() (err error) { f.Pages, err = listPages(ctx, s, id); return err },
		} {
			if err := fill(); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}
