package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestWhatWasKeptSurvivesKill kills another process while it writes, again and again: all
// that it said it kept is there, and nothing of a transaction is there in part.
func TestWhatWasKeptSurvivesKill(t *testing.T) {
	path, said := fileOf(t), 0
	const seed = 4
	chance := rand.New(rand.NewPCG(seed, seed))
	for round := range 6 {
		c := startChild(t, path)
		c.write(1 << 20)
		for range 1 + chance.IntN(40) {
			said = max(said, c.next())
		}
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for n := c.next(); n > 0; n = c.next() { // what it said before it was killed
			said = n
		}
		_ = c.cmd.Wait()
		func() {
			db, err := Open(path, Options{})
			if err != nil {
				t.Fatalf("round %d: open after the kill: %v", round, err)
			}
			defer closed(t, db)
			n := kept(t, db)
			if n < said || n > said+1 { // the last one may be kept and not said yet
				t.Errorf("round %d: %d transactions are kept; %d were said to be", round, n, said)
			}
			checkWhole(t, db, n)
		}()
	}
	if said < 6 {
		t.Errorf("%d transactions were kept in all; expected more to test", said)
	}
}

// kept is how many transactions are kept.
func kept(t testing.TB, db *DB) (n int) {
	t.Helper()
	err := db.Transact(t.Context(), func(tx docket.Tx) error {
		d, err := tx.Dossier(theCase.Tenant, theCase.Family)
		n = int(d.Entries / 3)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAFullDiskKeepsNothingOfATransaction lets SQLite believe that there is no more room.
func TestAFullDiskKeepsNothingOfATransaction(t *testing.T) {
	db := openAt(t, fileOf(t), Options{})
	for n := range 5 {
		put(t, db, n)
	}
	room := func(pages int) {
		var have int
		ctx := context.Background()
		if _, err := db.writer.one(ctx, []any{&have}, "PRAGMA page_count"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.writer.conn.ExecContext(ctx, fmt.Sprint("PRAGMA max_page_count = ", have+pages)); err != nil {
			t.Fatal(err)
		}
	}
	room(2)
	n := 5
	var err error
	for err == nil && n < 500 {
		if err = db.Transact(t.Context(), func(tx docket.Tx) error { return nth(tx, n) }); err == nil {
			n++
		}
	}
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) != hintFull {
		t.Errorf("a full disk: %v (%s, hint %q); expected that it is unavailable, and what to do", err, evenkeel.KindOf(err), evenkeel.HintOf(err))
	}
	checkWhole(t, db, n)
	room(1000)
	for range 3 { // and it goes on as if nothing had been
		put(t, db, n)
		n++
	}
	checkWhole(t, db, n)
}
