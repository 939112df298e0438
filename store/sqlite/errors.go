package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"github.com/evenkeel/evenkeel"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What an operator does next.
const (
	hintFull    = "make room on the file system of the data directory; what was not kept comes again by itself"
	hintBusy    = "see that only one evenkeel serve, and no other program, has the file open for writing"
	hintDisk    = "look at the file system of the data directory and at the kernel's log"
	hintAllowed = "see that the data directory exists, and that it and the file belong to the user who runs evenkeel"
	hintCorrupt = "stop evenkeel, keep a copy of all three files, run: sqlite3 FILE 'PRAGMA integrity_check', and restore the newest good copy"
)

// told says what was being done when SQLite failed, of what kind that is and what helps.
func told(doing string, err error) error {
	if err == nil {
		return nil
	}
	e := &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: doing, Err: err}
	fault, ok := errors.AsType[*sqlite.Error](err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.Kind = evenkeel.KindUnavailable
	case errors.Is(err, sql.ErrConnDone):
		e.Kind, e.Hint = evenkeel.KindUnavailable, "the books are closed; open them again"
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Hint = evenkeel.KindNotFound, hintAllowed
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Hint = evenkeel.KindDenied, hintAllowed
	case ok:
		e.Kind, e.Hint = kindOf(fault.Code())
	}
	return e
}

// kindOf sorts SQLite's codes.
func kindOf(code int) (evenkeel.Kind, string) {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID, sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return evenkeel.KindConflict, ""
	}
	switch code & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return evenkeel.KindInvalid, ""
	case sqlite3.SQLITE_FULL:
		return evenkeel.KindUnavailable, hintFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return evenkeel.KindUnavailable, hintBusy
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM:
		return evenkeel.KindUnavailable, hintDisk
	case sqlite3.SQLITE_INTERRUPT:
		return evenkeel.KindUnavailable, ""
	case sqlite3.SQLITE_CANTOPEN:
		return evenkeel.KindUnavailable, hintAllowed
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return evenkeel.KindDenied, hintAllowed
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return evenkeel.KindInternal, hintCorrupt
	}
	return evenkeel.KindInternal, ""
}

func notFound(what, id string) error {
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: what + " " + id + ": not found"}
}
