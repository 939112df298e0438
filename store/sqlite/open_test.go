package sqlite

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func TestTheFileIsTheOwnersAlone(t *testing.T) {
	path := fileOf(t)
	if err := os.WriteFile(path, nil, 0o644); err != nil { // somebody made it with too much room for others
		t.Fatal(err)
	}
	db := openAt(t, path, Options{})
	put(t, db, 0)
	for _, f := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(path + f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v (%v); expected 0600", filepath.Base(path+f), info.Mode(), err)
		}
	}
}

func TestWhatIsKeptIsThereTheNextTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a name with ? and # and 100%.db")
	for n := range 3 {
		db, err := Open(path, Options{Sync: n == 1})
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, db, n)
		put(t, db, n)
		checkWhole(t, db, n+1)
		closed(t, db)
		if written(path) != 0 {
			t.Errorf("%d bytes are left beside the file after it was closed; expected that a copy of it is whole", written(path))
		}
	}
	files, _ := os.ReadDir(filepath.Dir(path))
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), filepath.Base(path)) {
			t.Errorf("it made a file %s", f.Name())
		}
	}
}

func TestSyncWaitsForTheDisk(t *testing.T) {
	for _, c := range []struct {
		options Options
		want    int
	}{{Options{}, 1}, {Options{Sync: true}, 2}} {
		db := openAt(t, fileOf(t), c.options)
		var synchronous int
		var journal string
		_, err := db.writer.one(t.Context(), []any{&synchronous}, "PRAGMA synchronous")
		if err != nil || synchronous != c.want {
			t.Errorf("%+v: synchronous is %d (%v); expected %d", c.options, synchronous, err, c.want)
		}
		if _, err := db.writer.one(t.Context(), []any{&journal}, "PRAGMA journal_mode"); err != nil || journal != "wal" {
			t.Errorf("%+v: the journal is %s (%v); expected wal", c.options, journal, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := filepath.Join(dir, "foreign.db")
	db, err := Open(foreign, Options{})
	if err == nil {
		_, err = db.writer.conn.ExecContext(t.Context(), "DROP TABLE schema; CREATE TABLE songs (title TEXT)")
	}
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	garbage := file("garbage.db", strings.Repeat("these are no books. ", 500))
	for _, c := range []struct {
		name, path string
		reading    bool
		kind       evenkeel.Kind
		hint       string
	}{
		{"a folder that is not there", filepath.Join(dir, "none", "books.db"), false, evenkeel.KindNotFound, "exists"},
		{"what is no database", garbage, false, evenkeel.KindInternal, "integrity_check"},
		{"what is no database, to read", garbage, true, evenkeel.KindInternal, "integrity_check"},
		{"a database of another program", foreign, false, evenkeel.KindInvalid, ""},
		{"a database of another program, to read", foreign, true, evenkeel.KindInvalid, ""},
		{"a file that is not there, to read", filepath.Join(dir, "none.db"), true, evenkeel.KindNotFound, "data directory"},
		{"an empty file, to read", file("empty.db", ""), true, evenkeel.KindInvalid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var db *DB
			var err error
			if c.reading {
				db, err = OpenReadOnly(c.path)
			} else {
				db, err = Open(c.path, Options{})
			}
			if err == nil {
				closed(t, db)
				t.Fatal("it was opened")
			}
			if evenkeel.KindOf(err) != c.kind || !strings.Contains(evenkeel.HintOf(err), c.hint) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("says %v (%s, hint %q); expected %s with %q", err, evenkeel.KindOf(err), evenkeel.HintOf(err), c.kind, c.hint)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); !errors.Is(err, os.ErrNotExist) {
		t.Error("opening to read made a file")
	}
}

func TestClosedBooksSaySo(t *testing.T) {
	path := fileOf(t)
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, 0)
	closed(t, db)
	ctx := context.Background()
	_, read := db.Folder(ctx, theCase.ID)
	for _, err := range []error{read, db.Transact(ctx, func(docket.Tx) error { return nil }), db.EraseKey(ctx, "raisup")} {
		if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "is closed") {
			t.Errorf("says %v; expected that it is closed", err)
		}
	}
}

// snapshot is all that is in a folder: names, times and contents.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %s %s %x\n", f.Name(), info.Mode(), info.ModTime(), sha256.Sum256(data))
	}
	return out.String()
}

