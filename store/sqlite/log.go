package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// Log gives f the ledger, its keys, the values in use and what was sent, as of one moment,
// for ledger.Verify. Others go on writing meanwhile.
func (db *DB) Log(ctx context.Context, f func(ledger.Log) error) error {
	return db.read(ctx, "read the ledger", func(ctx context.Context, s *session) error {
		return f(ledger.Log{
			Lines: linesOf(ctx, s),
			Key: func(t evenkeel.TenantID) (ledger.Key, error) {
				k, made, err := keyOf(ctx, s, t)
				if err == nil && !made {
					err = notFound("key of tenant", string(t))
				}
				return k, err
			},
			Rows: rowsOf(ctx, s),
			Sent: sentOf(ctx, s),
		})
	})
}

// linesOf goes along the leaves. A second walk may begin before the first has ended, so each
// has a statement of its own.
func linesOf(ctx context.Context, s *session) iter.Seq2[ledger.Line, error] {
	return walk(ctx, s, `SELECT l.n, l.leaf, l.hashes, coalesce(c.tenant, ''), c.body FROM leaves l LEFT JOIN contents c ON c.n = l.n ORDER BY l.n`,
		func(r *sql.Rows) (line ledger.Line, err error) {
			var leaf string
			var hashes, content []byte
			if err := r.Scan(&line.N, &leaf, &hashes, (*string)(&line.Tenant), &content); err != nil {
				return line, err
			}
			line.Leaf, line.Content = []byte(leaf), content
			for len(hashes) >= tlog.HashSize {
				line.Hashes = append(line.Hashes, tlog.Hash(hashes[:tlog.HashSize]))
				hashes = hashes[tlog.HashSize:]
			}
			if len(hashes) > 0 {
				return line, &evenkeel.Error{Says: fmt.Sprintf("hashes of leaf %d: %d bytes too many", line.N, len(hashes)), Hint: hintCorrupt}
			}
			return line, nil
		})
}

// walk goes along the rows of a query.
func walk[T any](ctx context.Context, s *session, query string, read func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := s.conn.QueryContext(ctx, query)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if !yield(read(rows)) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}
