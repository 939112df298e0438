package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestAProgramAndANewerForm opens files of a form that this program does not know.
func TestAProgramAndANewerForm(t *testing.T) {
	n := known()
	for _, c := range []struct {
		name           string
		form           form
		writes, reads  bool
		writing, hints string // what is said of writing
	}{
		{"expand: older programs go on", form{n + 1, n, n}, true, true, "", ""},
		{"both: older programs only read", form{n + 2, n, n + 1}, false, true, fmt.Sprintf("its form is %d, which programs write that know form %d or newer", n+2, n+1), "can still read it"},
		{"contract: older programs do neither", form{n + 3, n + 2, n + 2}, false, false, fmt.Sprintf("know form %d or newer", n+2), "the release of evenkeel that wrote it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := fileOf(t)
			made, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			put(t, made, 0)
			_, err = made.writer.conn.ExecContext(t.Context(), fmt.Sprintf(`ALTER TABLE cases ADD COLUMN newer TEXT NOT NULL DEFAULT 'x';
				CREATE TABLE newest (id TEXT PRIMARY KEY); UPDATE schema SET version = %d, oldest_reader = %d, oldest_writer = %d`,
				c.form.version, c.form.oldestReader, c.form.oldestWriter))
			if err != nil {
				t.Fatal(err)
			}
			closed(t, made)

			db, err := OpenReadOnly(path)
			if (err == nil) != c.reads || err != nil && (evenkeel.KindOf(err) != evenkeel.KindConflict || evenkeel.HintOf(err) == "") {
				t.Errorf("open to read: %v; expected that it may: %t", err, c.reads)
			}
			if err == nil {
				checkWhole(t, db, 1)
				closed(t, db)
			}
			before := layout(t, path)
			db, err = Open(path, Options{})
			if (err == nil) != c.writes {
				t.Fatalf("open: %v; expected that it may: %t", err, c.writes)
			}
			if err != nil {
				hint := evenkeel.HintOf(err)
				if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), c.writing) || !strings.Contains(hint, c.hints) || strings.Contains(hint, "still") != c.reads {
					t.Errorf("open: %v (%s, hint %q); expected %q, hint %q", err, evenkeel.KindOf(err), hint, c.writing, c.hints)
				}
			} else {
				put(t, db, 1)
				checkWhole(t, db, 2)
				closed(t, db)
			}
			if after := layout(t, path); after != before {
				t.Errorf("a newer form was altered. before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

// layout is the form of a file, as SQLite has it.
func layout(t testing.TB, path string) string {
	t.Helper()
	db := &DB{path: path}
	pool, err := db.pool(map[string][]string{"mode": {"ro"}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var sql, form string
	err = pool.QueryRow("SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)").Scan(&sql)
	if err == nil {
		err = pool.QueryRow("SELECT version || ' ' || oldest_reader || ' ' || oldest_writer FROM schema").Scan(&form)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sql + "\n" + form
}

// TestAFileIsBroughtUpFromEachForm begins at each form there ever was.
func TestAFileIsBroughtUpFromEachForm(t *testing.T) {
	fresh := fileOf(t)
	closed(t, openAt(t, fresh, Options{}))
	before := 0
	for n := range steps {
		step := steps[n].to
		if step.version <= before || step.oldestReader > step.oldestWriter || step.oldestWriter > step.version || step.oldestReader < 1 {
			t.Errorf("step %d leads to %+v; expected oldest reader <= oldest writer <= version, and that above %d", n, step, before)
		}
		before = step.version
	}
	if l := layout(t, fresh); !strings.Contains(l, "CREATE TABLE cases") || !strings.Contains(l, "CREATE TABLE persons") || !strings.HasSuffix(l, fmt.Sprintf("\n%d 1 %d", known(), steps[len(steps)-1].to.oldestWriter)) {
		t.Errorf("an empty file is brought to\n%s", l)
	}
}

// TestTwoProcessesMayMakeTheFile opens an empty file many times at once.
func TestTwoProcessesMayMakeTheFile(t *testing.T) {
	path := fileOf(t)
	errs := make(chan error, 4) // one for each
	for range cap(errs) {
		go func() {
			db, err := Open(path, Options{})
			if err == nil {
				err = db.Close()
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Errorf("open: %v", err)
		}
	}
	put(t, openAt(t, path, Options{}), 0)
}

// TestAStepThatFailsLeavesTheFileAsItWas breaks the way to a next form in its middle.
func TestAStepThatFailsLeavesTheFileAsItWas(t *testing.T) {
	path := fileOf(t)
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, 0)
	before := layout(t, path)
	was := steps
	defer func() { steps = was }()
	steps = append(append(steps[:0:0], steps...), step{sql: "CREATE TABLE half (id TEXT); CREATE TABLE half (id TEXT)", to: form{known() + 1, 1, 1}})
	if err := migrate(context.Background(), db.writer); err == nil {
		t.Error("a broken step was taken")
	}
	if after := layout(t, path); after != before {
		t.Errorf("the file was left at\n%s", after)
	}
	steps[len(steps)-1].sql = "CREATE TABLE whole (id TEXT)"
	if err := migrate(context.Background(), db.writer); err != nil {
		t.Fatal(err)
	}
	if after := layout(t, path); !strings.Contains(after, "CREATE TABLE whole") || !strings.HasSuffix(after, fmt.Sprintf("\n%d 1 1", known())) {
		t.Errorf("the file was brought to\n%s", after)
	}
	checkWhole(t, db, 1)
	closed(t, db)
}

// TestWhatStoodInValuesIsPutBesideThem begins at form 3, which read some columns out of values.
func TestWhatStoodInValuesIsPutBesideThem(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	const began3 = `DROP INDEX decisions_lasting; DROP INDEX decisions_passing; DROP INDEX decisions_chosen; DROP INDEX decisions_standing; DROP INDEX cases_cleared;
		ALTER TABLE decisions DROP COLUMN person; ALTER TABLE decisions DROP COLUMN supersedes; ALTER TABLE cases DROP COLUMN cleared;
		ALTER TABLE decisions ADD COLUMN person TEXT AS (body ->> '$.actor.person');
		ALTER TABLE decisions ADD COLUMN supersedes TEXT AS (body ->> '$.supersedes');
		ALTER TABLE cases ADD COLUMN cleared TEXT AS (body ->> '$.cleared');
		CREATE INDEX decisions_lasting ON decisions (case_id, made) WHERE mode = 'live' AND (state NOT IN ('suppressed', 'superseded') OR person IS NOT NULL);
		CREATE INDEX decisions_passing ON decisions (case_id, made) WHERE NOT (mode = 'live' AND (state NOT IN ('suppressed', 'superseded') OR person IS NOT NULL));
		CREATE INDEX decisions_chosen ON decisions (case_id, supersedes) WHERE mode = 'live' AND person IS NOT NULL AND supersedes IS NOT NULL;
		CREATE INDEX decisions_standing ON decisions (case_id, state, measure) WHERE mode = 'live' AND state IN ('proposed', 'held', 'in_force');
		CREATE INDEX cases_cleared ON cases (tenant, id) WHERE cleared IS NOT NULL OR outcome IN ('policy_mismatch', 'false_positive');
		UPDATE decisions SET body = json_set(body, '$.actor.person', 'ada', '$.supersedes', 'd-7');
		UPDATE cases SET body = json_set(body, '$.cleared', '2026-03-01T08:00:00Z');
		UPDATE schema SET version = 3, oldest_writer = 3`
	if _, err := db.writer.conn.ExecContext(t.Context(), withoutPages+withoutGovernor+without7+staffOfForm2+";"+began3); err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	beside := func(db *DB) (out string) {
		t.Helper()
		err := db.read(t.Context(), "read columns", func(ctx context.Context, s *session) error {
			_, err := s.one(ctx, []any{&out}, "SELECT d.person || ' ' || d.supersedes || ' ' || c.cleared FROM decisions d JOIN cases c ON c.id = d.case_id")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	const want = "ada d-7 2026-03-01T08:00:00Z"
	old := openToRead(t, path)
	if got := beside(old); got != want {
		t.Errorf("form 3, which is only read, says %q; expected %q", got, want)
	}
	closed(t, old)
	db = openAt(t, path, Options{})
	if got := beside(db); got != want {
		t.Errorf("form %d says %q; expected %q", known(), got, want)
	}
	put(t, db, 1)
	if n := len(dossierOf(t, db).Decisions); n != 2 {
		t.Errorf("%d decisions are in the dossier; expected what was there and what came", n)
	}
}
