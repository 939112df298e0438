package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// sendAndEnd does with the nth order and notice all that is done with one: they are looked at,
// put off, told of, and end.
func sendAndEnd(t testing.TB, db *DB, n int) {
	t.Helper()
	d := decisionOf(n)
	order, notice := evenkeel.NewOrderID(d, false), evenkeel.NewNoticeID(d, evenkeel.InForce)
	_, err := db.PendingOrders(t.Context(), began, 9)
	_, err2 := db.PendingNotices(t.Context(), began, 9)
	_, err3 := db.OrderOf(t.Context(), order)
	_, _, err4 := db.Outbox(t.Context())
	err = errors.Join(err, err2, err3, err4, db.RetryOrder(t.Context(), order, began, "busy"), db.RetryNotice(t.Context(), notice, began, "busy"))
	end := func(tx docket.Tx) error {
		_, err := tx.Order(order)
		_, err2 := tx.Notice(notice)
		return errors.Join(err, err2, tx.Put(docket.Changes{
			Receipts:   []evenkeel.Receipt{{Order: order, Node: "host-7", State: evenkeel.ReceiptApplied, At: began}},
			Deliveries: []docket.Delivery{{Notice: notice, Channel: "mail", To: "owner", At: began}},
			Endings:    []docket.Ending{{Order: order, At: began}, {Notice: notice, At: began}},
		}))
	}
	for range 2 { // the second time nothing waits any more
		err = errors.Join(err, db.Transact(t.Context(), end))
	}
	err = errors.Join(err, db.RetryOrder(t.Context(), order, began, "late"), db.RetryNotice(t.Context(), notice, began, "late"))
	if err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsOverCostsNothing wants whoever looks what waits to go by the indexes of what waits,
// and by nothing that grows with what was ever sent.
func TestWhatIsOverCostsNothing(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	put(t, db, 1)
	sendAndEnd(t, db, 0)
	for name, query := range map[string]string{
		"orders": pendingOrders, "notices": pendingNotices, "how many orders": "SELECT count(*) FROM orders WHERE over_at = 0",
		"how many notices": "SELECT count(*) FROM notices WHERE over_at = 0",
	} {
		err := db.read(t.Context(), "explain", func(ctx context.Context, s *session) error {
			return s.each(ctx, func(r *sql.Rows) error {
				var id, parent, unused int
				var step string
				err := r.Scan(&id, &parent, &unused, &step)
				bounded := []string{"_waiting", "PRIMARY KEY", "waiting_by_order", "orders_of_decision", "due", "(subquery"}
				touches := strings.HasPrefix(step, "SCAN") || strings.HasPrefix(step, "SEARCH")
				if touches && !slices.ContainsFunc(bounded, func(b string) bool { return strings.Contains(step, b) }) {
					t.Errorf("to find which %s wait, it does: %s", name, step)
				}
				return err
			}, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		})
		if err != nil {
			t.Error(err)
		}
	}
	var left int
	if _, err := db.writer.one(t.Context(), []any{&left}, "SELECT count(*) FROM waiting_assets"); err != nil || left != 1 {
		t.Errorf("%d assets wait (%v); expected that of the order that is not over", left, err)
	}
}

// BenchmarkPending looks what waits among very many that are over.
func BenchmarkPending(b *testing.B) {
	db := openAt(b, fileOf(b), Options{})
	for n := range 3 {
		put(b, db, n)
	}
	sendAndEnd(b, db, 2)
	_, err := db.writer.conn.ExecContext(b.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO orders (id, decision, body, created, over_at) SELECT 'o' || i, 'd-2', '{}', 1, 1 FROM n`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if all, err := db.PendingOrders(b.Context(), began, 1024); err != nil || len(all) != 2 {
			b.Fatal(len(all), err)
		}
	}
}

// TestWhatHasNotLeftIsListedWithWhy: orders and notices that wait, what failed at a machine, and what reached nobody, of all
// cases and of one; what is over is not in it.
func TestWhatHasNotLeftIsListedWithWhy(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	put(t, db, 1)
	sendAndEnd(t, db, 0)
	d := decisionOf(1)
	order, notice := evenkeel.NewOrderID(d, false), evenkeel.NewNoticeID(d, evenkeel.InForce)
	said := func(c evenkeel.CaseID, most int) (out []string) {
		t.Helper()
		all, err := db.Unsent(t.Context(), c, most)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			x := &all[i]
			if x.Tenant == "" || x.Case == "" || x.Next != began && x.Attempts > 0 && !x.Failed {
				t.Errorf("%+v; expected a case, a tenant and when it is tried again", x)
			}
			out = append(out, fmt.Sprintf("%s%s %d %q post %t failed %t", x.Order.ID, x.Notice.ID, x.Attempts, x.Why, x.Post, x.Failed))
		}
		return out
	}
	untried := []string{fmt.Sprintf(`%s 0 "" post false failed false`, order), fmt.Sprintf(`%s 0 "" post false failed false`, notice)}
	if got := said("", 9); !slices.Equal(got, untried) {
		t.Errorf("%q; expected %q", got, untried)
	}
	err := errors.Join(db.RetryOrder(t.Context(), order, began, "busy"), db.RetryNotice(t.Context(), notice, began, "no contact"), db.RetryPost(t.Context(), notice, began, "status 503"))
	if err != nil {
		t.Fatal(err)
	}
	tried := []string{fmt.Sprintf(`%s 1 "busy" post false failed false`, order), fmt.Sprintf(`%s 1 "no contact" post false failed false`, notice), fmt.Sprintf(`%s 1 "status 503" post true failed false`, notice)}
	all, _ := db.Unsent(t.Context(), "", 9)
	for c, want := range map[evenkeel.CaseID][]string{"": tried, all[0].Case: tried, "c-other": nil} {
		if got := said(c, 9); !slices.Equal(got, want) {
			t.Errorf("of case %q: %q; expected %q", c, got, want)
		}
	}
	err = db.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Endings: []docket.Ending{{Notice: notice, At: began, Failed: true, Why: "nobody took it"}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := said("", 9); !slices.Contains(got, fmt.Sprintf(`%s 1 "nobody took it" post false failed true`, notice)) {
		t.Errorf("%q; expected that the notice reached nobody", got)
	}
}
