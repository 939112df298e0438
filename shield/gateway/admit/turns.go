package admit

import "sync"

// The two classes of those who wait: below their guaranteed share, and above. The first always goes before the second.
const (
	under = iota
	over
	classes
)

// turns says which tenant is next, by deficit round robin (Shreedhar and Varghese, 1995) within each class: in a round a tenant has as many
// turns as its weight. It has only tenants with somebody who waits for a slot of the edge, and not for one of the tenant's own limit.
type turns struct {
	mu    sync.Mutex
	rings [classes]ring
}

// ring is a list of tenants; the first has its turn.
type ring struct {
	first, last *tenant
	n           int
}

func (r *ring) push(t *tenant, class int8) {
	t.class, t.waits = class, true
	t.before, t.after = r.last, nil
	if r.last != nil {
		r.last.after = t
	} else {
		r.first = t
	}
	r.last = t
	r.n++
}

func (r *ring) remove(t *tenant) {
	if t.before != nil {
		t.before.after = t.after
	} else {
		r.first = t.after
	}
	if t.after != nil {
		t.after.before = t.before
	} else {
		r.last = t.before
	}
	t.before, t.after, t.waits = nil, nil, false
	r.n--
}

// drop takes a tenant out of its ring, if it is in one, with what it had saved.
func (s *turns) drop(t *tenant) {
	if t.waits {
		s.rings[t.class].remove(t)
		t.deficit = 0
	}
}

// place puts a tenant into the ring of its class.
func (s *turns) place(t *tenant, class int8) {
	if t.waits && t.class == class {
		return
	}
	if t.waits {
		s.rings[t.class].remove(t)
	}
	s.rings[class].push(t, class)
}

// head returns the tenant of a class whose turn it is; nil where none waits.
func (s *turns) head(class int8) *tenant {
	r := &s.rings[class]
	if r.first == nil {
		return nil
	}
	if t := r.first; t.deficit < 1 { // its weight is 1 at least, so one addition is enough
		t.deficit += t.weight.Load()
	}
	return r.first
}

// took counts a turn, and ends the tenant's part of the round where it has none left.
func (s *turns) took(t *tenant) {
	t.deficit--
	if t.deficit < 1 && t.waits {
		class := t.class
		s.rings[class].remove(t)
		s.rings[class].push(t, class)
	}
}

func (s *turns) waiting() int { return s.rings[under].n + s.rings[over].n }
