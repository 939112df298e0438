package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"modernc.org/sqlite"
)

// TestTheDatabaseRefuses speaks to the database itself, as any program might that has the
// file.
func TestTheDatabaseRefuses(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	put(t, db, 1)
	for _, c := range []struct {
		name, do, says string
	}{
		{"to change an entry", "UPDATE entries SET body = '{}' WHERE seq = 1", "only appended"},
		{"to take an entry away", "DELETE FROM entries WHERE seq = 6", "only appended"},
		{"to leave out an entry", "INSERT INTO entries VALUES ('c-1', 8, 'said', '', '', '{}')", "without gaps"},
		{"to repeat an entry", "INSERT OR REPLACE INTO entries VALUES ('c-1', 6, 'said', '', '', '{}')", "without gaps"},
		{"to change a leaf", "UPDATE leaves SET leaf = '' WHERE n = 1", "only appended"},
		{"to take a leaf away", "DELETE FROM leaves WHERE n = 2", "only appended"},
		{"to leave out a leaf", "INSERT INTO leaves VALUES (4, '', zeroblob(32))", "without gaps"},
		{"to keep a leaf without hashes", "INSERT INTO leaves VALUES (3, '', x'')", "CHECK"},
		{"to keep half a hash", "INSERT INTO leaves VALUES (3, '', zeroblob(48))", "CHECK"},
		{"to keep a content of no leaf", "INSERT INTO contents VALUES (9, 'raisup', '{}')", "FOREIGN KEY"},
		{"a state that does not exist", "UPDATE decisions SET state = 'forced' WHERE id = 'd-0'", "CHECK"},
		{"an end before the beginning", "UPDATE decisions SET until_at = from_at WHERE id = 'd-0'", "CHECK"},
		{"to take a case away that something is about", "DELETE FROM cases", "FOREIGN KEY"},
		{"to change a key", "UPDATE keys SET key = zeroblob(32)", "may only be erased"},
		{"to forget that a key was erased", "DELETE FROM keys", "is remembered"},
		{"a key that is too short", "INSERT INTO keys VALUES ('x', zeroblob(31))", "CHECK"},
		{"to take a key twice", "INSERT INTO taken VALUES ('n 0')", "UNIQUE"},
		{"an order that failed and is not over", "UPDATE orders SET failed = 1", "CHECK"},
		{"a notice that failed and is not over", "UPDATE notices SET failed = 1", "CHECK"},
		{"a delivery of a notice that nobody wrote", "INSERT INTO deliveries (notice, body) VALUES ('n-none', '{}')", "FOREIGN KEY"},
		{"an asset that waits for an order that nobody wrote", "INSERT INTO waiting_assets VALUES ('vm-1', 99)", "FOREIGN KEY"},
		{"to take an order away that waits", "DELETE FROM orders", "FOREIGN KEY"},
		{"a word as a time", "UPDATE decisions SET from_at = 'noon' WHERE id = 'd-0'", "cannot store TEXT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := db.write(t.Context(), "test", func(s *session) error {
				return s.exec(context.Background(), c.do)
			})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v; expected %q", err, c.says)
			}
		})
	}
	checkWhole(t, db, 2)
}

// TestTheFormKnowsEveryWord holds the lists of words in the form to the enumerations: a word
// that is added to one of these needs a next form before it can be kept.
func TestTheFormKnowsEveryWord(t *testing.T) {
	for column, words := range map[string][]string{
		"cases.state": wordsOf[evenkeel.CaseState](), "cases.outcome": wordsOf[evenkeel.Outcome](), "entries.kind": wordsOf[evenkeel.EntryKind](),
		"decisions.state": wordsOf[evenkeel.DecisionState](), "decisions.mode": wordsOf[evenkeel.Mode](), "decisions.measure": wordsOf[evenkeel.Measure](),
		"findings.revision": wordsOf[evenkeel.Revision](),
		"reviews.about":     wordsOf[docket.About](), "reviews.state": wordsOf[docket.ReviewState](),
	} {
		table, name, _ := strings.Cut(column, ".")
		form := form1
		if table == "reviews" {
			form = form7
		}
		_, sql, _ := strings.Cut(form, "CREATE TABLE "+table+" (")
		_, sql, _ = strings.Cut(sql, "CHECK ("+name+" IN (")
		sql, _, _ = strings.Cut(sql, ")")
		if want := "'" + strings.Join(words, "', '") + "'"; sql != want {
			t.Errorf("%s may be %s; expected %s", column, sql, want)
		}
	}
}

