package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// mostUnknown is how many assets are named in warnings.
const mostUnknown = 8

// directory knows what a flag can be about. A flag is given once and trusted for months, so a
// slip in a name is told when it is made: the flag would cover nothing, and nobody would see it.
type directory struct {
	families []string // those of the policy in force, and of the rules
	known    func() *inventory.Snapshot
	folder   func(context.Context, evenkeel.CaseID) (docket.Folder, error)
}

// directory is the process's own.
func (h *house) directory() *directory {
	d := &directory{
		families: h.parts.Policies.Force.Families(),
		known:    func() *inventory.Snapshot { return h.watcher.registry.Snapshot() },
	}
	for _, r := range h.parts.Rules {
		d.families = append(d.families, r.Family)
	}
	slices.Sort(d.families)
	d.families = slices.Compact(d.families)
	d.folder = h.books.Folder
	return d
}

// refuses says that the family which a flag is for is none, or that the tenant has no contact of the role that speaks or
// was told, or nil. The family of a case is one.
func (d *directory) refuses(ctx context.Context, a *docket.Act) error {
	switch {
	case d == nil:
		return nil
	case a.Contact != "" && a.Case != "":
		return d.noContact(ctx, a)
	case a.Kind != docket.ActFlag || a.Case != "" || slices.Contains(d.families, a.Family):
		return nil
	}
	e := &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Hint: "the families are " + strings.Join(d.families, ", "),
		Says: fmt.Sprintf("family %.80q: neither the policy in force nor a rule has it; expected the family that the flag is for", a.Family),
	}
	if near := strict.Nearest(a.Family, d.families); near != "" {
		e.Hint = "did you mean " + near + "? " + e.Hint
	}
	return e
}

// noContact says that no contact of the tenant has the role that an act names, now or when a letter of the case was sent,
// or nil. Where the inventory tells no contacts nobody knows better than whoever took the call.
func (d *directory) noContact(ctx context.Context, a *docket.Act) error {
	f, err := d.folder(ctx, a.Case)
	if err != nil {
		return nil // whoever does the act says so
	}
	var roles []string
	_, now := d.known().Reach(f.Case.Tenant)
	for i := range now {
		if now[i].Endpoint == "" {
			roles = append(roles, redact.Named(now[i].Role))
		}
	}
	if len(roles) == 0 {
		return nil
	}
	for _, s := range f.Dispatches {
		for _, x := range s.Deliveries {
			if !x.ToMachine() {
				roles = append(roles, roleAlone(x.Role()))
			}
		}
	}
	slices.Sort(roles)
	roles = slices.Compact(roles)
	if slices.Contains(roles, roleAlone(a.Contact)) {
		return nil
	}
	e := &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Hint: "its contacts are " + strings.Join(roles, ", "),
		Says: fmt.Sprintf("contact %.80q: the tenant has none of that role; expected one of %s", a.Contact, strings.Join(roles, ", ")),
	}
	if near := strict.Nearest(a.Contact, roles); near != "" {
		e.Hint = "did you mean " + near + "? " + e.Hint
	}
	return e
}

// roleAlone is the role in the name of a contact, without what follows it: owner of owner#new and owner #2.
func roleAlone(name string) string {
	role, _, _ := strings.Cut(name, "#")
	return strings.TrimSpace(role)
}

// warns says of what a flag names, and nobody told of, that it covers nothing: it is granted all
// the same, because what is not there yet may come.
func (d *directory) warns(ctx context.Context, a *docket.Act) (warnings []string) {
	if d == nil || a.Grant == nil {
		return nil
	}
	s, tenant := d.known(), a.Tenant
	if a.Case != "" {
		f, err := d.folder(ctx, a.Case)
		if err != nil {
			return nil // whoever does the act says so
		}
		tenant = f.Case.Tenant
	}
	if !s.Knows(tenant) {
		return []string{fmt.Sprintf("the inventory does not know tenant %.80q: the flag covers nothing unless it comes", tenant)}
	}
	for i, id := range a.Grant.Selector.Assets {
		if len(warnings) == mostUnknown {
			return append(warnings, fmt.Sprintf("%d more assets were not looked up", len(a.Grant.Selector.Assets)-i))
		}
		switch h, held := s.TenancyAt(id, a.At); {
		case !held:
			warnings = append(warnings, fmt.Sprintf("the inventory knows nobody who holds asset %.80q now: the flag covers nothing of it", id))
		case h.Tenant != tenant:
			warnings = append(warnings, fmt.Sprintf("asset %.80q is held by %.80q, and the flag is for %.80q: it covers nothing of it", id, h.Tenant, tenant))
		}
	}
	return warnings
}
