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
	if known() != len(steps) {
		t.Fatalf("the newest form is %d and there are %d steps", known(), len(steps))
	}
	fresh := fileOf(t)
	closed(t, openAt(t, fresh, Options{}))
	for n := range steps {
		step := steps[n].to
		if step.version != n+1 || step.oldestReader > step.oldestWriter || step.oldestWriter > step.version || step.oldestReader < 1 {
			t.Errorf("step %d leads to %+v; expected oldest reader <= oldest writer <= version %d", n, step, n+1)
		}
	}
	if l := layout(t, fresh); !strings.Contains(l, "CREATE TABLE cases") || !strings.Contains(l, "CREATE TABLE persons") || !strings.HasSuffix(l, fmt.Sprintf("\n%d 1 3", known())) {
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
