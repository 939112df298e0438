package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Transact calls f with a transaction and keeps all of what f put, or nothing of it.
func (db *DB) Transact(ctx context.Context, f func(docket.Tx) error) error {
	return db.write(ctx, "keep a transaction", func(s *session) error {
		tx := &tx{session: s, random: db.random}
		if err := f(tx); err != nil {
			return err
		}
		return tx.refused
	})
}

// Peek calls f with a transaction of which nothing is kept, on a connection that reads.
func (db *DB) Peek(ctx context.Context, f func(docket.Tx) error) error {
	var failed error
	err := db.read(ctx, "look into the books", func(_ context.Context, s *session) error {
		failed = f(&tx{session: s, peeks: true})
		return nil
	})
	return cmp.Or(err, failed)
}

// Each keeps all in one transaction of SQLite, whose end costs as much as a third of what is in it. Where one of
// them fails nothing of it is kept, and each is tried by itself.
func (db *DB) Each(ctx context.Context, n int, f func(i int, tx docket.Tx) error) []error {
	err := db.write(ctx, "keep transactions", func(s *session) error {
		moved := map[evenkeel.CaseID]bool{}
		for i := range n {
			tx := &tx{session: s, random: db.random, moved: moved}
			if err := f(i, tx); err != nil {
				return err
			}
			if tx.refused != nil {
				return tx.refused
			}
		}
		return place(context.Background(), s, slices.Sorted(maps.Keys(moved)))
	})
	if err == nil {
		return make([]error, n)
	}
	if n == 1 || evenkeel.KindOf(err) == evenkeel.KindUnavailable {
		return slices.Repeat([]error{err}, n)
	}
	return docket.OneByOne(ctx, db.Transact, n, f)
}

// write calls f in a transaction of the one connection that writes.
func (db *DB) write(ctx context.Context, doing string, f func(*session) error) error {
	return db.alone(ctx, doing, func(s *session) error {
		return s.transaction(ctx, doing, func() error { return f(s) })
	})
}

// transaction calls f in a transaction, and keeps it whole, or, where f fails, nothing of it.
//
// Statements of a transaction run to their end whatever happens to ctx: it is short, and
// whether it is kept is decided once, before the commit.
func (s *session) transaction(ctx context.Context, doing string, f func() error) error {
	if err := s.begin(context.Background(), "IMMEDIATE"); err != nil {
		return told(doing, err)
	}
	kept := false
	defer func() {
		if !kept {
			s.giveUp()
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return told(doing, err)
	}
	if err := s.exec(context.Background(), "COMMIT"); err != nil {
		return told(doing, err)
	}
	kept = true
	return nil
}

// alone calls f with the one connection that writes, while nobody else has it.
func (db *DB) alone(ctx context.Context, doing string, f func(*session) error) error {
	if db.turn == nil {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: doing + ": " + db.path + " was opened to be read only"}
	}
	if err := ctx.Err(); err != nil { // of two that are ready, select takes any
		return told(doing, err)
	}
	select {
	case db.turn <- struct{}{}:
	case <-ctx.Done():
		return told(doing, ctx.Err())
	}
	defer func() { <-db.turn }()
	s := db.writer
	if s == nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing + ": " + db.path + " is closed"}
	}
	return f(s)
}

// read calls f in a transaction that sees the books as they are at its beginning.
func (db *DB) read(ctx context.Context, doing string, f func(context.Context, *session) error) (err error) {
	if err := ctx.Err(); err != nil {
		return told(doing, err)
	}
	var s *session
	open := true
	select {
	case s, open = <-db.idle:
	case <-ctx.Done():
		return told(doing, ctx.Err())
	}
	if !open {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing + ": " + db.path + " is closed"}
	}
	defer func() { db.idle <- s }()
	if s == nil {
		if s, err = openSession(ctx, db.pools[len(db.pools)-1]); err != nil {
			return told(doing, err)
		}
	}
	if err := s.begin(ctx, ""); err != nil {
		return told(doing, err)
	}
	defer s.giveUp()
	if err := f(ctx, s); err != nil {
		return told(doing, err)
	}
	if db.frozen && written(db.path) > 0 {
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: doing + ": somebody began to write " + db.path, Hint: "try again",
		}
	}
	return nil
}

// tx is one transaction as the judge sees it.
type tx struct {
	*session
	random  io.Reader
	size    int64 // of the ledger, where sized says that it is known
	sized   bool
	moved   map[evenkeel.CaseID]bool // cases whose places are written at the end of many; nil: at its own
	put     bool
	peeks   bool  // nothing is kept
	refused error // why what was put is not kept
}

// Ledger returns the log and the keys of commitments.
func (x *tx) Ledger() docket.Ledger { return log{x} }

// Put takes changes in, once.
func (x *tx) Put(c docket.Changes) error {
	err := x.keep(&c)
	if err != nil && x.refused == nil {
		x.refused = err
	}
	return err
}

func (x *tx) keep(c *docket.Changes) error {
	switch {
	case x.peeks:
		return docket.Peeks()
	case x.put:
		return &evenkeel.Error{Says: "put changes: a transaction puts once, and has put before"}
	}
	x.put = true
	for _, f := range []func(context.Context, *docket.Changes) error{
		x.keepTaken, x.keepCases, x.keepReviews, x.keepAudits, x.keepEntries, x.keepRunning, x.keepDecisions, x.keepClocks, x.keepFlags, x.keepFindings, x.keepOutbox, x.keepPages, x.keepTried, x.keepDispatches, x.keepInterests, x.keepSealed, x.keepPlaces, x.keepGovernor, x.keepGoverned, x.keepLearned, x.keepStages, x.keepReaches, x.keepIncidents,
	} {
		if err := f(context.Background(), c); err != nil {
			return err
		}
	}
	return nil
}

// keepEach keeps the values of a list, and says of which one it fails.
func keepEach[T any](list []T, what string, id func(*T) string, keep func(v *T, body string) error) error {
	for i := range list {
		v := &list[i]
		b, err := body(v)
		if err == nil {
			err = keep(v, b)
		}
		if err != nil {
			return told(fmt.Sprintf("keep %s %s", what, id(v)), err)
		}
	}
	return nil
}
