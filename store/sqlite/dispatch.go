package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepDispatches keeps what became of orders and notices.
func (x *tx) keepDispatches(ctx context.Context, c *docket.Changes) error {
	err := keepEach(c.Receipts, "receipt of order", func(r *evenkeel.Receipt) string { return string(r.Order) }, func(r *evenkeel.Receipt, body string) error {
		n, err := x.change(ctx, "UPDATE OR FAIL orders SET receipt = ?, heard = heard + 1 WHERE id = ?", body, string(r.Order))
		return nobodyKeeps(n, err)
	})
	if err != nil {
		return err
	}
	err = keepEach(c.Deliveries, "delivery of notice", func(d *docket.Delivery) string { return string(d.Notice) }, func(d *docket.Delivery, body string) error {
		n, err := x.change(ctx, "INSERT OR FAIL INTO deliveries (notice, body) SELECT id, ?1 FROM notices WHERE id = ?2", body, string(d.Notice))
		return nobodyKeeps(n, err)
	})
	if err != nil {
		return err
	}
	return keepEach(c.Endings, "end of", func(e *docket.Ending) string { id, _ := e.Of(); return id }, func(e *docket.Ending, _ string) error {
		if _, ok := e.Of(); !ok {
			return evenkeel.Invalid("it is of order %q, notice %q or page %q, at %s; expected one of them, and when", e.Order, e.Notice, e.Page, e.At)
		}
		return x.keepEnding(ctx, e)
	})
}

// keepEnding ends an order, a notice or a page that waits, and leaves one that is over as it is.
func (x *tx) keepEnding(ctx context.Context, e *docket.Ending) error {
	const set = " SET over_at = ?1, failed = ?2, next_at = 0, last_error = CASE WHEN ?2 THEN ?3 ELSE last_error END WHERE id = ?4 AND over_at = 0"
	ends, has, id := "UPDATE OR FAIL notices"+set, hasNotice, string(e.Notice)
	switch {
	case e.Page != "":
		ends, has, id = "UPDATE OR FAIL pages"+set, hasPage, string(e.Page)
	case e.Order != "":
		ends, has, id = "UPDATE OR FAIL orders"+set, hasOrder, string(e.Order)
	}
	n, err := x.change(ctx, ends, int64(e.At), e.Failed, e.Why, id)
	switch {
	case err != nil:
		return err
	case n == 0:
		found, err := x.one(ctx, []any{&n}, has, id)
		if found {
			n = 1
		}
		return nobodyKeeps(n, err)
	case e.Order == "":
		return nil
	}
	return x.exec(ctx, "DELETE FROM waiting_assets WHERE n = (SELECT n FROM orders WHERE id = ?)", id)
}

// How one is found to be kept.
const (
	hasOrder  = "SELECT 1 FROM orders WHERE id = ?"
	hasNotice = "SELECT 1 FROM notices WHERE id = ?"
)

// nobodyKeeps is the error of a change that found nothing to change.
func nobodyKeeps(n int64, err error) error {
	if err == nil && n == 0 {
		return evenkeel.Invalid("nobody keeps it; expected one that was written before")
	}
	return err
}

// dispatch reads what became of an order or a notice.
func dispatch(r *sql.Rows, d *docket.Dispatch, more ...any) error {
	var id string
	var receipt sql.RawBytes
	dest := []any{&id, &d.Attempts, (*int64)(&d.Next), (*int64)(&d.Over), &d.Failed, &d.Why, &receipt, &d.Heard}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return err
	}
	if d.Order = evenkeel.OrderID(id); receipt != nil {
		return unkept(json.Unmarshal(receipt, &d.Receipt))
	}
	return nil
}

func unkept(err error) error {
	if err != nil {
		return &evenkeel.Error{Says: "read a value of the outbox", Hint: hintCorrupt, Err: err}
	}
	return nil
}

// What dispatch reads, of orders o and of notices o.
const (
	ofOrder  = "o.id, o.attempts, o.next_at, o.over_at, o.failed, o.last_error, o.receipt, o.heard"
	ofNotice = "o.id, o.attempts, o.next_at, o.over_at, o.failed, o.last_error, NULL, 0"
)

