package sqlite

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestNoQuestionOfADecisionMakesATable asks SQLite how it carries out each question of the way
// from a finding to its decision. One that gathers rows in a table of its own, or sorts them
// there, costs many times what it answers; so does one with a limit that is an argument, which is
// planned anew each time.
func TestNoQuestionOfADecisionMakesATable(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	for n := range 3 {
		put(t, db, n)
	}
	if _, err := db.Due(t.Context(), began, 10); err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	note := func(s *session) {
		for q := range s.stmts {
			// what is asked about many cases at once takes them out of a list, and may take its time
			if strings.HasPrefix(q, "SELECT") && !strings.Contains(q, "json_each") {
				asked[q] = true
			}
		}
	}
	note(db.writer)
	for range readers {
		s := <-db.idle
		if s != nil {
			note(s)
		}
		db.idle <- s
	}
	if len(asked) < 15 {
		t.Fatalf("%d questions were asked; expected those of a dossier, of the ledger and of what is due", len(asked))
	}
	for q := range asked {
		if strings.Contains(q, "LIMIT ?") {
			t.Errorf("its limit is an argument: %s", q)
		}
		plan, err := db.pools[writes].Query("EXPLAIN "+q, make([]any, strings.Count(q, "?"))...)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for plan.Next() {
			var op string
			var other [7]any
			if err := plan.Scan(&other[0], &op, &other[1], &other[2], &other[3], &other[4], &other[5], &other[6]); err != nil {
				t.Fatal(err)
			}
			switch op {
			case "OpenEphemeral", "OpenAutoindex", "SorterOpen":
				t.Errorf("it opens a table of its own (%s): %s", op, q)
			}
		}
		if err := plan.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatWasWrittenLatelyIsBroughtIn writes many times what stays outside of the file.
func TestWhatWasWrittenLatelyIsBroughtIn(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	was := theCase
	defer func() { theCase = was }()
	for n := range 600 {
		theCase.Tenant = evenkeel.TenantID(fmt.Sprint("tenant-", n))
		theCase.ID = evenkeel.NewCaseID(theCase.Tenant, theCase.Family, theCase.Opened)
		put(t, db, n)
		db.behind.Wait()
		if outside := written(path); outside > lately*4096*3/2 {
			t.Fatalf("%d bytes are outside of the file after %d transactions; expected that what passes %d is brought in", outside, n+1, lately*4096)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() < 4<<20 {
		t.Errorf("the file has %d bytes; expected most of what was written", info.Size())
	}
}
