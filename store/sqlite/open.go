package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options say how the file is kept.
type Options struct {
	// Sync makes each transaction wait for the disk, so that it survives the loss of power.
	// Without it a transaction survives the end of the process in any way, and the last ones
	// may be lost with the power; the file stays whole.
	Sync bool
	// Rand is what keys for commitments are made of; nil: the system's randomness.
	Rand io.Reader
}

// DB is the books in one file. Any number of goroutines may use it.
type DB struct {
	path   string
	random io.Reader
	// Writing goes through one connection, one transaction after the other: who writes holds
	// the turn (capacity 1; who waits, waits for room in it). nil where only to be read.
	turn   chan struct{}
	writer *session
	// Readers take a session each and give it back; nil stands for one that is not opened
	// yet. Capacity readers; empty, who reads waits.
	idle   chan *session
	pools  []*sql.DB
	frozen bool // opened as a file that nobody writes
	sync   bool // each transaction waits for the disk
}

// readers is how many may read at the same time.
const readers = 4

// cached is how much of the file a reader remembers at most, 12 MB: what a page of the docket looks
// at lies all over it, and with the usual 2 MB is read from the file each time.
const cached = "cache_size(-12288)"

// writing is how much of it the one who writes remembers at most, 8 MB: what is written in one transaction
// stays in memory until its end, and the upper pages of what a hundred thousand cases fill from one to the next.
const writing = "cache_size(-8192)"

// busy is how long a statement waits for another process, in milliseconds.
const busy = "busy_timeout(5000)"

// Open opens the file for writing, making it where there is none, and brings an older form
// up to this program's. KindConflict where the form is one that this program may not write.
func Open(path string, o Options) (*DB, error) {
	doing := "open books " + path
	holdMemory()
	if err := private(path); err != nil {
		return nil, told(doing, err)
	}
	db := &DB{path: path, random: o.Rand, sync: o.Sync, turn: make(chan struct{}, 1), idle: make(chan *session, readers)}
	if db.random == nil {
		db.random = rand.Reader
	}
	synchronous := "synchronous(NORMAL)"
	if o.Sync {
		synchronous = "synchronous(FULL)"
	}
	err := db.openPools(
		url.Values{"_pragma": {
			busy, "journal_mode(WAL)", synchronous, "foreign_keys(1)", "secure_delete(1)", writing,
			"temp_store(MEMORY)", // else what a statement may have to take back goes through 64 KB each time
			// What was written lately is brought into the file every 48 MB, which waits for the
			// disk for some 100 ms: about one transaction in three hundred does.
			"wal_autocheckpoint(12000)", "journal_size_limit(67108864)",
		}},
		url.Values{"_pragma": {busy, "query_only(1)", cached}},
	)
	if err == nil {
		ctx := context.Background()
		if db.writer, err = openWhenFree(ctx, db.pools[0]); err == nil {
			if err = migrate(ctx, db.writer); err == nil {
				db.writer.form, err = formOf(ctx, db.writer)
			}
		}
	}
	if err != nil {
		return nil, errors.Join(told(doing, err), db.Close())
	}
	return db, nil
}

// openWhenFree is openSession for the one who writes. SQLite does not wait, whatever busy says,
// where two bring one file to the form with a log at the same time, or where one closes it as the
// last and another opens it.
func openWhenFree(ctx context.Context, pool *sql.DB) (*session, error) {
	const tries, pause = 50, 20 * time.Millisecond
	for try := 1; ; try++ {
		s, err := openSession(ctx, pool)
		fault, ok := errors.AsType[*sqlite.Error](err)
		if !ok || fault.Code()&0xff != sqlite3.SQLITE_BUSY || try == tries {
			return s, err
		}
		time.Sleep(pause)
	}
}

// private makes an empty file that is the owner's alone, or takes it from others.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	return err
}

// OpenReadOnly opens the file to be read, beside a process that writes or without one. It
// creates and alters nothing. KindNotFound where there is no file.
//
// SQLite keeps what was written lately in a second file and what readers share in a third.
// Where both are there, they are read as they are. Where neither is (a copy, a file that
// another program closed), the file is read as one that nobody writes; should somebody begin
// to, reading ends with KindUnavailable.
func OpenReadOnly(path string) (*DB, error) {
	holdMemory()
	doing := "open books " + path + " to read"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: doing + ": there is no such file", Hint: "name the data directory that evenkeel serve uses"}
	case err != nil:
		return nil, told(doing, err)
	case info.Size() == 0:
		return nil, evenkeel.Invalid("%s: the file is empty; expected books", doing)
	}
	db := &DB{path: path, idle: make(chan *session, readers), frozen: written(path) == 0}
	how := url.Values{"mode": {"ro"}, "_pragma": {busy, "query_only(1)", cached}}
	if db.frozen {
		how.Set("immutable", "1")
	} else {
		how.Set("readonly_shm", "1")
		if _, err := os.Stat(path + "-shm"); err != nil {
			return nil, &evenkeel.Error{
				Kind: evenkeel.KindUnavailable, Says: doing + ": it was not closed, and " + path + "-shm is missing",
				Hint: "start evenkeel serve on it once, or copy all three files", Err: err,
			}
		}
	}
	err = db.openPools(how)
	if err == nil {
		err = db.read(context.Background(), "check its form", mayRead)
	}
	if err != nil {
		return nil, errors.Join(told(doing, err), db.Close())
	}
	return db, nil
}

// written is how much of the books is not in the file itself yet, in bytes.
func written(path string) int64 {
	info, err := os.Stat(path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// openPools prepares pools of connections, the last one for readers.
func (db *DB) openPools(params ...url.Values) error {
	for _, p := range params {
		pool, err := db.pool(p)
		if err != nil {
			return err
		}
		db.pools = append(db.pools, pool)
	}
	for range readers {
		db.idle <- nil
	}
	return nil
}

func (db *DB) pool(params url.Values) (*sql.DB, error) {
	abs, err := filepath.Abs(db.path)
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: params.Encode()}).String())
}

// Close waits for whoever reads and writes, and closes the file.
func (db *DB) Close() error {
	var errs []error
	if db.pools != nil {
		for range readers {
			if s, ok := <-db.idle; ok && s != nil {
				errs = append(errs, s.close())
			}
		}
		close(db.idle)
	}
	if db.turn != nil {
		db.turn <- struct{}{}
		if s := db.writer; s != nil {
			// what was written lately goes into the file itself, so that a copy of it is whole
			errs = append(errs, s.exec(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)"), s.close())
		}
		db.writer = nil
		<-db.turn
	}
	for _, p := range db.pools {
		errs = append(errs, p.Close())
	}
	db.pools = nil
	return told("close books "+db.path, errors.Join(errs...))
}

// openSession takes a connection of its own out of a pool.
func openSession(ctx context.Context, pool *sql.DB) (*session, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// The file of what was written lately stays when the last connection closes: a reader
	// that may not create it finds it there.
	err = conn.Raw(func(c any) error {
		control, ok := c.(sqlite.FileControl)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T; expected one with file controls", c)
		}
		_, err := control.FileControlPersistWAL("main", 1)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}, hashes: map[int64]tlog.Hash{}}, nil
}
