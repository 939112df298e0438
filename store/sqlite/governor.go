package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Governor returns what holds machines back, as far as it is asked for.
func (x *tx) Governor(a docket.Asked) (g docket.Governor, err error) {
	ctx := context.Background()
	const pulled = "SELECT body FROM switches WHERE second_by IS NULL ORDER BY kind, key"
	if g.Switches, err = values[docket.Switch](ctx, x.session, pulled); err != nil {
		return g, told("read the switches", err)
	}
	breakers, err := values[docket.Breaker](ctx, x.session, "SELECT body FROM breakers WHERE rule = ?", a.Rule)
	if err != nil {
		return g, told("read the breaker of rule "+a.Rule, err)
	}
	if len(breakers) > 0 {
		g.Breaker = breakers[0]
	}
	err = eachNamed(ctx, x.session, "SELECT key, full_at FROM budgets WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key", a.Budgets, func(key string, at int64) {
		g.Budgets = append(g.Budgets, docket.Budget{Key: key, Full: evenkeel.Moment(at)})
	})
	if err == nil {
		err = eachNamed(ctx, x.session, "SELECT of_what, at FROM debuts WHERE of_what IN (SELECT value FROM json_each(?)) ORDER BY of_what", a.Debuts, func(of string, at int64) {
			g.Debuts = append(g.Debuts, docket.Debut{Of: of, At: evenkeel.Moment(at)})
		})
	}
	if err != nil {
		return g, told("read the budgets", err)
	}
	const open = `SELECT body FROM feeds WHERE open = 1 AND (source = nullif(?1, '') OR EXISTS (SELECT 1 FROM json_each(body, '$.rules') WHERE value = ?2)) ORDER BY id`
	g.Feeds, err = values[docket.Feed](ctx, x.session, open, a.Source, a.Rule)
	return g, told("read what sources send", err)
}

// eachNamed calls f for each row of a name and a number that a list asks for.
func eachNamed(ctx context.Context, s *session, query string, names []string, f func(name string, n int64)) error {
	list, err := json.Marshal(append([]string{}, names...))
	if err != nil {
		return err
	}
	return s.each(ctx, func(r *sql.Rows) error {
		var name string
		var n int64
		err := r.Scan(&name, &n)
		f(name, n)
		return err
	}, query, string(list))
}

func (x *tx) keepGovernor(ctx context.Context, c *docket.Changes) error {
	err := keepEach(c.Switches, "switch", func(s *docket.Switch) string { return s.Scope.String() }, func(s *docket.Switch, body string) error {
		if err := s.Whole(); err != nil {
			return err
		}
		return x.exchange(ctx, "it is pulled already, or was released",
			"UPDATE OR FAIL switches SET first_by = nullif(?6, ''), second_by = nullif(?7, ''), body = ?8, drawn = nullif(?9, 0) WHERE id = ?1 AND kind = ?2 AND key = ?3 AND pulled = ?4 AND pulled_by = ?5",
			"INSERT OR FAIL INTO switches (id, kind, key, pulled, pulled_by, first_by, second_by, body, drawn) VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, ''), nullif(?7, ''), ?8, nullif(?9, 0))",
			s.ID(), s.Kind.String(), s.Key, int64(s.Pulled), string(s.By), byOf(s.First), byOf(s.Second), body, int64(s.Drawn()))
	})
	if err != nil {
		return err
	}
	for _, b := range c.Budgets {
		if err := x.exec(ctx, "INSERT OR REPLACE INTO budgets (key, full_at) VALUES (?, ?)", b.Key, int64(b.Full)); err != nil {
			return told("keep budget "+b.Key, err)
		}
	}
	for _, d := range c.Debuts {
		if err := x.exec(ctx, "INSERT INTO debuts (of_what, at) VALUES (?, ?) ON CONFLICT (of_what) DO NOTHING", d.Of, int64(d.At)); err != nil {
			return told("keep when "+d.Of+" was new", err)
		}
	}
	err = keepEach(c.Feeds, "feed", (*docket.Feed).ID, func(f *docket.Feed, body string) error {
		if err := f.Check(); err != nil {
			return err
		}
		return x.exchange(ctx, "it was accepted, or is over",
			"UPDATE OR FAIL feeds SET open = ?3, body = ?4 WHERE id = ?1 AND source = ?2",
			"INSERT OR FAIL INTO feeds (id, source, open, body) VALUES (?1, ?2, ?3, ?4)",
			f.ID(), f.Source, f.Open(), body)
	})
	if err != nil {
		return err
	}
	return keepEach(c.Breakers, "breaker of rule", func(b *docket.Breaker) string { return b.Rule }, func(b *docket.Breaker, body string) error {
		return x.exec(ctx, "INSERT OR REPLACE INTO breakers (rule, tripped, body) VALUES (?, ?, ?)", b.Rule, int64(b.Tripped), body)
	})
}

