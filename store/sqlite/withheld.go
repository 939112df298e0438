package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// withheldSince is the form since which lawful orders have an effect.
const withheldSince = 15

// withheldRead is withheldFrom of books that may be of an older form, which is only read.
func withheldRead(ctx context.Context, s *session, t evenkeel.TenantID, but evenkeel.CaseID) ([]docket.Withholding, error) {
	if f, err := formOf(ctx, s); err != nil || f.version < withheldSince {
		return nil, err
	}
	return withheldFrom(ctx, s, t, but)
}

// withheldFrom returns the lawful orders in force about a tenant, but those of one case. It reads the index
// of what withholds data, which is short, and nothing else.
func withheldFrom(ctx context.Context, s *session, t evenkeel.TenantID, but evenkeel.CaseID) (out []docket.Withholding, err error) {
	found, err := values[evenkeel.Decision](ctx, s, `SELECT d.body FROM decisions d INDEXED BY decisions_withholding CROSS JOIN cases c ON c.id = d.case_id
		WHERE d.mode = 'live' AND d.state = 'in_force' AND d.measure = 'none' AND c.tenant = ? AND d.case_id <> ? ORDER BY d.case_id, d.id`, string(t), string(but))
	if err != nil {
		return nil, err
	}
	return withholdings(ctx, s, found)
}

// fillWithheld says which lawful orders are in force in cases.
func fillWithheld(ctx context.Context, s *session, of []docket.Row, ids string) error {
	if f, err := formOf(ctx, s); err != nil || f.version < withheldSince {
		return err
	}
	type lawful struct {
		at int
		x  evenkeel.Decision
	}
	var found []lawful
	err := s.each(ctx, func(rows *sql.Rows) (err error) {
		var one lawful
		var body sql.RawBytes
		if err = rows.Scan(&one.at, &body); err == nil {
			err = unkept(json.Unmarshal(body, &one.x))
		}
		found = append(found, one)
		return err
	}, `SELECT j.key, d.body FROM json_each(?) j CROSS JOIN decisions d INDEXED BY decisions_withholding ON d.case_id = j.value
		AND d.mode = 'live' AND d.state = 'in_force' AND d.measure = 'none'`, ids)
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b lawful) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.x.ID, b.x.ID)) })
	for _, one := range found {
		is, err := withholdings(ctx, s, []evenkeel.Decision{one.x})
		if err != nil {
			return err
		}
		of[one.at].Lawful = append(of[one.at].Lawful, is...)
	}
	return nil
}

// withholdings are the lawful orders that decisions carry, with what their reviews say.
func withholdings(ctx context.Context, s *session, found []evenkeel.Decision) (out []docket.Withholding, err error) {
	for i := range found {
		reviews, err := values[docket.Review](ctx, s, "SELECT body FROM reviews WHERE case_id = ? AND about = 'hold' ORDER BY opened, id", string(found[i].Case))
		if err != nil {
			return nil, err
		}
		out = append(out, docket.Withholdings(found[i:i+1], reviews)...)
	}
	return out, nil
}

// Withheld returns the lawful orders in force about a tenant.
func (db *DB) Withheld(ctx context.Context, t evenkeel.TenantID) (out []docket.Withholding, err error) {
	err = db.read(ctx, "look whether data is withheld", func(ctx context.Context, s *session) error {
		out, err = withheldRead(ctx, s, t, "")
		return err
	})
	return out, err
}
