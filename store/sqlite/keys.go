package sqlite

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// Key returns the tenant's key, making it where there is none.
func (l log) Key(t evenkeel.TenantID) (ledger.Key, error) {
	if l.x.refused != nil { // SQLite may have ended the transaction by now
		return ledger.Key{}, l.x.refused
	}
	ctx := context.Background()
	k, made, err := keyOf(ctx, l.x.session, t)
	if made || err != nil || l.x.peeks {
		return k, err
	}
	if k, err = ledger.NewKey(l.x.random); err == nil {
		err = l.x.exec(ctx, "INSERT OR FAIL INTO keys (tenant, key) VALUES (?, ?)", string(t), k[:])
	}
	if err != nil {
		l.x.refused = told("make the key of tenant "+string(t), err)
		return ledger.Key{}, l.x.refused
	}
	return k, nil
}

// keyOf reads a tenant's key, and says whether one was ever made. KindNotFound where it was
// erased.
func keyOf(ctx context.Context, s *session, t evenkeel.TenantID) (k ledger.Key, made bool, err error) {
	var b []byte
	made, err = s.one(ctx, []any{&b}, "SELECT key FROM keys WHERE tenant = ?", string(t))
	switch {
	case err != nil:
		return k, made, told("read the key of tenant "+string(t), err)
	case made && b == nil:
		return k, made, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("key of tenant %s: it was erased", t)}
	case made:
		k = ledger.Key(b) // the database keeps 32 bytes
	}
	return k, made, nil
}

// forgottenSince is the form since which what was said goes with a tenant's key.
const forgottenSince = 26

// spoken is what goes with a tenant's key: where contacts from before a change were told, what leaves commit to,
// the words in timelines, and what was measured.
var spoken = []string{
	"DELETE FROM reach WHERE case_id IN (SELECT id FROM cases WHERE tenant = ?)",
	"UPDATE contents SET body = NULL WHERE tenant = ? AND body IS NOT NULL",
	"UPDATE entries SET body = json_remove(body, '$.words') WHERE case_id IN (SELECT id FROM cases WHERE tenant = ?) AND body ->> '$.words' IS NOT NULL",
	"DELETE FROM findings WHERE id IN (SELECT e.ref FROM cases c JOIN entries e ON e.case_id = c.id AND e.kind = 'found' WHERE c.tenant = ?)",
}

// EraseKey erases a tenant's key for ever, with what was said and measured in its cases: in the file, where what is given up is
// overwritten, and in what was written lately, which is emptied into the file. While
// somebody reads, the latter waits until the next time that nobody does.
func (db *DB) EraseKey(ctx context.Context, t evenkeel.TenantID) error {
	doing := "erase the key of tenant " + string(t)
	err := db.write(ctx, doing, func(s *session) error {
		n, err := s.change(context.Background(), "UPDATE keys SET key = NULL WHERE tenant = ?", string(t))
		if err == nil && n == 0 {
			return notFound("key of tenant", string(t))
		}
		for _, query := range spoken {
			if err == nil {
				err = s.exec(context.Background(), query, string(t))
			}
		}
		return told(doing, err)
	})
	if err != nil {
		return err
	}
	return db.checkpoint(ctx)
}

// checkpoint empties what was written lately into the file, as far as readers allow.
func (db *DB) checkpoint(ctx context.Context) error {
	select {
	case db.turn <- struct{}{}:
	case <-ctx.Done():
		return nil // it happens by itself later
	}
	defer func() { <-db.turn }()
	if db.writer == nil {
		return nil
	}
	var busy, all, done int
	_, err := db.writer.one(context.Background(), []any{&busy, &all, &done}, "PRAGMA wal_checkpoint(TRUNCATE)")
	return told("empty "+db.path+"-wal", err)
}
