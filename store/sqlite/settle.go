package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Settle makes all that was kept so far survive the loss of power, where it was opened without
// Sync: what was written lately is brought to the disk, and where it is found. Whoever is about
// to forget what the books have taken in calls it first.
//
// It waits for the disk without holding up who writes: what is kept meanwhile may or may not
// be settled.
func (db *DB) Settle(ctx context.Context) error {
	doing := "settle books " + db.path
	for _, path := range []string{db.path, db.path + "-wal", filepath.Dir(db.path)} {
		if err := ctx.Err(); err != nil {
			return told(doing, err)
		}
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) && path != db.path { // nothing was written since it was emptied
			continue
		}
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return told(doing, err)
		}
	}
	return nil
}
