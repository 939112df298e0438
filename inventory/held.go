package inventory

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// run is until when a tenant's last tenancy of an asset goes: forever where it is open, never where nothing says any
// more that it had one. With one for each asset that it ever had, what it holds is found by a look at these alone.
type run struct {
	asset evenkeel.AssetID
	until evenkeel.Moment
}

// Key is what the tenant finds it by.
func (r run) Key() string { return string(r.asset) }

// HeldBy returns what the tenant holds at a moment, by the ids of the assets, at most most of them: those with the
// first ids. It is TenancyAt of every asset that was ever told of, of whatever kind and however long ago.
func (s *Snapshot) HeldBy(id evenkeel.TenantID, at evenkeel.Moment, most int) []*evenkeel.Holding {
	t, ok := s.tenants.Get(string(id))
	if !ok || most <= 0 {
		return nil
	}
	var held []*evenkeel.Holding
	for r := range t.runs.All() {
		if at >= r.until {
			continue
		}
		if h, ok := s.TenancyAt(r.asset, at); ok && h.Tenant == id {
			held = append(held, h)
		}
	}
	slices.SortFunc(held, func(a, b *evenkeel.Holding) int { return strings.Compare(string(a.Asset), string(b.Asset)) })
	return held[:min(most, len(held))]
}

// settle makes the answers about an asset anew where something new was said of it, and tells the tenants that it was
// said to be of.
func (r *Registry) settle(a *asset) {
	if !a.changed {
		return
	}
	before := a.spans
	r.desk.scratch = a.settle(r.desk.scratch)
	for i := range before {
		if !ofAny(a.spans, before[i].holding.Tenant) {
			r.runs(before[i].holding.Tenant, run{a.id, never})
		}
	}
	for i := range a.spans {
		if t := a.spans[i].holding.Tenant; !ofAny(a.spans[i+1:], t) {
			r.runs(t, run{a.id, a.spans[i].until})
		}
	}
}

// ofAny says whether one of the spans is the tenant's.
func ofAny(spans []span, t evenkeel.TenantID) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.holding.Tenant == t })
}

// runs has a tenant know until when it has an asset.
func (r *Registry) runs(id evenkeel.TenantID, x run) {
	t, ok := r.tenants.Get(string(id))
	if !ok { // whoever is named is known: see tenant
		return
	}
	if old, known := t.runs.Get(x.Key()); known && old == x || !known && x.until == never {
		return
	}
	if t.edit != r.edit {
		c := *t
		t = &c
		t.edit = r.edit
		r.tenants.Set(r.edit, t)
	}
	t.runs.Set(r.edit, x)
}
