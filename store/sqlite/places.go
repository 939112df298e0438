package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepPlaces brings the places in the docket up of all cases whose rows may have changed: those
// that something was put about, and the open ones of tenants of whom a case changed, because
// whether a tenant was cleared before counts for all of them. It comes last.
func (x *tx) keepPlaces(ctx context.Context, c *docket.Changes) error {
	touched := map[evenkeel.CaseID]bool{}
	note := func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		touched[evenkeel.CaseID(id)] = true
		return err
	}
	tenants := map[evenkeel.TenantID]bool{}
	for i := range c.Cases {
		touched[c.Cases[i].ID], tenants[c.Cases[i].Tenant] = true, true
	}
	for t := range tenants {
		if err := x.each(ctx, note, "SELECT id FROM cases WHERE tenant = ? AND state <> 'closed'", string(t)); err != nil {
			return err
		}
	}
	for i := range c.Decisions {
		touched[c.Decisions[i].Case] = true
	}
	for i := range c.Clocks {
		touched[c.Clocks[i].Case] = true
	}
	if err := x.becameOf(ctx, c, note); err != nil {
		return err
	}
	if x.moved != nil {
		maps.Copy(x.moved, touched)
		return nil
	}
	return place(ctx, x.session, slices.Sorted(maps.Keys(touched)))
}

// becameOf says of which cases are the orders and notices that something became of.
func (x *tx) becameOf(ctx context.Context, c *docket.Changes, note func(*sql.Rows) error) error {
	orders, notices := map[evenkeel.OrderID]bool{}, map[evenkeel.NoticeID]bool{}
	for i := range c.Orders {
		orders[c.Orders[i].ID] = true
	}
	for i := range c.Receipts {
		orders[c.Receipts[i].Order] = true
	}
	for i := range c.Deliveries {
		notices[c.Deliveries[i].Notice] = true
	}
	for i := range c.Endings {
		orders[c.Endings[i].Order], notices[c.Endings[i].Notice] = true, true
	}
	delete(orders, "")
	delete(notices, "")
	for id := range orders {
		if err := x.each(ctx, note, "SELECT d.case_id FROM orders o JOIN decisions d ON d.id = o.decision WHERE o.id = ?", string(id)); err != nil {
			return err
		}
	}
	for id := range notices { // one that was not tried in vain, and is not over, moves nothing
		if err := x.each(ctx, note, "SELECT case_id FROM notices WHERE id = ? AND (attempts > 0 OR over_at <> 0)", string(id)); err != nil {
			return err
		}
	}
	return nil
}

// placeUntold writes the place of a notice's case anew where the first attempt came to nothing, by
// which it has reached nobody; those after it change nothing.
func placeUntold(ctx context.Context, s *session, id evenkeel.NoticeID) error {
	var of string
	found, err := s.one(ctx, []any{&of}, "SELECT case_id FROM notices WHERE id = ? AND attempts = 1 AND over_at = 0", string(id))
	if err != nil || !found {
		return err
	}
	return place(ctx, s, []evenkeel.CaseID{evenkeel.CaseID(of)})
}

// place writes where cases stand in the docket. One that nobody keeps has no place: what else was
// put about it is refused for that.
func place(ctx context.Context, s *session, ids []evenkeel.CaseID) error {
	for some := range slices.Chunk(ids, together) {
		found, err := casesOf(ctx, s, some)
		if err != nil {
			return err
		}
		rows, err := rowsWith(ctx, s, found)
		if err != nil {
			return err
		}
		for i := range rows {
			r := &rows[i]
			err := s.exchange(ctx, "", "UPDATE OR FAIL places SET family = ?2, place = ?3 WHERE case_id = ?1",
				"INSERT OR FAIL INTO places (case_id, family, place) VALUES (?1, ?2, ?3)", string(r.Case.ID), r.Case.Family, docket.Place(*r))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// casesOf returns cases by their ids, in that order; those that nobody keeps are left out.
func casesOf[T ~string](ctx context.Context, s *session, ids []T) ([]evenkeel.Case, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return values[evenkeel.Case](ctx, s, "SELECT c.body FROM json_each(?) j CROSS JOIN cases c ON c.id = j.value", string(list))
}

// placeAll writes the places of all cases.
func placeAll(ctx context.Context, s *session) error {
	var all []evenkeel.CaseID
	err := s.each(ctx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		all = append(all, evenkeel.CaseID(id))
		return err
	}, "SELECT id FROM cases")
	if err != nil {
		return err
	}
	return place(ctx, s, all)
}

// hasPlaces says whether the file is of a form that has them, by the order of today.
func hasPlaces(ctx context.Context, s *session) (bool, error) {
	f, err := formOf(ctx, s)
	return f.version >= placedSince, err
}

// placed returns the cases that are asked for in the order of the docket. Which they are is found
// among the places alone: what is left out there costs no look at its case.
func placed(ctx context.Context, s *session, q docket.Query) ([]evenkeel.Case, error) {
	where, args := " WHERE true", []any{}
	if q.Family != "" {
		where, args = where+" AND p.family = ?", append(args, q.Family)
	}
	if !q.Closed {
		where += " AND p.place < x'01'"
	}
	order := " ORDER BY p.place"
	if q.Tenant != "" { // whose cases are few: they are found, and then ordered
		where, args, order = where+" AND p.case_id IN (SELECT id FROM cases WHERE tenant = ?)", append(args, string(q.Tenant)), " ORDER BY +p.place"
	}
	var ids []string
	err := s.each(ctx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT p.case_id FROM places p"+where+order+" LIMIT ? OFFSET ?", append(args, limitOf(q.Max), max(q.Skip, 0))...)
	if err != nil {
		return nil, err
	}
	out := make([]evenkeel.Case, 0, len(ids))
	for some := range slices.Chunk(ids, together) {
		found, err := casesOf(ctx, s, some)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// placedFamilies goes from each family to the next, not along the cases between them.
const placedFamilies = `WITH RECURSIVE f (family) AS (
		SELECT min(family) FROM places
		UNION ALL SELECT (SELECT min(family) FROM places WHERE family > f.family) FROM f WHERE f.family IS NOT NULL)
	SELECT family FROM f WHERE family IS NOT NULL AND (?1 OR EXISTS (SELECT 1 FROM places p WHERE p.family = f.family AND p.place < x'01'))
	ORDER BY family LIMIT ?2`

// limitOf is a limit of a query: all where it is 0.
func limitOf(most int) int {
	if most <= 0 {
		return -1
	}
	return most
}
