package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// log is the ledger as a transaction sees it.
type log struct{ x *tx }

// Size is how many leaves the log has.
func (l log) Size() (int64, error) { return int64(len(l.x.state.lines)), nil }

// ReadHashes returns stored hashes by tlog's index.
func (l log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n < 0 || n >= int64(len(l.x.hashes)) {
			return nil, notFound("hash of the ledger", fmt.Sprint(n))
		}
		out[i] = l.x.hashes[n]
	}
	return out, nil
}

// Key returns the tenant's key, making it where there is none.
func (l log) Key(t evenkeel.TenantID) (ledger.Key, error) {
	if of := l.x.tenants[t]; of != nil && of.made {
		return of.getKey(t)
	}
	if k, ok := l.x.keys[t]; ok || l.x.peeks {
		return k, nil
	}
	k, err := ledger.NewKey(l.x.random)
	if err != nil {
		return ledger.Key{}, err
	}
	if l.x.keys == nil {
		l.x.keys = map[evenkeel.TenantID]ledger.Key{}
	}
	l.x.keys[t] = k
	return k, nil
}

func (t *tenant) getKey(id evenkeel.TenantID) (ledger.Key, error) {
	if t == nil || !t.made {
		return ledger.Key{}, notFound("key of tenant", string(id))
	}
	if t.erased {
		return ledger.Key{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("key of tenant %s: it was erased", id)}
	}
	return t.key, nil
}

// EraseKey erases a tenant's key for ever, with what was said and measured in its cases.
func (b *Books) EraseKey(ctx context.Context, t evenkeel.TenantID) error {
	return b.change(ctx, func() error {
		of := b.kept.tenants[t]
		if of == nil || !of.made {
			return notFound("key of tenant", string(t))
		}
		of.key, of.erased = ledger.Key{}, true
		for _, f := range of.cases {
			f.reach = docket.Reach{}
			b.kept.forget(f)
		}
		for i := range b.kept.lines {
			if line := &b.kept.lines[i]; line.Tenant == t {
				line.Content = nil
			}
		}
		return nil
	})
}

// forget takes the words away that were said in a case, and what was measured.
func (s *state) forget(f *file) {
	found := map[evenkeel.FindingID]bool{}
	for i := range f.entries {
		e := &f.entries[i]
		if e.Words = ""; e.Kind == evenkeel.EntryFound {
			found[evenkeel.FindingID(e.Ref)] = true
		}
	}
	maps.DeleteFunc(s.findings, func(_ string, x evenkeel.Finding) bool { return found[x.ID] })
}

// Log gives f the ledger, its keys and the values in use. Nothing is kept meanwhile.
func (b *Books) Log(ctx context.Context, f func(ledger.Log) error) error {
	if err := over(ctx); err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return f(ledger.Log{
		Lines: func(yield func(ledger.Line, error) bool) {
			for _, line := range b.kept.lines {
				if !yield(line, over(ctx)) {
					return
				}
			}
		},
		Key:  func(t evenkeel.TenantID) (ledger.Key, error) { return b.kept.tenants[t].getKey(t) },
		Rows: b.rows,
	})
}

// rows are the values in use.
func (b *Books) rows(yield func(ledger.Row, error) bool) {
	row := func(kind ledger.Kind, id string, t evenkeel.TenantID, value any) bool {
		written, err := json.Marshal(value)
		return yield(ledger.Row{Kind: kind, ID: id, Tenant: t, Value: written}, err)
	}
	for i := range b.kept.governor.switches {
		if s := &b.kept.governor.switches[i]; !row(ledger.KindAct, s.ID(), docket.House, s) {
			return
		}
	}
	for _, k := range b.kept.learned.credits {
		if k.State == docket.CreditGranted && !row(ledger.KindCredit, string(k.ID), k.Tenant, &k) {
			return
		}
	}
	for _, f := range b.kept.files {
		if !row(ledger.KindCase, string(f.is.ID), f.is.Tenant, &f.is) {
			return
		}
		for _, r := range f.reviews {
			if !row(ledger.KindReview, string(r.ID), r.Tenant, r) {
				return
			}
		}
		for i := range f.decisions {
			if d := &f.decisions[i]; !row(ledger.KindDecision, string(d.ID), f.is.Tenant, d) {
				return
			}
		}
	}
	for _, t := range b.kept.tenants {
		for i := range t.flags {
			if f := &t.flags[i]; !row(ledger.KindFlag, string(f.ID), f.Tenant, f) {
				return
			}
		}
	}
}
