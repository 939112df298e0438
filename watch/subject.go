package watch

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// A symbol is what is known, for the length of a batch, of a string that names an asset or
// a tenant.
type symbol struct {
	turn    uint32 // of symbols, in which the rest was set
	part    uint8
	ref     uint32
	hasRef  bool
	at      evenkeel.Moment   // at which the holding was asked for
	holding *evenkeel.Holding // nil where nobody is known to hold the asset
	key     uint64
}

// symbols are a batch's, indexed by Sym.
type symbols struct {
	list []symbol
	turn uint32
}

func (s *symbols) reset(n int) {
	if n > len(s.list) {
		s.list = append(s.list, make([]symbol, n-len(s.list))...)
	}
	s.turn++
}

// symbol returns the entry of a name of the batch.
func (e *Engine) symbol(y evenkeel.Sym) *symbol {
	s := &e.syms.list[y]
	if s.turn != e.syms.turn {
		*s = symbol{turn: e.syms.turn, part: uint8(evenkeel.PartitionOf(e.batch.Text(y)))}
	}
	return s
}

// assetState finds the state of the asset that a record was seen at. State belongs to an
// asset in one tenancy: who held it before has no part in it.
func (e *Engine) assetState(f *floor, y *symbol, r *evenkeel.Record) (rec []byte, ok bool) {
	tab := e.parts[y.part].subjects[evenkeel.SubjectAsset]
	if y.hasRef && y.at == r.At && tab.keys.KeyAt(y.ref) == y.key {
		return tab.keys.At(y.ref), true
	}
	asset := evenkeel.AssetID(e.batch.Text(r.Asset))
	was := y.holding
	y.holding, y.at = nil, r.At
	if e.holder != nil {
		if h, known := e.holder.TenancyAt(asset, r.At); known {
			y.holding = h
		}
	}
	if y.key == 0 || was != y.holding {
		y.key = e.assetKey(asset, y.holding)
	}
	rec, y.ref, ok = e.take(f, tab, y, asset)
	y.hasRef = ok
	return rec, ok
}

// take returns the state of a symbol's key, new if there is none.
func (e *Engine) take(f *floor, tab *table, y *symbol, asset evenkeel.AssetID) (rec []byte, ref uint32, ok bool) {
	if rec, ref, ok = tab.keys.Get(y.key); ok {
		e.touch(rec)
		return rec, ref, true
	}
	if y.holding != nil {
		if rec, ref, ok = e.adopt(f, tab, y, asset); ok {
			e.touch(rec)
			return rec, ref, true
		}
	}
	tenant := evenkeel.TenantID("")
	if y.holding != nil {
		tenant = y.holding.Tenant
	}
	rec, ref, ok = e.settle(tab, y.key, tenant)
	if !ok {
		return nil, 0, false
	}
	tab.names.set(ref, string(asset))
	if y.holding != nil {
		head(rec).setTenancy(tenancySecond(y.holding))
	}
	return rec, ref, true
}

// settle makes the state of a key, within its tenant's share.
func (e *Engine) settle(tab *table, key uint64, tenant evenkeel.TenantID) (rec []byte, ref uint32, ok bool) {
	share, room := e.shares.take(tenant)
	if room {
		if rec, ref, _, room = tab.keys.Put(key); !room {
			e.shares.give(share)
		}
	}
	if !room {
		e.tally.OverQuota++
		return nil, 0, false
	}
	head(rec).setShare(share)
	e.touch(rec)
	return rec, ref, true
}

func (e *Engine) touch(rec []byte) { head(rec).setTouched(seconds(e.newest)) }

// adopt gives a tenancy the state that was kept while nobody was known to hold the asset,
// if all of it lies in the tenancy.
func (e *Engine) adopt(f *floor, tab *table, y *symbol, asset evenkeel.AssetID) (rec []byte, ref uint32, ok bool) {
	orphan := e.assetKey(asset, nil)
	rec, ref, ok = tab.keys.Get(orphan)
	if !ok {
		return nil, 0, false
	}
	h := head(rec)
	newest, some := h.newest()
	if !some || f.endOf(newest).Add(-time.Duration(f.memory)*time.Second) < y.holding.From {
		return nil, 0, false
	}
	share, room := e.shares.take(y.holding.Tenant)
	if !room || !tab.rename(ref, y.key) {
		return nil, 0, false
	}
	e.shares.give(h.share())
	h.setShare(share)
	h.setTenancy(tenancySecond(y.holding))
	return tab.keys.At(ref), ref, true
}

func (e *Engine) assetKey(asset evenkeel.AssetID, hold *evenkeel.Holding) uint64 {
	h := siphash.New(e.opt.Key)
	h.String(string(asset))
	if hold != nil {
		h.String(string(hold.Tenant))
		h.Uint64(uint64(hold.From))
	}
	return h.Sum()
}

// accountState finds the state of the tenant, or of the principal, that a record names.
func (e *Engine) accountState(part uint8, kind evenkeel.SubjectKind, r *evenkeel.Record) (ref uint32, ok bool) {
	tenant := e.batch.Text(r.Tenant)
	principal := ""
	if kind == evenkeel.SubjectPrincipal && r.Kind == evenkeel.KindLifecycle {
		principal = e.batch.Text(r.Names[4])
	}
	h := siphash.New(e.opt.Key)
	h.String(tenant)
	h.String(principal)
	key := h.Sum()
	tab := e.parts[part].subjects[kind]
	rec, ref, ok := tab.keys.Get(key)
	if ok {
		e.touch(rec)
		return ref, true
	}
	if _, ref, ok = e.settle(tab, key, evenkeel.TenantID(tenant)); ok {
		tab.names.set(ref, tenant, principal)
	}
	return ref, ok
}
