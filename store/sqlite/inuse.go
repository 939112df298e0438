package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// column is a column beside a value, and what it has to say by the value.
type column struct {
	name     string
	has, due any
}

// unfit names the first column that says something else than the value.
func unfit(columns ...column) string {
	for _, c := range columns {
		if c.has != c.due {
			return fmt.Sprintf("column %s says %v; expected %v", c.name, c.has, c.due)
		}
	}
	return ""
}

// rowsOf goes along the values in use, each with what its columns say.
func rowsOf(ctx context.Context, s *session) iter.Seq2[ledger.Row, error] {
	reviews := "SELECT id, body, case_id, tenant, about, state, first, coalesce(second, ''), coalesce(third, '') FROM reviews"
	if f, err := formOf(ctx, s); err == nil && f.version < reviewedSince {
		reviews = "SELECT '', '', '', '', '', '', '', '', '' WHERE false"
	}
	members := memberRows(ctx, s)
	if sealed, err := hasMembers(ctx, s); err == nil && !sealed {
		members = func(func(ledger.Row, error) bool) {}
	}
	return oneAfterAnother(
		switchRows(ctx, s),
		creditRows(ctx, s),
		walk(ctx, s, reviews, readReview),
		walk(ctx, s, "SELECT id, body, tenant, family, opened, state, outcome, coalesce(cleared, '') FROM cases", readCase),
		walk(ctx, s, "SELECT id, body, case_id, state, mode, measure, from_at, until_at, coalesce(person, ''), coalesce(supersedes, '') FROM decisions", readDecision),
		walk(ctx, s, "SELECT id, body, tenant, family, coalesce(case_id, ''), from_at, until_at, revoked FROM flags", readFlag),
		members,
	)
}

// readCase reads a row of cases. Whose it is says the value; one that cannot be read is
// nobody's.
func readCase(r *sql.Rows) (ledger.Row, error) {
	row := ledger.Row{Kind: ledger.KindCase}
	var tenant, family, state, outcome, cleared string
	var opened int64
	if err := r.Scan(&row.ID, &row.Value, &tenant, &family, &opened, &state, &outcome, &cleared); err != nil {
		return row, err
	}
	var c evenkeel.Case
	if err := json.Unmarshal(row.Value, &c); err != nil {
		row.Unfit = "cannot be read"
		return row, nil
	}
	row.Tenant = c.Tenant
	row.Unfit = unfit(column{"id", row.ID, string(c.ID)}, column{"tenant", tenant, string(c.Tenant)}, column{"family", family, c.Family},
		column{"opened", opened, int64(c.Opened)}, column{"state", state, c.State.String()}, column{"outcome", outcome, c.Outcome.String()},
		column{"cleared", cleared, c.Cleared.String()})
	return row, nil
}

func readDecision(r *sql.Rows) (ledger.Row, error) {
	row := ledger.Row{Kind: ledger.KindDecision}
	var of, state, mode, measure, person, supersedes string
	var from, until int64
	if err := r.Scan(&row.ID, &row.Value, &of, &state, &mode, &measure, &from, &until, &person, &supersedes); err != nil {
		return row, err
	}
	var d evenkeel.Decision
	if err := json.Unmarshal(row.Value, &d); err != nil {
		row.Unfit = "cannot be read"
		return row, nil
	}
	row.Tenant = d.Tenant
	row.Unfit = unfit(column{"id", row.ID, string(d.ID)}, column{"case_id", of, string(d.Case)}, column{"state", state, d.State.String()},
		column{"mode", mode, d.Mode.String()}, column{"measure", measure, d.Measure.String()}, column{"from_at", from, int64(d.From)},
		column{"until_at", until, int64(d.Until)}, column{"person", person, string(d.Actor.Person)}, column{"supersedes", supersedes, string(d.Supersedes)})
	return row, nil
}

func readFlag(r *sql.Rows) (ledger.Row, error) {
	row := ledger.Row{Kind: ledger.KindFlag}
	var tenant, family, of string
	var from, until, revoked int64
	if err := r.Scan(&row.ID, &row.Value, &tenant, &family, &of, &from, &until, &revoked); err != nil {
		return row, err
	}
	var f evenkeel.Flag
	if err := json.Unmarshal(row.Value, &f); err != nil {
		row.Unfit = "cannot be read"
		return row, nil
	}
	row.Tenant = f.Tenant
	row.Unfit = unfit(column{"id", row.ID, string(f.ID)}, column{"tenant", tenant, string(f.Tenant)}, column{"family", family, f.Family},
		column{"case_id", of, string(f.Case)}, column{"from_at", from, int64(f.From)}, column{"until_at", until, int64(f.Until)},
		column{"revoked", revoked, int64(f.Revoked)})
	return row, nil
}

func readReview(r *sql.Rows) (ledger.Row, error) {
	row := ledger.Row{Kind: ledger.KindReview}
	var of, tenant, about, state, first, second, third string
	if err := r.Scan(&row.ID, &row.Value, &of, &tenant, &about, &state, &first, &second, &third); err != nil {
		return row, err
	}
	var v docket.Review
	if err := json.Unmarshal(row.Value, &v); err != nil {
		row.Unfit = "cannot be read"
		return row, nil
	}
	row.Tenant = v.Tenant
	row.Unfit = unfit(column{"id", row.ID, string(v.ID)}, column{"case_id", of, string(v.Case)}, column{"tenant", tenant, string(v.Tenant)},
		column{"about", about, v.About.String()}, column{"state", state, v.State.String()}, column{"first", first, string(v.By)},
		column{"second", second, string(personOf(&v, 1))}, column{"third", third, string(personOf(&v, 2))})
	return row, nil
}

// sentOf goes along the notices and orders.
func sentOf(ctx context.Context, s *session) iter.Seq2[ledger.Sent, error] {
	return oneAfterAnother(
		walk(ctx, s, "SELECT id, decision, case_id, body FROM notices", func(r *sql.Rows) (sent ledger.Sent, err error) {
			var n evenkeel.Notice
			var decision, of string
			var body []byte
			if err := r.Scan(&sent.ID, &decision, &of, &body); err != nil {
				return sent, err
			}
			if json.Unmarshal(body, &n) != nil {
				sent.Unfit = "it cannot be read"
				return sent, nil
			}
			sent.Unfit = unfit(column{"id", sent.ID, string(n.ID)}, column{"decision", decision, string(n.Decision)}, column{"case_id", of, string(n.Case)})
			return sent, nil
		}),
		walk(ctx, s, "SELECT id, decision, body FROM orders", func(r *sql.Rows) (sent ledger.Sent, err error) {
			var o evenkeel.Order
			var decision string
			var body []byte
			if err := r.Scan(&sent.ID, &decision, &body); err != nil {
				return sent, err
			}
			if json.Unmarshal(body, &o) != nil {
				sent.Unfit = "it cannot be read"
				return sent, nil
			}
			sent.Unfit = unfit(column{"id", sent.ID, string(o.ID)}, column{"decision", decision, string(o.Decision)})
			return sent, nil
		}),
	)
}

// oneAfterAnother goes along all of the first, then all of the next.
func oneAfterAnother[T any](all ...iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, each := range all {
			for v, err := range each {
				if !yield(v, err) {
					return
				}
			}
		}
	}
}
