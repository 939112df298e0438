package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// governedSince is the form since which there are switches.
const governedSince = 8

// switchRows goes along the kill switches, those that were let go too.
func switchRows(ctx context.Context, s *session) iter.Seq2[ledger.Row, error] {
	if f, err := formOf(ctx, s); err == nil && f.version < governedSince {
		return func(func(ledger.Row, error) bool) {}
	}
	return walk(ctx, s, "SELECT id, body, kind, key, pulled, pulled_by, coalesce(first_by, ''), coalesce(second_by, '') FROM switches", func(r *sql.Rows) (ledger.Row, error) {
		row := ledger.Row{Kind: ledger.KindAct, Tenant: docket.House}
		var kind, key, by, first, second string
		var pulled int64
		if err := r.Scan(&row.ID, &row.Value, &kind, &key, &pulled, &by, &first, &second); err != nil {
			return row, err
		}
		var x docket.Switch
		if json.Unmarshal(row.Value, &x) != nil {
			row.Unfit = "cannot be read"
			return row, nil
		}
		row.Unfit = unfit(column{"id", row.ID, x.ID()}, column{"kind", kind, x.Kind.String()}, column{"key", key, x.Key}, column{"pulled", pulled, int64(x.Pulled)},
			column{"pulled_by", by, string(x.By)}, column{"first_by", first, byOf(x.First)}, column{"second_by", second, byOf(x.Second)})
		return row, nil
	})
}

// creditRows goes along the credits that were granted: of others no leaf tells.
func creditRows(ctx context.Context, s *session) iter.Seq2[ledger.Row, error] {
	if f, err := formOf(ctx, s); err == nil && f.version < learningSince {
		return func(func(ledger.Row, error) bool) {}
	}
	return walk(ctx, s, "SELECT id, body, case_id, tenant, closed, state, minutes, amount, currency FROM credits WHERE state = 'granted'", func(r *sql.Rows) (ledger.Row, error) {
		row := ledger.Row{Kind: ledger.KindCredit}
		var of, tenant, state, currency string
		var closed, minutes, amount int64
		if err := r.Scan(&row.ID, &row.Value, &of, &tenant, &closed, &state, &minutes, &amount, &currency); err != nil {
			return row, err
		}
		var k docket.Credit
		if json.Unmarshal(row.Value, &k) != nil {
			row.Unfit = "cannot be read"
			return row, nil
		}
		row.Tenant = k.Tenant
		row.Unfit = unfit(column{"id", row.ID, string(k.ID)}, column{"case_id", of, string(k.Case)}, column{"tenant", tenant, string(k.Tenant)}, column{"closed", closed, int64(k.Closed)},
			column{"state", state, k.State.String()}, column{"minutes", minutes, k.Minutes}, column{"amount", amount, k.Amount}, column{"currency", currency, k.Currency})
		return row, nil
	})
}
