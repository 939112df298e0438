package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestNoQuestionOfADecisionMakesATable asks SQLite how it carries out each question on the way
// from a finding to a decision of a case like most: what is asked of one with hundreds of decisions,
// or of a list of cases, may take its time. One that gathers rows in a table of its own, or sorts them
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
			// json_each: about a list of cases
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
		plan, err := db.pools[0].Query("EXPLAIN "+q, make([]any, strings.Count(q, "?"))...)
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

// TestCasesAreCountedByAnIndexAlone: a page of the docket says of how many it is a part, and looks at
// none of them for that.
func TestCasesAreCountedByAnIndexAlone(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	for name, q := range map[string]docket.Query{"open ones": {}, "open ones of a family": {Family: "mining"}, "all of a family": {Family: "mining", Closed: true}} {
		where, args := asked(q)
		err := db.read(t.Context(), "explain", func(ctx context.Context, s *session) error {
			return s.each(ctx, func(r *sql.Rows) error {
				var id, parent, unused int
				var step string
				err := r.Scan(&id, &parent, &unused, &step)
				if !strings.Contains(step, "COVERING INDEX") {
					t.Errorf("to count %s it does: %s", name, step)
				}
				return err
			}, "EXPLAIN QUERY PLAN SELECT count(*) FROM cases"+where, args...)
		})
		if err != nil {
			t.Error(err)
		}
	}
}
