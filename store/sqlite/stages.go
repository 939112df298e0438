package sqlite

import (
	"context"
	"database/sql"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepStages keeps where versions of rules stand, and what they found in shadow.
func (x *tx) keepStages(ctx context.Context, c *docket.Changes) error {
	err := keepEach(c.Stages, "stage of rule", func(s *docket.Staged) string { return s.Rule }, func(s *docket.Staged, body string) error {
		if err := s.Check(); err != nil {
			return err
		}
		return x.exec(ctx, `INSERT OR FAIL INTO stages (rule, version, nth, stage, person, at, body)
			SELECT ?1, ?2, 1 + coalesce(max(nth), 0), ?3, nullif(?4, ''), ?5, ?6 FROM stages WHERE rule = ?1 AND version = ?2`,
			s.Rule, s.Version, s.Stage.String(), string(s.By), int64(s.At), body)
	})
	if err != nil {
		return err
	}
	for _, h := range c.Hits {
		if err := x.exec(ctx, "INSERT INTO shadow_hits (rule, version, finding, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", h.Rule, h.Version, string(h.Finding), int64(h.At)); err != nil {
			return told("keep what "+h.Rule+" found in shadow", err)
		}
	}
	return nil
}

const stagesNow = "SELECT body FROM stages s WHERE nth = (SELECT max(nth) FROM stages o WHERE o.rule = s.rule AND o.version = s.version)"

// Stages returns where each version of a rule stands.
func (x *tx) Stages(rule string) ([]docket.Staged, error) {
	out, err := values[docket.Staged](context.Background(), x.session, stagesNow+" AND rule = ? ORDER BY version", rule)
	return out, told("read the stages of rule "+rule, err)
}

// Kin names the rules of a family that have a stage.
func (x *tx) Kin(family string) (out []string, err error) {
	err = x.each(context.Background(), func(rows *sql.Rows) error {
		var rule string
		err := rows.Scan(&rule)
		out = append(out, rule)
		return err
	}, "SELECT DISTINCT rule FROM stages WHERE json_extract(body, '$.family') = ? ORDER BY rule", family)
	return out, told("read the rules of family "+family, err)
}

// Hits counts what a version found in shadow.
func (x *tx) Hits(r docket.RuleVersion, since evenkeel.Moment) (int64, error) {
	n, err := hits(context.Background(), x.session, r, since)
	return n, told("count what "+r.Rule+" found in shadow", err)
}

func hits(ctx context.Context, s *session, r docket.RuleVersion, since evenkeel.Moment) (n int64, err error) {
	_, err = s.one(ctx, []any{&n}, "SELECT count(*) FROM shadow_hits WHERE rule = ? AND version = ? AND at >= ?", r.Rule, r.Version, int64(since))
	return n, err
}

// Promoted returns where each version of each rule stands; of an older form nothing.
func (db *DB) Promoted(ctx context.Context) (out []docket.Promoted, err error) {
	err = db.read(ctx, "read where rules stand", func(ctx context.Context, s *session) error {
		f, err := formOf(ctx, s)
		if err != nil || f.version < stagedSince {
			return err
		}
		all, err := values[docket.Staged](ctx, s, stagesNow+" ORDER BY rule, version")
		if err != nil {
			return err
		}
		for _, at := range all {
			one := docket.Promoted{Staged: at}
			if one.Hits, err = hits(ctx, s, at.RuleVersion, at.Since); err != nil {
				return err
			}
			err = s.each(ctx, func(rows *sql.Rows) error {
				_, err := counted(rows, &one.Record)
				return err
			}, "SELECT rule, version, outcome, audited, n, human, measured FROM tallies WHERE rule = ? AND version = ? AND n > 0", at.Rule, at.Version)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}