func byOf(w *docket.Word) string {
	if w == nil {
		return ""
	}
	return string(w.By)
}

// keepGoverned keeps which automatic decisions stand, and by which rules.
func (x *tx) keepGoverned(ctx context.Context, c *docket.Changes) error {
	for i := range c.Decisions {
		d := &c.Decisions[i]
		var known int
		found, err := x.one(ctx, []any{&known}, "SELECT 1 FROM governed WHERE decision = ? LIMIT 1", string(d.ID))
		if err == nil && found {
			err = x.exec(ctx, "DELETE FROM governed WHERE decision = ?", string(d.ID))
		}
		if err != nil {
			return told("keep what stands", err)
		}
		if !docket.Governed(d) {
			continue
		}
		for _, b := range d.Grounds.Basis {
			if err := x.exec(ctx, "INSERT OR IGNORE INTO governed (rule, decision, tenant) VALUES (?, ?, ?)", b.Rule, string(d.ID), string(d.Tenant)); err != nil {
				return told("keep what stands", err)
			}
		}
	}
	return nil
}

// Stands finds what machines let stand.
func (db *DB) Stands(ctx context.Context, q docket.Standing) (out []evenkeel.Decision, err error) {
	err = db.read(ctx, "look what stands by machines", func(ctx context.Context, s *session) (err error) {
		query, args := "SELECT body FROM decisions WHERE id IN (SELECT decision FROM governed", []any{}
		switch {
		case q.Rule != "" && q.Tenant != "":
			query, args = query+" WHERE rule = ? AND tenant = ?", []any{q.Rule, string(q.Tenant)}
		case q.Rule != "":
			query, args = query+" WHERE rule = ?", []any{q.Rule}
		case q.Tenant != "":
			query, args = query+" WHERE tenant = ?", []any{string(q.Tenant)}
		}
		out, err = values[evenkeel.Decision](ctx, s, query+") ORDER BY id", args...)
		return err
	})
	return out, err
}

// Drawn says whether somebody is waited for, about the release of a switch, who was drawn by then.
func (db *DB) Drawn(ctx context.Context, until evenkeel.Moment) (late bool, err error) {
	err = db.read(ctx, "look who is late about a switch", func(ctx context.Context, s *session) error {
		_, err := s.one(ctx, []any{&late}, "SELECT EXISTS (SELECT 1 FROM switches WHERE drawn <= ?)", int64(until))
		return err
	})
	return late, err
}

// Board returns every switch, the one that was pulled last first, every breaker by its rule and
// every budget by its key; of an older form, which is only read, none.
func (db *DB) Board(ctx context.Context) (b docket.Board, err error) {
	err = db.read(ctx, "read the switches", func(ctx context.Context, s *session) error {
		var has bool
		if _, err := s.one(ctx, []any{&has}, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'switches')"); err != nil || !has {
			return err
		}
		if b.Switches, err = values[docket.Switch](ctx, s, "SELECT body FROM switches ORDER BY pulled DESC, id"); err != nil {
			return err
		}
		if b.Breakers, err = values[docket.Breaker](ctx, s, "SELECT body FROM breakers ORDER BY rule"); err != nil {
			return err
		}
		if _, err := s.one(ctx, []any{&has}, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'feeds')"); err != nil {
			return err
		}
		if has {
			if b.Feeds, err = values[docket.Feed](ctx, s, "SELECT body FROM feeds WHERE open = 1 ORDER BY id"); err != nil {
				return err
			}
		}
		return s.each(ctx, func(r *sql.Rows) error {
			var one docket.Budget
			var full int64
			err := r.Scan(&one.Key, &full)
			one.Full = evenkeel.Moment(full)
			b.Budgets = append(b.Budgets, one)
			return err
		}, "SELECT key, full_at FROM budgets ORDER BY key")
	})
	return b, err
}