// listDispatches are those of a case, notices first, in the order of their writing.
func listDispatches(ctx context.Context, s *session, c evenkeel.CaseID) (out []docket.Dispatch, err error) {
	err = s.each(ctx, func(r *sql.Rows) error {
		var d docket.Dispatch
		err := dispatch(r, &d)
		d.Notice, d.Order = evenkeel.NoticeID(d.Order), ""
		out = append(out, d)
		return err
	}, "SELECT "+ofNotice+" FROM notices o WHERE o.case_id = ? ORDER BY o.n", string(c))
	for i := 0; i < len(out) && err == nil; i++ {
		out[i].Deliveries, err = deliveriesOf(ctx, s, out[i].Notice)
	}
	if err != nil {
		return out, err
	}
	err = s.each(ctx, func(r *sql.Rows) error {
		var d docket.Dispatch
		err := dispatch(r, &d)
		out = append(out, d)
		return err
	}, "SELECT "+ofOrder+" FROM decisions d JOIN orders o ON o.decision = d.id WHERE d.case_id = ? ORDER BY o.n", string(c))
	return out, err
}

func deliveriesOf(ctx context.Context, s *session, n evenkeel.NoticeID) ([]docket.Delivery, error) {
	return values[docket.Delivery](ctx, s, "SELECT body FROM deliveries WHERE notice = ? ORDER BY n", string(n))
}

// Order returns an order, its case and what became of it.
func (x *tx) Order(id evenkeel.OrderID) (o docket.SentOrder, err error) {
	var of, body string
	err = x.sent(&o.Case, &o.Entries, notFound("order", string(id)), func(ctx context.Context) (evenkeel.CaseID, bool, error) {
		found := false
		err := x.each(ctx, func(r *sql.Rows) error {
			found = true
			return dispatch(r, &o.Dispatch, &of, &body)
		}, "SELECT "+ofOrder+", d.case_id, o.body FROM orders o JOIN decisions d ON d.id = o.decision WHERE o.id = ?", string(id))
		if found && err == nil {
			err = unkept(json.Unmarshal([]byte(body), &o.Order))
		}
		return evenkeel.CaseID(of), found, err
	})
	return o, told("read order "+string(id), err)
}

// Undone returns the decisions of a case whose order nobody carries out.
func (x *tx) Undone(c evenkeel.CaseID) (out []evenkeel.DecisionID, err error) {
	err = x.each(context.Background(), func(r *sql.Rows) error {
		var id evenkeel.DecisionID
		err := r.Scan((*string)(&id))
		out = append(out, id)
		return err
	}, `SELECT d.id FROM decisions d CROSS JOIN orders o ON o.decision = d.id
		WHERE d.case_id = ? AND (o.failed = 1 AND o.receipt IS NULL OR o.confirmed = 'refused') AND o.lift IS NULL`, string(c))
	return out, told("read what nobody carries out of case "+string(c), err)
}

// Notice returns a notice, its case and what became of it.
func (x *tx) Notice(id evenkeel.NoticeID) (n docket.SentNotice, err error) {
	var of, body string
	err = x.sent(&n.Case, &n.Entries, notFound("notice", string(id)), func(ctx context.Context) (evenkeel.CaseID, bool, error) {
		found := false
		err := x.each(ctx, func(r *sql.Rows) error {
			found = true
			return dispatch(r, &n.Dispatch, &of, &body)
		}, "SELECT "+ofNotice+", o.case_id, o.body FROM notices o WHERE o.id = ?", string(id))
		if !found || err != nil {
			return "", found, err
		}
		n.Dispatch.Notice, n.Dispatch.Order = id, ""
		if n.Dispatch.Deliveries, err = deliveriesOf(ctx, x.session, id); err == nil {
			err = unkept(json.Unmarshal([]byte(body), &n.Notice))
		}
		return evenkeel.CaseID(of), true, err
	})
	return n, told("read notice "+string(id), err)
}

// sent reads what f finds, and then the case of it.
func (x *tx) sent(c *evenkeel.Case, entries *int64, none error, f func(context.Context) (evenkeel.CaseID, bool, error)) error {
	ctx := context.Background()
	id, found, err := f(ctx)
	switch {
	case err != nil:
		return err
	case !found:
		return none
	case id == "": // about no case
		return nil
	}
	of, err := caseOf(ctx, x.session, id)
	if err != nil {
		return err
	}
	*c = *of
	*entries, err = countEntries(ctx, x.session, id)
	return err
}
