package sqlite

import (
	"context"
	"errors"
)

// Settle makes all that was kept so far survive the loss of power, where it was opened without
// Sync: a transaction that changes nothing waits for the disk, and takes what was kept before it
// along. Whoever is about to forget what the books have taken in calls it first.
//
// The file is not opened for it besides SQLite: to close a file takes away all locks that the
// process has on it. Another program that reads the books would then take itself for the only
// one, and remove what was written lately when it goes.
func (db *DB) Settle(ctx context.Context) error {
	doing := "settle books " + db.path
	return db.alone(ctx, doing, func(s *session) (err error) {
		if !db.sync {
			if err := s.waits("FULL"); err != nil {
				return told(doing, err)
			}
			defer func() { err = errors.Join(err, told(doing, s.waits("NORMAL"))) }()
		}
		return s.transaction(ctx, doing, func() error {
			// what it is already: a row that stays as it is would not be written, this is
			return told(doing, s.exec(context.Background(), "PRAGMA user_version = 0"))
		})
	})
}

// waits says how what the session keeps waits for the disk. It is not prepared: SQLite does it
// where it reads the statement, not where it runs it.
func (s *session) waits(how string) error {
	_, err := s.conn.ExecContext(context.Background(), "PRAGMA synchronous = "+how)
	return err
}
