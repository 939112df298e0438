package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // as any program that has the file

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/story"
)

// TestTheBooksOfEveryStoryVerify: what the judge does is what the ledger asks for, notices and
// orders too.
func TestTheBooksOfEveryStoryVerify(t *testing.T) {
	var sent int64
	for _, name := range story.Names() {
		s, err := readStory(name)
		if err != nil {
			t.Fatal(err)
		}
		var all []*sqlite.DB
		parts := story.Parts{Books: func() docket.Books {
			db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, db)
			return db
		}}
		if _, err := story.Play(s, parts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, db := range all {
			err := db.Log(t.Context(), func(l ledger.Log) error {
				r, err := ledger.Verify(l, nil, nil)
				if r.Fault != nil {
					t.Errorf("%s: %s", name, r.Fault)
				}
				sent += r.Sent
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if sent == 0 {
		t.Error("no story writes a notice")
	}
}

// TestWhatAnotherProgramChangedIsFound changes books as another program might, and asks for
// them to be verified.
func TestWhatAnotherProgramChangedIsFound(t *testing.T) {
	r := day(t)
	for _, c := range []struct {
		name, do, says string
		code           int
	}{
		{"nothing", "", "", 0},
		{"the state of a decision, by which it is counted", "UPDATE decisions SET state = 'proposed' WHERE measure = 'throttle'", "column state says proposed", 1},
		{"the outcome of a case", "UPDATE cases SET outcome = 'confirmed'", "column outcome says confirmed", 1},
		{"a decision that is gone", "DELETE FROM decisions WHERE measure = 'throttle'", "is not there any more", 1},
		{"notices that are gone", "DELETE FROM notices", "the notice n-", 1},
		{"orders that are gone", "DELETE FROM orders", "the order o-", 1},
		{"a flag that is gone", "DELETE FROM flags", "is not there any more", 1},
		{"what the ledger does not cover, as it says", "DROP TRIGGER entries_stay; UPDATE entries SET body = replace(body, 'paper', 'scheme'); UPDATE findings SET body = replace(body, 'busy', 'idle')", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "march")
			if _, says, code := replayed(t, r, "--books", dir); code != 0 {
				t.Fatal(says)
			}
			change(t, filepath.Join(dir, "books.db"), c.do)
			p, stdout, stderr := inMemory(nil)
			if code := run(t.Context(), p, []string{"ledger", "verify", "--books", dir}); code != c.code || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit code %d, %s%s; expected %d and %q", code, stdout, stderr, c.code, c.says)
			}
			if !strings.Contains(stdout.String(), "\nnot covered by the ledger: timelines, findings, clocks, ") {
				t.Errorf("it does not say what is not covered: %s", stdout)
			}
		})
	}
}

// change runs statements on a database.
func change(t *testing.T, file, do string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}
