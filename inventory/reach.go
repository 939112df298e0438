package inventory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// MaxContacts is how many contacts of one tenant are kept, MaxEndpoints how many of them may be endpoints,
// and maxReach the longest of their texts, in bytes.
const (
	MaxContacts  = 32
	MaxEndpoints = 4
	maxReach     = 1024
)

// reach is how a tenant is called and whom a notice reaches, as was told last: what was told
// before is of no use to anybody. Lists are replaced and never changed.
type reach struct {
	named    evenkeel.Moment // when the name was told; 0: never
	listed   evenkeel.Moment // when the contacts were
	name     string
	contacts []evenkeel.Contact
}

// hear takes in what a profile says. In whatever order profiles come, the same is left: of two
// of one time, the one that is later in the order of texts counts.
func (r *reach) hear(at evenkeel.Moment, p *evenkeel.Profile) {
	if p.Name != "" && cmp.Or(cmp.Compare(at, r.named), strings.Compare(p.Name, r.name)) > 0 {
		r.named, r.name = at, strings.Clone(p.Name)
	}
	if len(p.Contacts) > 0 && cmp.Or(cmp.Compare(at, r.listed), slices.CompareFunc(p.Contacts, r.contacts, compareContacts)) > 0 {
		r.listed, r.contacts = at, slices.Clone(p.Contacts)
	}
}

func compareContacts(a, b evenkeel.Contact) int {
	return cmp.Or(strings.Compare(a.Role, b.Role), strings.Compare(a.Email, b.Email), strings.Compare(a.Lang, b.Lang), strings.Compare(a.Endpoint, b.Endpoint))
}

// checkReach says what is wrong with what a profile says of this.
func checkReach(p *evenkeel.Profile) error {
	if len(p.Contacts) > MaxContacts {
		return evenkeel.Invalid("%d contacts; expected at most %d", len(p.Contacts), MaxContacts)
	}
	endpoints := 0
	for i := range p.Contacts {
		if p.Contacts[i].Endpoint != "" {
			endpoints++
		}
	}
	if endpoints > MaxEndpoints {
		return evenkeel.Invalid("%d endpoints among the contacts; expected at most %d", endpoints, MaxEndpoints)
	}
	for _, text := range append([]string{p.Name}, textsOf(p.Contacts)...) {
		if len(text) > maxReach {
			return evenkeel.Invalid("a name or a contact of %d bytes; expected at most %d", len(text), maxReach)
		}
	}
	return nil
}

func textsOf(contacts []evenkeel.Contact) (all []string) {
	for _, c := range contacts {
		all = append(all, c.Role, c.Email, c.Lang, c.Endpoint)
	}
	return all
}

// Reach returns how a tenant is called and whom a notice reaches, as was told last; "" and none
// where nobody said. The list is not to be changed.
func (s *Snapshot) Reach(id evenkeel.TenantID) (name string, contacts []evenkeel.Contact) {
	t, ok := s.tenants.Get(string(id))
	if !ok {
		return "", nil
	}
	return t.reach.name, t.reach.contacts
}

// Relisted returns, of the tenants of which a batch tells contacts, those of whom others were known before
// it: by what was known then, and by what is now. Whoever had no contact has none to be put out of reach.
func (s *Snapshot) Relisted(b *evenkeel.Batch, before *Snapshot) (out []evenkeel.Relisted) {
	for i := range b.Records {
		rec := &b.Records[i]
		if rec.Kind != evenkeel.KindProfile {
			continue
		}
		id := evenkeel.TenantID(b.Text(rec.Tenant))
		now, known := s.tenants.Get(string(id))
		was, had := before.tenants.Get(string(id))
		again := func(x evenkeel.Relisted) bool { return x.Tenant == id }
		if !known || !had || len(was.reach.contacts) == 0 || now.reach.listed == was.reach.listed && slices.Equal(now.reach.contacts, was.reach.contacts) || slices.ContainsFunc(out, again) {
			continue
		}
		out = append(out, evenkeel.Relisted{Tenant: id, Listed: now.reach.listed, Before: was.reach.contacts, After: now.reach.contacts})
	}
	return out
}

func (w *writer) reach(r *reach) {
	w.moment(r.named)
	w.Text(r.name)
	w.moment(r.listed)
	w.count(len(r.contacts))
	for _, c := range r.contacts {
		w.Text(c.Role)
		w.Text(c.Email)
		w.Text(c.Lang)
		if w.version >= endpointsSince {
			w.Text(c.Endpoint)
		}
	}
}

func (r *reader) reach() (x reach) {
	x.named, x.name, x.listed = r.moment(), r.Text(maxReach), r.moment()
	for range r.Count(MaxContacts) {
		c := evenkeel.Contact{Role: r.Text(maxReach), Email: r.Text(maxReach), Lang: r.Text(maxReach)}
		if r.Version() >= endpointsSince {
			c.Endpoint = r.Text(maxReach)
		}
		x.contacts = append(x.contacts, c)
	}
	if (x.named == 0) != (x.name == "") || (x.listed == 0) != (len(x.contacts) == 0) {
		r.Fail("a name or contacts that were told at no time")
	}
	return x
}