func wordsOf[E interface {
	~uint8
	String() string
}]() (out []string) {
	for n := range E(64) {
		if w := n.String(); w != "invalid" {
			out = append(out, w)
		}
	}
	return out
}

// TestAWordThatDoesNotExistIsRefusedWhereverItStands: what is kept has to be read again.
func TestAWordThatDoesNotExistIsRefusedWhereverItStands(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	f := evenkeel.Finding{ID: "f-9", Revision: evenkeel.Final, Mode: evenkeel.ModeLive, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant}}
	f.Terms = []evenkeel.Term{{Name: "invalid", Family: evenkeel.EvidenceUsage}} // a name, and no word
	change := func(f evenkeel.Finding) error {
		return db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(docket.Changes{Findings: []evenkeel.Finding{f}}) })
	}
	if err := change(f); err != nil {
		t.Errorf("a name that looks like a bad word: %v", err)
	}
	f.ID = "f-10"
	f.Unmet = []evenkeel.Term{{Name: "x", Family: 99}}
	if err := change(f); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "finding f-10") {
		t.Errorf("a word that does not exist: %v (%s)", err, evenkeel.KindOf(err))
	}
}

// TestEveryQueryUsesAnIndex asks SQLite how it runs all that the suite and the tests ask of
// it. Only what reads whole tables on purpose may scan one.
func TestEveryQueryUsesAnIndex(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	ctx := t.Context()
	queries := map[string]bool{}
	for _, tenant := range []evenkeel.TenantID{"", "raisup"} {
		_, err := db.Flags(ctx, tenant)
		for _, family := range []string{"", "mining"} {
			for _, all := range []bool{true, false} {
				_, err2 := db.Cases(ctx, docket.Query{Tenant: tenant, Family: family, Closed: all})
				_, err3 := db.Cases(ctx, docket.Query{Tenant: tenant, Family: family, Closed: all, ByPlace: true, Max: 9})
				_, err4 := db.Families(ctx, docket.Query{Tenant: tenant, Closed: all})
				err = errors.Join(err, err2, err3, err4)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := db.Due(ctx, began, 9)
	_, err2 := db.Naming(ctx, "vm-1")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, db, 1)
	sendAndEnd(t, db, 0)
	err = db.Transact(ctx, func(tx docket.Tx) error {
		_, err := tx.Taken("x")
		_, err2 := tx.DossierOf(theCase.ID)
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.EraseKey(ctx, "raisup"); err != nil {
		t.Fatal(err)
	}
	all := []*session{db.writer}
	for range readers {
		s := <-db.idle
		defer func() { db.idle <- s }()
		if s != nil {
			all = append(all, s)
		}
	}
	for _, s := range all {
		for q := range s.stmts {
			queries[q] = true
		}
	}
	if len(queries) < 55 {
		t.Fatalf("%d queries; expected all", len(queries))
	}
	for _, q := range slices.Sorted(maps.Keys(queries)) {
		if word, _, _ := strings.Cut(q, " "); !slices.Contains([]string{"SELECT", "UPDATE", "INSERT", "DELETE"}, word) || strings.Contains(q, "sqlite_schema") || strings.Contains(q, "count(*)") {
			continue
		}
		err := db.write(ctx, "explain", func(s *session) error {
			return s.each(ctx, func(r *sql.Rows) error {
				var id, parent, unused int
				var step string
				err := r.Scan(&id, &parent, &unused, &step)
				if strings.HasPrefix(q, "UPDATE contents ") { // once, of a tenant who has left, while nobody serves: an index would be written with each leaf
					return err
				}
				if strings.Contains(step, "SCAN") && !strings.Contains(step, "INDEX") && !strings.Contains(step, "CONSTANT ROW") && !strings.Contains(step, "SCAN (subquery") && !strings.Contains(q, "FROM persons ORDER BY id") {
					t.Errorf("%s\nreads a whole table: %s", q, step)
				}
				if strings.Contains(step, "TEMP B-TREE FOR ORDER") && !strings.Contains(q, "min(due)") && !strings.Contains(q, "JOIN orders") && !strings.Contains(q, "+p.place") && !strings.Contains(q, "ORDER BY cleared") {
					t.Errorf("%s\nsorts what an index could have in order: %s", q, step)
				}
				return err
			}, "EXPLAIN QUERY PLAN "+q, make([]any, strings.Count(q, "?"))...)
		})
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// TestAnErasedKeyIsNowhere looks for the bytes of a key among many, in all that is kept.
func TestAnErasedKeyIsNowhere(t *testing.T) {
	var keys strings.Builder
	keyNo := func(n int) string { return fmt.Sprintf("key %04d, which has 32 bytes now. ", n)[:32] }
	for n := range 60 {
		keys.WriteString(keyNo(n))
	}
	path := fileOf(t)
	db := openAt(t, path, Options{Rand: strings.NewReader(keys.String())})
	put(t, db, 0)
	put(t, db, 1)
	for n := 1; n < 60; n++ {
		err := db.Transact(t.Context(), func(tx docket.Tx) error {
			_, err := tx.Ledger().Key(evenkeel.TenantID(fmt.Sprintf("%0*d", 1+n%7, n)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	there := func(n int) (times int) {
		for _, f := range []string{"", "-wal", "-shm"} {
			data, err := os.ReadFile(path + f)
			if err != nil {
				t.Fatal(err)
			}
			times += bytes.Count(data, []byte(keyNo(n)[:12])) // a part of it is too much
		}
		return times
	}
	for n, tenant := range map[int]evenkeel.TenantID{0: "raisup", 28: "28", 31: "0031"} {
		if there(n) == 0 {
			t.Fatal("a key is not found where it is kept")
		}
		if err := db.EraseKey(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		if times := there(n); times > 0 {
			t.Errorf("the erased key of %s is still found %d times", tenant, times)
		}
	}
	if r := verify(t, db); r.Fault != nil || r.Erased != 6 || r.Leaves != 3 {
		t.Errorf("the ledger is %+v", r)
	}
}

// TestTamperingWithTheFileIsNamed changes the file as somebody might who owns it.
func TestTamperingWithTheFileIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, do string
		how      ledger.How
		leaf     int64
	}{
		{"a leaf", "UPDATE leaves SET leaf = replace(leaf, 'measure notify', 'measure shut') WHERE n = 2", ledger.Altered, 2},
		{"a hash", "UPDATE leaves SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE n = 3", ledger.HashAltered, 3},
		{"two leaves in each other's place", "UPDATE leaves SET leaf = (SELECT leaf FROM leaves b WHERE b.n = 5 - leaves.n) WHERE n IN (1, 4)", ledger.Moved, 1},
		{"a leaf in the middle", "DELETE FROM leaves WHERE n = 2", ledger.Missing, 2},
		{"the tail, which the values in use show", "DELETE FROM leaves WHERE n > 3", ledger.RowAltered, -1},
		{"what a leaf commits to", "UPDATE contents SET body = replace(body, 'on credit', 'in debt') WHERE n = 3", ledger.ContentAltered, 3},
		{"a decision in use", "UPDATE decisions SET body = replace(body, 'on credit', 'in debt') WHERE id = 'd-1'", ledger.RowAltered, 2},
		{"a decision that is gone", "DELETE FROM decisions WHERE id = 'd-3'", ledger.RowAltered, 4},
		{"the state of a decision, in its column", "UPDATE decisions SET state = 'proposed' WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"the measure of a decision, in its column", "UPDATE decisions SET measure = 'isolate' WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"the mode of a decision, in its column", "UPDATE decisions SET mode = 'shadow' WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"the beginning of a decision, in its column", "UPDATE decisions SET from_at = 5 WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"the end of a decision, in its column", "UPDATE decisions SET until_at = until_at + 1 WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"the case of a decision", "UPDATE decisions SET case_id = 'c-9' WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"who took a decision, in its column", "UPDATE decisions SET person = 'eve' WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"in whose place a decision is, in its column", "UPDATE decisions SET supersedes = 'd-1' WHERE id = 'd-2'", ledger.RowAltered, 3},
		{"when a case was cleared, in its column", "UPDATE cases SET cleared = '2026-01-01T00:00:00Z'", ledger.RowAltered, 0},
		{"the state of a case, in its column", "UPDATE cases SET state = 'closed'", ledger.RowAltered, 0},
		{"the outcome of a case, in its column", "UPDATE cases SET outcome = 'confirmed'", ledger.RowAltered, 0},
		{"the tenant of a case, in its column", "UPDATE cases SET tenant = 'nobody'", ledger.RowAltered, 0},
		{"the family of a case, in its column", "UPDATE cases SET family = 'scan'", ledger.RowAltered, 0},
		{"when a case was opened, in its column", "UPDATE cases SET opened = 1", ledger.RowAltered, 0},
		{"a case that is gone", "DELETE FROM cases", ledger.RowAltered, 0},
		{"a decision of a tenant whom no leaf is about", "INSERT INTO decisions (made, id, case_id, state, mode, measure, from_at, until_at, body) SELECT 99, 'd-99', case_id, state, mode, measure, from_at, until_at, replace(replace(body, 'd-1', 'd-99'), 'raisup', 'x') FROM decisions WHERE id = 'd-1'", ledger.RowAltered, -1},
		{"a flag whose revocation was taken back, in its column", "UPDATE flags SET revoked = 0", ledger.RowAltered, 6},
		{"whose a flag is, in its column", "UPDATE flags SET tenant = 'other'", ledger.RowAltered, 6},
		{"a flag that is gone", "DELETE FROM flags", ledger.RowAltered, 6},
		{"a notice that is gone", "DELETE FROM notices WHERE decision = 'd-1'", ledger.Unsent, 2},
		{"a notice that was moved to another case", "UPDATE notices SET case_id = 'c-9' WHERE decision = 'd-1'", ledger.Unsent, 2},
		{"a notice that was moved to another decision", "UPDATE notices SET decision = 'd-3' WHERE decision = 'd-1'", ledger.Unsent, 2},
		{"an order that is gone", "DELETE FROM orders WHERE decision = 'd-9'", ledger.Unsent, 7},
		{"an order that was moved to another decision", "UPDATE orders SET decision = 'd-3' WHERE decision = 'd-9'", ledger.Unsent, 7},
		{"a case that was closed by hand", "UPDATE cases SET body = replace(body, '\"open\"', '\"closed\"')", ledger.RowAltered, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := openAt(t, fileOf(t), Options{})
			for n := range 5 {
				put(t, db, n)
			}
			putFlag(t, db)
			putThrottle(t, db)
			if f := verify(t, db).Fault; f != nil {
				t.Fatalf("before anything is changed: %s", f)
			}
			_, err := db.writer.conn.ExecContext(t.Context(), "PRAGMA foreign_keys = 0; DROP TRIGGER leaves_stay; DROP TRIGGER leaves_are_kept; DROP TRIGGER decisions_stay_what_they_say; DROP TRIGGER decisions_stay_by_two; "+c.do)
			if err != nil {
				t.Fatal(err)
			}
			if f := verify(t, db).Fault; f == nil || f.How != c.how || f.Leaf != c.leaf {
				t.Errorf("it says %v; expected %s at leaf %d", f, c.how, c.leaf)
			}
		})
	}
}

// putFlag keeps a flag that was revoked, as leaf 6.
func putFlag(t testing.TB, db *DB) {
	t.Helper()
	f := evenkeel.Flag{
		ID: "flag-1", Tenant: theCase.Tenant, Family: theCase.Family, Case: theCase.ID, Selector: evenkeel.Selector{TenantWide: true},
		From: began, Until: began.Add(1e9), By: evenkeel.Actor{Person: "ada"}, Why: "known", Revoked: began.Add(5),
	}
	seal(t, db, docket.Changes{Flags: []evenkeel.Flag{f}}, func(k ledger.Key) ledger.Leaf { return ledger.OfFlag(k, &f, began, "sha256:abc") })
}

// putThrottle keeps a decision that is enforced, with its notice and its order, as leaf 7.
func putThrottle(t testing.TB, db *DB) {
	t.Helper()
	d := evenkeel.Decision{
		ID: "d-9", Case: theCase.ID, Tenant: theCase.Tenant, Family: theCase.Family, Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle,
		Assets: []evenkeel.AssetID{"vm-1"}, From: began, Until: began.Add(1e9), At: began, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
	}
	seal(t, db, docket.Changes{
		Decisions: []evenkeel.Decision{d},
		Notices:   []evenkeel.Notice{{ID: evenkeel.NewNoticeID(d.ID, d.State), Case: d.Case, Decision: d.ID, State: d.State}},
		Orders:    []evenkeel.Order{{ID: evenkeel.NewOrderID(d.ID, false), Decision: d.ID, Measure: d.Measure}},
	}, func(k ledger.Key) ledger.Leaf { return ledger.OfDecision(k, &d, "sha256:abc") })
}

// seal keeps changes with a leaf.
func seal(t testing.TB, db *DB, c docket.Changes, leaf func(ledger.Key) ledger.Leaf) {
	t.Helper()
	err := db.Transact(t.Context(), func(tx docket.Tx) error {
		key, err := tx.Ledger().Key(theCase.Tenant)
		if err != nil {
			return err
		}
		c.Tenant = theCase.Tenant
		if c.Sealed, err = ledger.Seal(tx.Ledger(), leaf(key)); err != nil {
			return err
		}
		return tx.Put(c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrorsSayWhatWasDoneAndWhatHelps(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	put(t, db, 0)
	of := func(query string) *sqlite.Error {
		e, _ := errors.AsType[*sqlite.Error](db.writer.exec(context.Background(), query))
		if e == nil {
			t.Fatalf("%s does not fail", query)
		}
		return e
	}
	for _, c := range []struct {
		err  error
		kind evenkeel.Kind
		hint string
	}{
		{of("INSERT INTO taken VALUES ('n 0')"), evenkeel.KindConflict, ""},
		{of("UPDATE entries SET seq = 9"), evenkeel.KindConflict, ""},
		{of("UPDATE decisions SET state = ''"), evenkeel.KindInvalid, ""},
		{of("SELECT nothing FROM nowhere"), evenkeel.KindInternal, ""},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), evenkeel.KindUnavailable, ""},
		{sql.ErrConnDone, evenkeel.KindUnavailable, "open them again"},
		{os.ErrPermission, evenkeel.KindDenied, "belong to the user"},
		{notFound("case", "c-1"), evenkeel.KindNotFound, ""},
	} {
		e := told("keep a transaction", c.err)
		if evenkeel.KindOf(e) != c.kind || !strings.Contains(evenkeel.HintOf(e), c.hint) || !errors.Is(e, c.err) || !strings.HasPrefix(e.Error(), "keep a transaction: ") {
			t.Errorf("%v is told as %v (%s, hint %q); expected %s, %q", c.err, e, evenkeel.KindOf(e), evenkeel.HintOf(e), c.kind, c.hint)
		}
	}
	for code, want := range map[int]evenkeel.Kind{
		13: evenkeel.KindUnavailable, 5: evenkeel.KindUnavailable, 5 | 2<<8: evenkeel.KindUnavailable, 10 | 3<<8: evenkeel.KindUnavailable,
		14: evenkeel.KindUnavailable, 8: evenkeel.KindDenied, 11: evenkeel.KindInternal, 11 | 1<<8: evenkeel.KindInternal, 26: evenkeel.KindInternal,
	} {
		if kind, hint := kindOf(code); kind != want || hint == "" {
			t.Errorf("SQLite's code %d is %s with the hint %q; expected %s", code, kind, hint, want)
		}
	}
}

// TestAnotherProgramThatWritesIsTold holds the file's lock as another program would.
func TestAnotherProgramThatWritesIsTold(t *testing.T) {
	path := fileOf(t)
	db, other := openAt(t, path, Options{}), openAt(t, path, Options{})
	if err := db.writer.exec(t.Context(), "PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	err := other.write(t.Context(), "hold", func(*session) error {
		err := db.Transact(t.Context(), func(tx docket.Tx) error { return nth(tx, 0) })
		if evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) != hintBusy {
			t.Errorf("says %v (%s, hint %q)", err, evenkeel.KindOf(err), evenkeel.HintOf(err))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, 0)
	checkWhole(t, other, 1)
}
