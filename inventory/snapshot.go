package inventory

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory/internal/trie"
)

// Snapshot is what was known after a batch. It never changes: any number of goroutines may
// ask it.
type Snapshot struct {
	assets  trie.Map[*asset]
	tenants trie.Map[*tenant]
	maxAge  MaxAge
}

// TenancyAt returns who held the asset at a moment, with what the lifecycle events up to
// that moment said of it; false where nobody is known to have held it then. The Holding is
// shared: do not change it. The same pointer is returned for as long as the same is known.
//
// From and Until are those of the tenancy as this snapshot knows it: Until may have been
// told after the moment, and is 0 or later than it.
func (s *Snapshot) TenancyAt(id evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	a, ok := s.assets.Get(string(id))
	if !ok {
		return nil, false
	}
	h := a.at(at)
	return h, h != nil
}

// Knows says whether anything was told of a tenant.
func (s *Snapshot) Knows(id evenkeel.TenantID) bool {
	_, ok := s.tenants.Get(string(id))
	return ok
}

// CreatedBy returns the assets that lifecycle events say the tenant created in
// [from, until), at most max of them, by time and then by id. An asset that was created
// more than once is listed once, at the first. Principal "" is any of the tenant's. Only
// the newest MaxCreates creates of a tenant are kept.
func (s *Snapshot) CreatedBy(id evenkeel.TenantID, principal string, from, until evenkeel.Moment, max int) []evenkeel.AssetID {
	t, ok := s.tenants.Get(string(id))
	if !ok || max <= 0 {
		return nil
	}
	var found []evenkeel.AssetID
	seen := map[evenkeel.AssetID]bool{}
	for _, c := range t.created(from, until) {
		if len(found) == max {
			break
		}
		if (principal == "" || c.principal == principal) && !seen[c.asset] && s.stands(t.id, &c) {
			seen[c.asset] = true
			found = append(found, c.asset)
		}
	}
	return found
}

// stands says whether the asset still tells of the create: an event with the same ID and
// another time may have taken its place. What the asset no longer keeps, stands.
func (s *Snapshot) stands(id evenkeel.TenantID, c *create) bool {
	a, ok := s.assets.Get(string(c.asset))
	if !ok || c.at <= a.floor {
		return true
	}
	for i := range a.lives {
		l := &a.lives[i]
		if l.at == c.at && l.action == evenkeel.ActionCreate && l.tenant == id && l.made.principal == c.principal {
			return true
		}
	}
	return false
}

// Assets returns how many assets were told of.
func (s *Snapshot) Assets() int { return s.assets.Len() }

// Tenants returns how many tenants were told of.
func (s *Snapshot) Tenants() int { return s.tenants.Len() }
