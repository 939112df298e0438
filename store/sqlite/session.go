package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// session is one connection with the statements that it has prepared. One at a time uses it.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	// Of the one that writes: the form that it brought the file to, and hashes of the ledger that it
	// read or kept, by tlog's index. They never change, but for those of a transaction that is given up.
	form   form
	hashes map[int64]tlog.Hash
}

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	keepMemory()
	if p := s.stmts[query]; p != nil {
		return p, nil
	}
	p, err := s.conn.PrepareContext(ctx, query)
	if err == nil {
		s.stmts[query] = p
	}
	return p, err
}

// exec runs a statement for what it does.
func (s *session) exec(ctx context.Context, query string, args ...any) error {
	_, err := s.change(ctx, query, args...)
	return err
}

// change runs a statement and returns how many rows it changed.
func (s *session) change(ctx context.Context, query string, args ...any) (int64, error) {
	p, err := s.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	done, err := p.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// exchange puts a row in the place of the one with its id, or adds it. Both statements take
// the same arguments. Where the one with its id may not be changed like that, update passes
// it over and insert meets it: then stays says what the rule is.
//
// They are two, and like all that write often they say OR FAIL: a transaction is kept whole
// or not at all, so a statement need not be able to take itself back, for which SQLite would
// keep the pages that it changes a second time. For the same reason no trigger is on updates
// of what changes often: SQLite would gather the rows in a table of its own first.
func (s *session) exchange(ctx context.Context, stays, update, insert string, args ...any) error {
	n, err := s.change(ctx, update, args...)
	if err != nil || n > 0 {
		return err
	}
	err = s.exec(ctx, insert, args...)
	if e := told(stays, err); evenkeel.KindOf(e) == evenkeel.KindConflict {
		return e
	}
	return err
}

// errEnough is what a function of a row returns that wants no more of them.
var errEnough = errors.New("enough")

// each runs a query and calls f for each row.
func (s *session) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	p, err := s.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := p.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); errors.Is(err, errEnough) {
			return rows.Close()
		} else if err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// one runs a query of one row into dest, and says whether there was one.
func (s *session) one(ctx context.Context, dest []any, query string, args ...any) (found bool, err error) {
	err = s.each(ctx, func(r *sql.Rows) error {
		found = true
		return r.Scan(dest...)
	}, query, args...)
	return found, err
}

func (s *session) close() error {
	var errs []error
	for _, p := range s.stmts {
		errs = append(errs, p.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

// begin begins a transaction; end ends it, keeping it or not. Where SQLite has given it up
// already, as on a full disk, there is nothing to end.
func (s *session) begin(ctx context.Context, how string) error { return s.exec(ctx, "BEGIN "+how) }

func (s *session) giveUp() {
	clear(s.hashes)
	_ = s.exec(context.Background(), "ROLLBACK")
}

// values runs a query of the column body and reads the values.
func values[T any](ctx context.Context, s *session, query string, args ...any) (out []T, err error) {
	err = s.each(ctx, func(r *sql.Rows) error {
		var body sql.RawBytes
		if err := r.Scan(&body); err != nil {
			return err
		}
		var v T
		if err := json.Unmarshal(body, &v); err != nil {
			return &evenkeel.Error{Says: fmt.Sprintf("read a value of type %T", v), Hint: hintCorrupt, Err: err}
		}
		out = append(out, v)
		return nil
	}, query, args...)
	return out, err
}

// body is a value as it is kept: its JSON, which the ledger commits to. KindInvalid where it
// could not be read again.
func body[T any](v *T) (string, error) {
	b, err := json.Marshal(v)
	if err == nil && bytes.Contains(b, []byte(`"invalid"`)) { // maybe a word that does not exist
		err = json.Unmarshal(b, new(T))
	}
	if err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "it could not be read again", Err: err}
	}
	return string(b), nil
}
