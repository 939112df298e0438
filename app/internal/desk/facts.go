package desk

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Facts are what is known of tenants now, and what the policy in force says.
type Facts struct {
	Registry *inventory.Registry
	Policy   *policy.Policy
	Now      func() time.Time
}

func (f Facts) now() evenkeel.Moment { return evenkeel.MomentOf(f.Now()) }

// Account returns what is known of a tenant.
func (f Facts) Account(t evenkeel.TenantID) evenkeel.Account {
	return f.Registry.Snapshot().AccountAt(t, f.now())
}

// Profile returns who a tenant is. No address of a contact is in it.
func (f Facts) Profile(t evenkeel.TenantID) (p console.Profile) {
	name, contacts := f.Registry.Snapshot().Reach(t)
	p.Name = name
	for _, c := range contacts {
		p.Contacts = append(p.Contacts, console.Contact{Role: c.Role, Lang: c.Lang, Machine: c.Endpoint != ""})
	}
	return p
}

// Holding says what an asset is and who holds it.
func (f Facts) Holding(a evenkeel.AssetID) (evenkeel.Holding, bool) {
	h, ok := f.Registry.Snapshot().TenancyAt(a, f.now())
	if !ok {
		return evenkeel.Holding{}, false
	}
	return *h, true
}

// Of returns the contacts of a tenant, to whom notices go.
func (f Facts) Of(t evenkeel.TenantID) []evenkeel.Contact {
	_, contacts := f.Registry.Snapshot().Reach(t)
	return contacts
}

// Lang returns the language of a tenant's contact, or "".
func (f Facts) Lang(t evenkeel.TenantID, role string) string {
	for _, c := range f.Of(t) {
		if c.Role == role {
			return c.Lang
		}
	}
	return ""
}

// Family returns the terms of a family of rules.
func (f Facts) Family(name string) console.Terms {
	out := console.Terms{Digest: f.Policy.Digest(), Announced: f.Policy.Earned(policy.View{}, evenkeel.Burst{}).Families}
	fam, ok := f.Policy.Family(name)
	if !ok {
		return out
	}
	out.Clause, out.Ladder, out.Criteria, out.Keeps = fam.Clause, fam.Ladder, fam.Criteria, map[evenkeel.Measure][]string{}
	for m, t := range fam.Terms {
		out.Keeps[m] = t.Keeps
	}
	return out
}
