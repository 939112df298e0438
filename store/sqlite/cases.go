package sqlite

import (
	"context"
	"database/sql"
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (x *tx) keepCases(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Cases, "case", func(c *evenkeel.Case) string { return string(c.ID) }, func(c *evenkeel.Case, body string) error {
		return x.exchange(ctx, "it stays its tenant's, of its family and with its opening",
			"UPDATE OR FAIL cases SET state = ?5, outcome = ?6, cleared = nullif(?7, ''), body = ?8 WHERE id = ?1 AND tenant = ?2 AND family = ?3 AND opened = ?4",
			"INSERT OR FAIL INTO cases (id, tenant, family, opened, state, outcome, cleared, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, ''), ?8)",
			string(c.ID), string(c.Tenant), c.Family, int64(c.Opened), c.State.String(), c.Outcome.String(), c.Cleared.String(), body)
	})
}

// caseBy returns the first case of a query, or nil.
func caseBy(ctx context.Context, s *session, query string, args ...any) (*evenkeel.Case, error) {
	found, err := values[evenkeel.Case](ctx, s, query, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func caseOf(ctx context.Context, s *session, id evenkeel.CaseID) (*evenkeel.Case, error) {
	c, err := caseBy(ctx, s, "SELECT body FROM cases WHERE id = ?", string(id))
	if err == nil && c == nil {
		return nil, notFound("case", string(id))
	}
	return c, err
}

// Open returns the cases of a tenant that are not closed.
func (x *tx) Open(t evenkeel.TenantID) ([]evenkeel.CaseID, error) {
	out, err := x.caseIDs("SELECT id FROM cases WHERE tenant = ? AND state <> 'closed' ORDER BY id", string(t))
	return out, told("look which cases of tenant "+string(t)+" are open", err)
}

// caseIDs runs a query of ids of cases.
func (x *tx) caseIDs(query string, args ...any) (out []evenkeel.CaseID, err error) {
	err = x.each(context.Background(), func(r *sql.Rows) error {
		var id evenkeel.CaseID
		err := r.Scan((*string)(&id))
		out = append(out, id)
		return err
	}, query, args...)
	return out, err
}

func newestCase(ctx context.Context, s *session, t evenkeel.TenantID, family string) (*evenkeel.Case, error) {
	return caseBy(ctx, s, "SELECT body FROM cases WHERE tenant = ? AND family = ? ORDER BY opened DESC, id LIMIT 1", string(t), family)
}

// priorCases returns the tenant's other cases, newest first: the newest, and of those that
// protect it still as many of each kind. Where the newest are all there are, nothing else is asked.
func priorCases(ctx context.Context, s *session, t evenkeel.TenantID, family string, but evenkeel.CaseID) ([]evenkeel.Case, error) {
	newest, err := values[evenkeel.Case](ctx, s, "SELECT body FROM cases WHERE tenant = ?1 AND id <> ?2 ORDER BY opened DESC, id LIMIT "+maxPrior,
		string(t), string(but))
	if err != nil || len(newest) < docket.MaxPrior {
		return newest, err
	}
	const (
		of      = " UNION SELECT * FROM (SELECT id FROM cases WHERE tenant = ?1 AND id <> ?2 AND "
		cleared = "(cleared IS NOT NULL OR outcome IN ('policy_mismatch', 'false_positive'))"
		last    = " ORDER BY cleared DESC, opened DESC, id LIMIT "
	)
	return values[evenkeel.Case](ctx, s, `SELECT body FROM cases WHERE id IN (
			SELECT * FROM (SELECT id FROM cases WHERE tenant = ?1 AND id <> ?2 ORDER BY opened DESC, id LIMIT `+maxPrior+")"+
		of+"state <> 'closed' ORDER BY opened DESC, id LIMIT "+maxPrior+")"+
		of+cleared+last+maxPrior+")"+
		of+"family = ?3 AND "+cleared+last+maxPrior+`)
		) ORDER BY opened DESC, id`, string(t), string(but), family)
}

// How much a dossier holds, written into its queries: SQLite looks at a limit that is an argument
// when it plans, and so plans anew each time.
var maxPrior, maxDecisions, maxFlags = strconv.Itoa(docket.MaxPrior), strconv.Itoa(docket.MaxDecisions), strconv.Itoa(docket.MaxFlags)

// asked is the condition of a query on cases.
func asked(q docket.Query) (where string, args []any) {
	where = " WHERE true"
	if q.Tenant != "" {
		where, args = where+" AND tenant = ?", append(args, string(q.Tenant))
	}
	if q.Family != "" {
		where, args = where+" AND family = ?", append(args, q.Family)
	}
	if !q.Closed {
		where += " AND state <> 'closed'"
	}
	return where, args
}

// listCases returns the cases that are asked for, those opened last first.
func listCases(ctx context.Context, s *session, q docket.Query) ([]evenkeel.Case, error) {
	where, args := asked(q)
	return values[evenkeel.Case](ctx, s, "SELECT body FROM cases"+where+" ORDER BY opened DESC, id LIMIT ? OFFSET ?",
		append(args, limitOf(q.Max), max(q.Skip, 0))...)
}

// Dossier returns what is known about a tenant under a family of rules.
func (x *tx) Dossier(t evenkeel.TenantID, family string) (docket.Dossier, error) {
	ctx := context.Background()
	c, err := newestCase(ctx, x.session, t, family)
	d := docket.Dossier{Tenant: t, Family: family, Case: c}
	if err == nil {
		err = fillDossier(ctx, x.session, &d)
	}
	return d, told("read the dossier of tenant "+string(t)+" and family "+family, err)
}

// DossierOf is Dossier of a case's tenant and family with that case.
func (x *tx) DossierOf(id evenkeel.CaseID) (d docket.Dossier, err error) {
	ctx := context.Background()
	d.Case, err = caseOf(ctx, x.session, id)
	if err == nil {
		d.Tenant, d.Family = d.Case.Tenant, d.Case.Family
		err = fillDossier(ctx, x.session, &d)
	}
	return d, told("read the dossier of case "+string(id), err)
}

func fillDossier(ctx context.Context, s *session, d *docket.Dossier) (err error) {
	var id evenkeel.CaseID
	if d.Case != nil {
		id = d.Case.ID
		if d.Entries, err = countEntries(ctx, s, id); err != nil {
			return err
		}
		if d.Decisions, err = dossierDecisions(ctx, s, id); err != nil {
			return err
		}
		if d.Clocks, err = runningClocks(ctx, s, id); err != nil {
			return err
		}
		if d.Heard, err = heardAppeals(ctx, s, id); err != nil {
			return err
		}
		if d.Reviews, err = dossierReviews(ctx, s, id); err != nil {
			return err
		}
	}
	if d.Flags, err = dossierFlags(ctx, s, d.Tenant, d.Family); err != nil {
		return err
	}
	if d.Elsewhere, err = withheldFrom(ctx, s, d.Tenant, id); err != nil {
		return err
	}
	d.Prior, err = priorCases(ctx, s, d.Tenant, d.Family, id)
	return err
}
