package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepRunning keeps what the tenant runs. It goes before the decisions of the same transaction, which are held to it.
func (x *tx) keepRunning(ctx context.Context, c *docket.Changes) error {
	if c.Runs == nil {
		return nil
	}
	list, err := json.Marshal(c.Runs)
	if err == nil {
		err = x.exec(ctx, "INSERT INTO running (tenant, body) VALUES (?1, ?2) ON CONFLICT (tenant) DO UPDATE SET body = ?2 WHERE body <> ?2", string(c.Tenant), string(list))
	}
	return told("keep what tenant "+string(c.Tenant)+" runs", err)
}

// CutOff returns what decisions of a tenant cut off in all of its cases but one.
func (x *tx) CutOff(t evenkeel.TenantID, but evenkeel.CaseID) (out []evenkeel.AssetID, err error) {
	err = x.each(context.Background(), func(r *sql.Rows) error {
		var a evenkeel.AssetID
		err := r.Scan((*string)(&a))
		out = append(out, a)
		return err
	}, `SELECT DISTINCT a.value FROM cases c CROSS JOIN decisions d ON d.case_id = c.id AND `+standing+`
		CROSS JOIN json_each(d.body, '$.assets') a
		WHERE c.tenant = ? AND c.id <> ? AND d.state <> 'proposed' AND d.measure IN ('freeze', 'isolate', 'suspend', 'deny') AND a.value IS NOT NULL
		ORDER BY a.value`, string(t), string(but))
	return out, told("look what of tenant "+string(t)+" is cut off", err)
}

// keepNamed keeps which assets a decision names, until it is over.
func (x *tx) keepNamed(ctx context.Context, d *evenkeel.Decision) error {
	var named int
	found, err := x.one(ctx, []any{&named}, "SELECT 1 FROM named_assets WHERE decision = ? LIMIT 1", string(d.ID))
	if err == nil && found { // to take away gathers rows in a table of its own, even where there are none
		err = x.exec(ctx, "DELETE FROM named_assets WHERE decision = ?", string(d.ID))
	}
	if err != nil || d.State.Over() || d.Mode != evenkeel.ModeLive {
		return err
	}
	for _, a := range d.Assets {
		if err := x.exec(ctx, "INSERT OR IGNORE INTO named_assets (asset, decision) VALUES (?, ?)", string(a), string(d.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Naming returns the cases in which a live decision that is not over names the asset.
func (db *DB) Naming(ctx context.Context, a evenkeel.AssetID) (out []evenkeel.CaseID, err error) {
	err = db.read(ctx, "look what names asset "+string(a), func(ctx context.Context, s *session) error {
		return s.each(ctx, func(r *sql.Rows) error {
			var id evenkeel.CaseID
			err := r.Scan((*string)(&id))
			out = append(out, id)
			return err
		}, `SELECT DISTINCT d.case_id FROM named_assets n JOIN decisions d ON d.id = n.decision WHERE n.asset = ? ORDER BY d.case_id`, string(a))
	})
	return out, err
}

// keepDecisions keeps decisions, each with what it names: what is on all that the tenant runs is seen by that.
func (x *tx) keepDecisions(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Decisions, "decision", func(d *evenkeel.Decision) string { return string(d.ID) }, func(d *evenkeel.Decision, body string) error {
		agreed, err := x.agreementOf(ctx, d)
		if err != nil {
			return err
		}
		err = x.exchange(ctx, "it stays in its case, and once it is over as it is",
			`UPDATE OR FAIL decisions SET state = ?3, mode = ?4, measure = ?5, from_at = ?6, until_at = ?7, body = ?8,
				person = nullif(?9, ''), supersedes = nullif(?10, '')
				WHERE id = ?1 AND case_id = ?2 AND (state = 'proposed' OR state = 'held' OR state = 'in_force' OR body = ?8) AND (?11 IS NULL OR ?11 <> '')`,
			`INSERT OR FAIL INTO decisions (id, case_id, state, mode, measure, from_at, until_at, body, person, supersedes, agreed)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, ''), nullif(?10, ''), ?11)`,
			string(d.ID), string(d.Case), d.State.String(), d.Mode.String(), d.Measure.String(), int64(d.From), int64(d.Until), body,
			string(d.Actor.Person), string(d.Supersedes), agreed)
		if err != nil {
			return err
		}
		return x.keepNamed(ctx, d)
	})
}

// dossierDecisions are those of a dossier, in the order of their making: what lasts, what a
// person put something in the place of, and the newest of what is left. Of few it is all.
func dossierDecisions(ctx context.Context, s *session, c evenkeel.CaseID) ([]evenkeel.Decision, error) {
	var many int
	const few = "SELECT 1 FROM decisions WHERE case_id = ? ORDER BY made LIMIT 1 OFFSET "
	if found, err := s.one(ctx, []any{&many}, few+maxDecisions, string(c)); err != nil || !found {
		if err != nil {
			return nil, err
		}
		return listDecisions(ctx, s, c)
	}
	const (
		lasts  = "(mode = 'live' AND (state NOT IN ('suppressed', 'superseded') OR person IS NOT NULL))"
		passes = "NOT " + lasts
		chosen = "SELECT supersedes FROM decisions WHERE case_id = ?1 AND mode = 'live' AND person IS NOT NULL AND supersedes IS NOT NULL"
	)
	return values[evenkeel.Decision](ctx, s, `SELECT body FROM decisions WHERE made IN (
			SELECT made FROM decisions WHERE case_id = ?1 AND `+lasts+`
			UNION ALL SELECT made FROM decisions WHERE id IN (`+chosen+`) AND case_id = ?1 AND mode = 'live'
			UNION ALL SELECT * FROM (SELECT made FROM decisions WHERE case_id = ?1 AND `+passes+`
				AND NOT (mode = 'live' AND id IN (`+chosen+`)) ORDER BY made DESC LIMIT `+maxDecisions+`)
		) ORDER BY made`, string(c))
}

func listDecisions(ctx context.Context, s *session, c evenkeel.CaseID) ([]evenkeel.Decision, error) {
	return values[evenkeel.Decision](ctx, s, "SELECT body FROM decisions WHERE case_id = ? ORDER BY made", string(c))
}
