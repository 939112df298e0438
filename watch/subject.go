package watch

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// A symbol is what is known, for the length of a batch, of a string that names an asset or
// a tenant.
type symbol struct {
	turn    uint32 // of symbols, in which the rest was set
	part    uint8
	asked   bool              // whether somebody holds it, at
	at      evenkeel.Moment   // this moment
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

// asset returns the entry of the asset that a record was seen at, with who held it then and
// the key of its state. State belongs to an asset in one tenancy: who held it before has no
// part in it.
func (e *Engine) asset(r *evenkeel.Record) *symbol {
	y := e.symbol(r.Asset)
	if y.asked && y.at == r.At {
		return y
	}
	asset := evenkeel.AssetID(e.batch.Text(r.Asset))
	was := y.holding
	first := !y.asked
	y.holding, y.at, y.asked = nil, r.At, true
	if e.holder != nil {
		if h, known := e.holder.TenancyAt(asset, r.At); known {
			y.holding = h
		}
	}
	if first || was != y.holding {
		y.key = e.assetKey(asset, y.holding)
	}
	return y
}

// assetState finds the state of an asset on a floor, new if there is none.
func (e *Engine) assetState(f *floor, y *symbol, r *evenkeel.Record) (ref uint32, ok bool) {
	p := &e.parts[y.part]
	tab := p.tables[f.index]
	if rec, ref, ok := tab.keys.Get(y.key); ok {
		e.touch(rec)
		return ref, true
	}
	asset := evenkeel.AssetID(e.batch.Text(r.Asset))
	tenant, from := evenkeel.TenantID(""), evenkeel.Moment(0)
	if y.holding != nil {
		if ref, ok = e.adopt(f, p, y, asset); ok {
			return ref, true
		}
		tenant, from = y.holding.Tenant, y.holding.From
	}
	rec, ref, ok := e.settle(p, tab, y.key, tenant)
	if ok {
		tab.names.set(ref, string(asset))
		head(rec).setTenancy(from)
	}
	return ref, ok
}

// settle makes the state of a key, within its tenant's share.
func (e *Engine) settle(p *partition, tab *table, key uint64, tenant evenkeel.TenantID) (rec []byte, ref uint32, ok bool) {
	share, room := p.shares.takeSubject(tenant)
	if !room {
		return nil, 0, false
	}
	if rec, ref, _, room = tab.keys.Put(key); !room {
		p.shares.giveSubject(share)
		return nil, 0, false
	}
	e.born++
	head(rec).setShare(share)
	head(rec).setBorn(e.born)
	e.touch(rec)
	return rec, ref, true
}

func (e *Engine) touch(rec []byte) { head(rec).setTouched(seconds(e.newest)) }

// adopt gives a tenancy the state that was kept while nobody was known to hold the asset,
// if all of it lies in the tenancy.
func (e *Engine) adopt(f *floor, p *partition, y *symbol, asset evenkeel.AssetID) (ref uint32, ok bool) {
	tab := p.tables[f.index]
	rec, ref, ok := tab.keys.Get(e.assetKey(asset, nil))
	if !ok {
		return 0, false
	}
	h := head(rec)
	newest, some := h.newest()
	if !some || f.startOf(h.first()) < y.holding.From || y.holding.Until != 0 && f.endOf(newest) > y.holding.Until {
		return 0, false
	}
	share, room := p.shares.takeSubject(y.holding.Tenant)
	if !room {
		return 0, false
	}
	if !tab.rename(ref, y.key) {
		p.shares.giveSubject(share)
		return 0, false
	}
	p.shares.giveSubject(h.share())
	h.setShare(share)
	h.setTenancy(y.holding.From)
	e.touch(rec)
	return ref, true
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
func (e *Engine) accountState(f *floor, part uint8, r *evenkeel.Record) (ref uint32, ok bool) {
	tenant := e.batch.Text(r.Tenant)
	principal := ""
	if f.kind == evenkeel.SubjectPrincipal && r.Kind == evenkeel.KindLifecycle {
		principal = e.batch.Text(r.Names[4])
	}
	h := siphash.New(e.opt.Key)
	h.String(tenant)
	h.String(principal)
	key := h.Sum()
	p := &e.parts[part]
	tab := p.tables[f.index]
	rec, ref, ok := tab.keys.Get(key)
	if ok {
		e.touch(rec)
		return ref, true
	}
	if _, ref, ok = e.settle(p, tab, key, evenkeel.TenantID(tenant)); ok {
		tab.names.set(ref, tenant, principal)
	}
	return ref, ok
}