// TestReadingAltersNothing reads files in each state that they may be found in.
func TestReadingAltersNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string) (kept int)
	}{
		{"of a process that ended", func(t *testing.T, path string) int {
			c := startChild(t, path)
			c.write(3)
			c.next()
			c.next()
			n := c.next()
			c.end()
			return n
		}},
		{"of a process that was killed", func(t *testing.T, path string) int {
			c := startChild(t, path)
			c.write(3)
			c.next()
			c.next()
			n := c.next()
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait()
			if written(path) == 0 {
				t.Fatal("nothing is left beside the file; expected what was written lately")
			}
			return n
		}},
		{"of a process that goes on", func(t *testing.T, path string) int {
			c := startChild(t, path)
			c.write(3)
			c.next()
			c.next()
			return c.next()
		}},
		{"of a copy of the file alone", func(t *testing.T, path string) int {
			c := startChild(t, path+".original")
			c.write(3)
			c.next()
			c.next()
			n := c.next()
			c.end()
			data, err := os.ReadFile(path + ".original")
			if err == nil {
				err = os.WriteFile(path, data, 0o400)
			}
			if err != nil {
				t.Fatal(err)
			}
			return n
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t)
			n := c.make(t, path)
			before := snapshot(t, filepath.Dir(path))
			db, err := OpenReadOnly(path)
			if err != nil {
				t.Fatal(err)
			}
			checkWhole(t, db, n)
			if err := db.Transact(t.Context(), func(docket.Tx) error { return nil }); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("write: %v; expected that it is denied", err)
			}
			if err := db.EraseKey(t.Context(), "raisup"); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("erase: %v; expected that it is denied", err)
			}
			if err := db.write(t.Context(), "x", nil); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("write: %v", err)
			}
			err = db.read(t.Context(), "try to write", func(ctx context.Context, s *session) error {
				return s.exec(ctx, "INSERT INTO taken (key) VALUES ('x')")
			})
			if evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("write all the same: %v (%s); expected that it is denied", err, evenkeel.KindOf(err))
			}
			closed(t, db)
			if after := snapshot(t, filepath.Dir(path)); after != before {
				t.Errorf("reading altered files. before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// TestAReaderSeesWhatAnotherProcessWrites keeps a reader open over many transactions.
func TestAReaderSeesWhatAnotherProcessWrites(t *testing.T) {
	path := fileOf(t)
	c := startChild(t, path)
	c.write(1)
	n := c.next()
	db := openToRead(t, path)
	checkWhole(t, db, n)
	for range 4 {
		c.write(25)
		for range 25 {
			n = c.next()
		}
		checkWhole(t, db, n)
	}
	c.end() // and what it closed
	checkWhole(t, db, n)
}

func TestACopyThatSomebodyBeginsToWriteIsNotReadOn(t *testing.T) {
	path := fileOf(t)
	c := startChild(t, path)
	c.write(1)
	c.next()
	c.end()
	for _, f := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + f); err != nil {
			t.Fatal(err)
		}
	}
	db := openToRead(t, path)
	checkWhole(t, db, 1)
	put(t, openAt(t, path, Options{}), 1)
	if _, err := db.Folder(t.Context(), theCase.ID); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("says %v; expected that somebody began to write", err)
	}
}

func TestWhatWasLeftWithoutItsIndexIsNotRead(t *testing.T) {
	path := fileOf(t)
	c := startChild(t, path)
	c.write(1)
	c.next()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	if err := os.Remove(path + "-shm"); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReadOnly(path); evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
		t.Errorf("says %v; expected what to do", err)
	}
	checkWhole(t, openAt(t, path, Options{}), 1)
}
