package sqlite

import (
	"context"
	"database/sql"
)

// lately is how much is written lately before it is brought into the file itself, in pages of 4 KB:
// 16 MB, which readers look through, and which may be lost with the power without Options.Sync.
const lately = 4000

// bringIn brings what was written lately into the file itself, where it is much, on a connection
// of its own. SQLite would do it within a commit, for which that one and all that wait for their
// turn would wait for the disk: a commit in a hundred, for some 40 ms.
//
// The long part runs beside whoever writes. But what is written meanwhile is left, and only where
// nothing is left does SQLite begin to write from the front again: so the rest, which is little,
// is brought in while nobody writes. Where it fails, nothing is lost: it stays where it was
// written, and a later commit tries again.
func (db *DB) bringIn() {
	if db.kept++; db.kept%32 != 0 { // to ask costs 20 µs
		return
	}
	var busy, all, done int
	_, err := db.writer.one(context.Background(), []any{&busy, &all, &done}, "PRAGMA wal_checkpoint(NOOP)")
	if err != nil || all-done < lately || !db.bringing.CompareAndSwap(false, true) {
		return
	}
	db.behind.Go(func() {
		defer db.bringing.Store(false)
		if bring(db.pools[checkpoints]) != nil {
			return
		}
		db.turn <- struct{}{}
		defer func() { <-db.turn }()
		_ = bring(db.pools[checkpoints])
	})
}

func bring(pool *sql.DB) error {
	_, err := pool.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}
