package sqlite

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Unbilled returns credits that were granted and that billing has not taken, the oldest first.
func (db *DB) Unbilled(ctx context.Context, most int) (all []docket.Credit, err error) {
	err = db.read(ctx, "read what billing has not taken", func(ctx context.Context, s *session) error {
		all, err = values[docket.Credit](ctx, s,
			"SELECT body FROM credits WHERE state = 'granted' AND id NOT IN (SELECT credit FROM billed) ORDER BY closed, id LIMIT ?", most)
		return err
	})
	return all, told("read what billing has not taken", err)
}

// Billed notes that billing has taken a credit; a second time changes nothing.
func (db *DB) Billed(ctx context.Context, id docket.CreditID, at evenkeel.Moment) error {
	return db.write(ctx, "note what billing has taken", func(s *session) error {
		return told("note what billing has taken", s.exec(ctx, "INSERT OR IGNORE INTO billed (credit, at) VALUES (?, ?)", string(id), int64(at)))
	})
}
