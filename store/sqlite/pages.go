package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const hasPage = "SELECT 1 FROM pages WHERE id = ?"

// keepPages puts pages where they leave from, each once.
func (x *tx) keepPages(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Pages, "page", func(p *docket.Page) string { return string(p.ID) }, func(p *docket.Page, body string) error {
		if err := p.Check(); err != nil {
			return err
		}
		return x.exec(ctx, "INSERT OR FAIL INTO pages (id, case_id, level, body, created) VALUES (?, nullif(?, ''), ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(p.ID), string(p.Case), p.Level, body, int64(p.At))
	})
}

// keepTried keeps what became of pages on channels.
func (x *tx) keepTried(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Tried, "a try of page", func(t *docket.Tried) string { return string(t.Page) }, func(t *docket.Tried, body string) error {
		if err := t.Check(); err != nil {
			return err
		}
		n, err := x.change(ctx, "INSERT OR FAIL INTO page_tries (page, body) SELECT id, ?1 FROM pages WHERE id = ?2", body, string(t.Page))
		return nobodyKeeps(n, err)
	})
}

// tried adds to pages what became of each on channels.
func tried(ctx context.Context, s *session, all []docket.Calling) (err error) {
	for i := 0; i < len(all) && err == nil; i++ {
		all[i].Tried, err = values[docket.Tried](ctx, s, "SELECT body FROM page_tries WHERE page = ? ORDER BY n", string(all[i].Page.ID))
	}
	return err
}

// calling reads a page and what became of it.
func calling(r *sql.Rows, more ...any) (c docket.Calling, err error) {
	var body sql.RawBytes
	dest := []any{&body, &c.Attempts, (*int64)(&c.Next), (*int64)(&c.Over), &c.Failed, &c.Why}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return c, err
	}
	return c, unkept(json.Unmarshal(body, &c.Page))
}

const ofPage = "p.body, p.attempts, p.next_at, p.over_at, p.failed, p.last_error"

// listPages are those of a case, in the order of their writing; none in a form that has none.
func listPages(ctx context.Context, s *session, c evenkeel.CaseID) (out []docket.Calling, err error) {
	f, err := formOf(ctx, s)
	if err != nil || f.version < pagesSince {
		return nil, err
	}
	err = s.each(ctx, func(r *sql.Rows) error {
		one, err := calling(r)
		out = append(out, one)
		return err
	}, "SELECT "+ofPage+" FROM pages p WHERE p.case_id = ? ORDER BY p.n", string(c))
	if err != nil || f.version < triedSince {
		return out, err
	}
	return out, tried(ctx, s, out)
}

// Page returns a page, its case and what became of it.
func (x *tx) Page(id docket.PageID) (p docket.SentPage, err error) {
	err = x.sent(&p.Case, &p.Entries, notFound("page", string(id)), func(ctx context.Context) (evenkeel.CaseID, bool, error) {
		found := false
		err := x.each(ctx, func(r *sql.Rows) (err error) {
			found = true
			p.Calling, err = calling(r)
			return err
		}, "SELECT "+ofPage+" FROM pages p WHERE p.id = ?", string(id))
		return p.Page.Case, found, err
	})
	if err == nil {
		one := []docket.Calling{p.Calling}
		err = tried(context.Background(), x.session, one)
		p.Calling = one[0]
	}
	return p, told("read page "+string(id), err)
}

// Paging returns the pages of a case that are not over.
func (x *tx) Paging(c evenkeel.CaseID) (out []docket.PageID, err error) {
	err = x.each(context.Background(), func(r *sql.Rows) error {
		var id docket.PageID
		err := r.Scan((*string)(&id))
		out = append(out, id)
		return err
	}, "SELECT id FROM pages WHERE case_id = ? AND over_at = 0 ORDER BY n", string(c))
	return out, told("read which pages of case "+string(c)+" wait", err)
}

const pendingPages = "SELECT " + ofPage + ` FROM pages p WHERE p.n IN (
		SELECT n FROM pages WHERE over_at = 0 AND next_at <= ?1 ORDER BY next_at, n LIMIT ?2
	) ORDER BY p.n`

// PendingPages returns pages that are due.
func (db *DB) PendingPages(ctx context.Context, now evenkeel.Moment, most int) (out []docket.Calling, err error) {
	err = db.read(ctx, "look which pages wait", func(ctx context.Context, s *session) error {
		err := s.each(ctx, func(r *sql.Rows) error {
			one, err := calling(r)
			out = append(out, one)
			return err
		}, pendingPages, int64(now), maxOf(most))
		if err != nil {
			return err
		}
		return tried(ctx, s, out)
	})
	return out, err
}

// WaitingPages returns how many pages are not over.
func (db *DB) WaitingPages(ctx context.Context) (n int, err error) {
	err = db.read(ctx, "count pages that wait", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&n}, "SELECT count(*) FROM pages WHERE over_at = 0")
		return err
	})
	return n, err
}

// Unreached returns of how many open cases a page has reached nobody: it waits after an attempt that came to nothing, or was
// given up, and nobody has looked or acted since.
func (db *DB) Unreached(ctx context.Context) (n int, err error) {
	err = db.read(ctx, "count cases whose pages reached nobody", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&n}, `SELECT count(*) FROM (
			SELECT p.case_id FROM pages p WHERE p.over_at = 0 AND p.attempts > 0 AND p.case_id IS NOT NULL
			UNION SELECT c.id FROM cases c JOIN pages p ON p.case_id = c.id AND p.failed = 1
				JOIN entries u ON u.case_id = c.id AND u.kind = 'clock' AND u.state = 'uncalled' AND u.ref = p.id
				WHERE c.state <> 'closed' AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.case_id = c.id AND e.seq > u.seq AND e.kind IN ('looked', 'acted')))`)
		return err
	})
	return n, err
}

// RecentPages returns the pages that were written last, the newest first; of a form that has none,
// none.
func (db *DB) RecentPages(ctx context.Context, most int) (out []docket.Calling, err error) {
	err = db.read(ctx, "look which pages were written", func(ctx context.Context, s *session) error {
		f, err := formOf(ctx, s)
		if err != nil || f.version < pagesSince {
			return err
		}
		err = s.each(ctx, func(r *sql.Rows) error {
			one, err := calling(r)
			out = append(out, one)
			return err
		}, "SELECT "+ofPage+" FROM pages p ORDER BY p.n DESC LIMIT ?", maxOf(most))
		if err != nil || f.version < triedSince {
			return err
		}
		return tried(ctx, s, out)
	})
	return out, err
}

// RetryPage says that an attempt came to nothing, why, and when the next is due.
func (db *DB) RetryPage(ctx context.Context, id docket.PageID, at evenkeel.Moment, why string) error {
	return db.retry(ctx, "put off page "+string(id), notFound("page", string(id)), hasPage, nil,
		"UPDATE OR FAIL pages SET attempts = attempts + 1, next_at = ?, last_error = ? WHERE id = ? AND over_at = 0", int64(at), why, string(id))
}
