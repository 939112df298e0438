package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// reviewedSince is the form since which there are reviews.
const reviewedSince = 7

// keepReviews keeps reviews, their verdicts, and what two of these support together. It goes
// before the entries of the same transaction: whose verdict comes has acted only by it.
func (x *tx) keepReviews(ctx context.Context, c *docket.Changes) error {
	err := keepEach(c.Reviews, "review", func(r *docket.Review) string { return string(r.ID) }, func(r *docket.Review, body string) error {
		if err := r.Check(); err != nil {
			return err
		}
		err := x.exchange(ctx, "it stays with its case and with who opened it, and once it is over as it is",
			`UPDATE OR FAIL reviews SET state = ?6, over = ?7, denies = ?8, second = nullif(?10, ''), third = nullif(?11, ''), body = ?12
				WHERE id = ?1 AND case_id = ?2 AND tenant = ?3 AND about = ?4 AND opened = ?5 AND first = ?9 AND (over = 0 OR body = ?12)`,
			`INSERT OR FAIL INTO reviews (id, case_id, tenant, about, opened, state, over, denies, first, second, third, body)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, ''), nullif(?11, ''), ?12)`,
			string(r.ID), string(r.Case), string(r.Tenant), r.About.String(), int64(r.Opened), r.State.String(), r.State.Over(), r.Denies(),
			string(r.By), string(personOf(r, 1)), string(personOf(r, 2)), body)
		if err == nil {
			err = x.keepVerdicts(ctx, r)
		}
		return err
	})
	for i := 0; err == nil && i < len(c.Reviews); i++ {
		err = told("keep what two persons support", x.keepAgreement(ctx, &c.Reviews[i]))
	}
	return err
}

// personOf is who gave a verdict, "" where nobody did.
func personOf(r *docket.Review, nth int) evenkeel.PersonID {
	if nth < len(r.Verdicts) {
		return r.Verdicts[nth].Person
	}
	return ""
}

// keepVerdicts adds the verdicts that are new. One that is kept stays as it is.
func (x *tx) keepVerdicts(ctx context.Context, r *docket.Review) error {
	var kept int
	if _, err := x.one(ctx, []any{&kept}, "SELECT coalesce(max(nth), 0) FROM verdicts WHERE review = ?", string(r.ID)); err != nil {
		return err
	}
	if kept > len(r.Verdicts) {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "a verdict that is kept is missing"}
	}
	for n := range r.Verdicts {
		v := &r.Verdicts[n]
		row := []any{string(r.ID), string(v.Person), n + 1, int64(v.At), int(v.Measure), v.Grant}
		if n >= kept {
			if err := x.exec(ctx, "INSERT OR FAIL INTO verdicts (review, person, nth, at, rank, grants) VALUES (?, ?, ?, ?, ?, ?)", row...); err != nil {
				return err
			}
			continue
		}
		var one int
		found, err := x.one(ctx, []any{&one}, "SELECT 1 FROM verdicts WHERE review = ? AND person = ? AND nth = ? AND at = ? AND rank = ? AND grants = ?", row...)
		if err != nil {
			return err
		}
		if !found {
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "a verdict that is kept was changed"}
		}
	}
	return nil
}

// keepAgreement keeps what two verdicts support together.
func (x *tx) keepAgreement(ctx context.Context, r *docket.Review) error {
	m, first, second, ok := r.Agreement()
	if !ok {
		return nil
	}
	return x.exec(ctx, `INSERT OR FAIL INTO agreements (id, review, measure, first, second) SELECT ?1, ?2, ?3, ?4, ?5
		WHERE NOT EXISTS (SELECT 1 FROM agreements WHERE id = ?1)`,
		string(r.ID)+" "+m.String(), string(r.ID), m.String(), string(first), string(second))
}

// agreementOf finds what a decision of two persons rests on; nil where it is nothing.
func (x *tx) agreementOf(ctx context.Context, d *evenkeel.Decision) (id any, err error) {
	if !d.Measure.Enforced() || d.Actor.Second == "" {
		return nil, nil
	}
	var found string
	ok, err := x.one(ctx, []any{&found}, `SELECT a.id FROM reviews r CROSS JOIN agreements a ON a.review = r.id
		WHERE r.case_id = ? AND (a.measure = ? OR a.measure = 'deny') AND a.first = ? AND a.second = ? LIMIT 1`,
		string(d.Case), d.Measure.String(), string(d.Actor.Person), string(d.Actor.Second))
	if !ok || err != nil {
		return nil, err
	}
	return found, nil
}

