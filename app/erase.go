package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// Erasable counts the cases of a tenant whose key may be erased. KindNotFound where nothing was
// decided about the tenant; KindConflict where a case is not closed or a clock runs: once the key is
// gone nothing can be decided about the tenant any more, not even that a measure ends.
func (b *Books) Erasable(ctx context.Context, t evenkeel.TenantID) (cases int, err error) {
	rows, err := b.Cases(ctx, docket.Query{Tenant: t, Closed: true})
	switch {
	case err != nil:
		return 0, err
	case len(rows) == 0:
		return 0, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("no case is about tenant %q", t),
			Hint: "evenkeel case list --closed names the tenants of all cases; of one without a case there may be no more than a flag",
		}
	}
	for i := range rows {
		c := &rows[i].Case
		if c.State != evenkeel.CaseClosed {
			return 0, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("case %s of tenant %q is %s", c.ID, t, c.State), Hint: "close it first, with evenkeel case clear or evenkeel case close"}
		}
		f, err := b.Folder(ctx, c.ID)
		if err != nil {
			return 0, err
		}
		for _, k := range f.Clocks {
			if k.Ended == 0 {
				return 0, &evenkeel.Error{
					Kind: evenkeel.KindConflict, Says: fmt.Sprintf("the clock %s of case %s runs until %s", k.Kind, c.ID, k.Due),
					Hint: "wait until it has run out, or lift what stands with evenkeel case lift",
				}
			}
		}
	}
	return len(rows), nil
}

// Erase erases a tenant's key in the books of a directory for ever. KindConflict where a process
// runs on them, and as Erasable says.
func Erase(ctx context.Context, dir string, t evenkeel.TenantID, now time.Time) (err error) {
	b, err := Open(dir)
	if err != nil {
		return err
	}
	held, err := lock(dir, now) // before it is asked, so that nothing begins meanwhile
	if err != nil {
		_ = b.Close()
		return err
	}
	defer held.Close()
	_, err = b.Erasable(ctx, t)
	if err = cmp.Or(err, b.Close()); err != nil {
		return err
	}
	db, err := sqlite.Open(filepath.Join(dir, fileBooks), sqlite.Options{Sync: true})
	if err != nil {
		return err
	}
	err = cmp.Or(db.EraseKey(ctx, t), db.Close())
	for _, name := range []string{fileAside, fileAsideActs} {
		if err == nil {
			_, err = newAside(filepath.Join(dir, name)).forget(func(_ time.Time, of evenkeel.TenantID) bool { return of == t })
		}
	}
	return err
}