func (x *tx) keepInterests(ctx context.Context, c *docket.Changes) error {
	for _, i := range c.Interests {
		err := x.exec(ctx, "INSERT OR IGNORE INTO interests (person, kind, key, since) VALUES (?, ?, ?, ?)", string(i.Person), i.Kind.String(), i.Key, int64(i.Since))
		if i.Person == "" || i.Key == "" || i.Kind.String() == "invalid" { // which OR IGNORE passes over
			err = evenkeel.Invalid("interest of person %q in %s %q; expected all three", i.Person, i.Kind, i.Key)
		}
		if err != nil {
			return told("keep an interest of "+string(i.Person), err)
		}
	}
	return nil
}

// Interested returns the persons who have an interest, by id.
func (x *tx) Interested(t evenkeel.TenantID, c evenkeel.CaseID, rules []string) (out []evenkeel.PersonID, err error) {
	ask := func(kind docket.InterestKind, key string) {
		if err != nil {
			return
		}
		err = x.each(context.Background(), func(r *sql.Rows) error {
			var p string
			err := r.Scan(&p)
			out = append(out, evenkeel.PersonID(p))
			return err
		}, "SELECT person FROM interests WHERE kind = ? AND key = ?", kind.String(), key)
	}
	ask(docket.InterestTenant, string(t))
	ask(docket.InterestCase, string(c))
	for _, rule := range rules {
		ask(docket.InterestRule, rule)
	}
	slices.Sort(out)
	return slices.Compact(out), told("read who has an interest", err)
}

// Denials returns the reviews in which a verdict supports a denial, opened last first.
func (x *tx) Denials(most int) ([]docket.Review, error) {
	out, err := values[docket.Review](context.Background(), x.session, "SELECT body FROM reviews WHERE denies = 1 ORDER BY opened DESC, id LIMIT ?", maxOf(most))
	return out, told("read earlier denials", err)
}

// Upheld returns the entries of acts that left what was appealed as it was, the newest first.
func (x *tx) Upheld(most int) (out []evenkeel.Entry, err error) {
	var keys []string
	from, before := docket.UpheldKeys()
	err = x.each(context.Background(), func(r *sql.Rows) error {
		var key string
		err := r.Scan(&key)
		keys = append(keys, key)
		return err
	}, "SELECT key FROM taken WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?", from, before, maxOf(most))
	for _, key := range keys {
		c, seq, ok := docket.ParseUpheldKey(key)
		if !ok || err != nil {
			continue
		}
		var of []evenkeel.Entry
		of, err = values[evenkeel.Entry](context.Background(), x.session, "SELECT body FROM entries WHERE case_id = ? AND seq = ?", string(c), seq)
		out = append(out, of...)
	}
	return out, told("read what was answered to earlier appeals", err)
}

// Said returns the entries of what the tenant said in a case, the newest first.
func (x *tx) Said(c evenkeel.CaseID, most int) ([]evenkeel.Entry, error) {
	out, err := values[evenkeel.Entry](context.Background(), x.session,
		"SELECT body FROM entries WHERE case_id = ? AND kind = 'said' ORDER BY seq DESC LIMIT ?", string(c), maxOf(most))
	return out, told("read what the tenant said", err)
}

const allReviews = "SELECT body FROM reviews WHERE case_id = ? ORDER BY opened, id"

// dossierReviews are those that are not over, those about lawful orders, and the newest.
func dossierReviews(ctx context.Context, s *session, c evenkeel.CaseID) ([]docket.Review, error) {
	all, err := values[docket.Review](ctx, s, allReviews, string(c))
	var out []docket.Review
	for i := range all {
		if !all[i].State.Over() || all[i].About == docket.AboutHold || i >= len(all)-docket.MaxReviews {
			out = append(out, all[i])
		}
	}
	return out, err
}

// listReviews are all of a case; none in a file of an older form, which is only read.
func listReviews(ctx context.Context, s *session, c evenkeel.CaseID) ([]docket.Review, error) {
	f, err := formOf(ctx, s)
	if err != nil || f.version < reviewedSince {
		return nil, err
	}
	return values[docket.Review](ctx, s, allReviews, string(c))
}

// Reviewers returns the persons who may decide and can sign in, by id, and since when both is so; until anybody has enrolled
// the operator, who is the one person there is.
func (s *Staff) Reviewers(ctx context.Context) (out []docket.Reviewer, err error) {
	err = s.db.read(ctx, "read who may decide", func(ctx context.Context, session *session) error {
		return session.each(ctx, func(r *sql.Rows) error {
			var p docket.Reviewer
			err := r.Scan((*string)(&p.Person), (*int64)(&p.Enrolled))
			out = append(out, p)
			return err
		}, `SELECT p.id, max(p.since, min(a.made)) FROM (SELECT person AS id, since FROM appointed) p
			JOIN accounts a ON a.person = p.id AND (a.state = 'active' OR p.id = ? AND NOT EXISTS (SELECT 1 FROM accounts WHERE state = 'active'))
			GROUP BY p.id, p.since ORDER BY p.id`, string(roll.Operator))
	})
	return out, err
}
