package site

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// shards is how many parts a Directory has. With 20,000 sites a part holds some twenty names, so one
// more site means that a handful of small maps and two arrays of pointers are copied.
const shards = 1024

// seed spreads keys over shards. It is drawn when the program starts, so that nobody can choose names
// which fall into one shard; nothing that a Directory answers depends on it.
var seed = maphash.MakeSeed()

// table is a persistent map: a copy shares all shards but those that were written to.
type table [shards]map[string]*Site

func shardOf(key []byte) int { return int(maphash.Bytes(seed, key) % shards) }

// Directory is all sites of an edge. It never changes; the zero Directory is empty. Hold it behind an
// atomic pointer.
type Directory struct {
	names table
	ids   table
	count int
}

// Of finds the site that answers for a host as a request or a TLS hello names it, in any case, with or
// without a port and a dot at its end: by the exact name, else by the wildcard. It allocates nothing.
func (d *Directory) Of(host string) (*Site, bool) {
	s, _ := d.Find(host)
	return s, s != nil
}

// Find is Of, and says what the host is: where it is Named and there is no site, nobody here holds it.
func (d *Directory) Find(host string) (*Site, Host) {
	var buf [maxHost + 1]byte
	name, is := read(host, &buf)
	if is != Named {
		return nil, is
	}
	if s := d.names[shardOf(name)][string(name)]; s != nil {
		return s, Named
	}
	for i, c := range name {
		if c != '.' {
			continue
		}
		wild := name[i-1:] // a label has a byte at least
		wild[0] = '*'
		return d.names[shardOf(wild)][string(wild)], Named
	}
	return nil, Named
}

// Site finds a site by its id.
func (d *Directory) Site(id ID) (*Site, bool) {
	s := d.ids[shardOf([]byte(id))][string(id)]
	return s, s != nil
}

// Len is how many sites there are.
func (d *Directory) Len() int { return d.count }

// All are the sites in the order of their ids.
func (d *Directory) All() []*Site {
	out := make([]*Site, 0, d.count)
	for _, m := range d.ids {
		out = slices.AppendSeq(out, maps.Values(m))
	}
	slices.SortFunc(out, func(a, b *Site) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// With is the Directory after some sites changed or came, and some went; one that is not here may go
// twice. A name may pass from one site to another in one step. The sites and what they point to belong
// to the Directory from then on.
//
// It fails as a whole, and d stays what it is: with KindInvalid where a site is not what Check wants or
// is given twice, with KindConflict where two sites claim one name; the error names both. Where more are
// wrong it says how many.
func (d *Directory) With(changed []Site, gone []ID) (*Directory, error) {
	n := &next{Directory: *d}
	if err := n.checked(changed, gone); err != nil {
		return nil, err
	}
	for _, id := range gone {
		n.remove(id)
	}
	for i := range changed {
		n.remove(changed[i].ID)
	}
	for i := range changed {
		n.add(new(changed[i]))
	}
	if err := n.conflict(); err != nil {
		return nil, err
	}
	out := n.Directory
	return &out, nil
}

// next is a Directory in the making.
type next struct {
	Directory
	own     [2][shards]bool // which shards of names and ids are copies already
	clashes []clash
}

// clash is a name that two sites claim; a is the smaller id.
type clash struct {
	name string
	a, b ID
}

// checked says what is wrong with the input, the first by id.
func (n *next) checked(changed []Site, gone []ID) error {
	type fault struct {
		id  ID
		err error
	}
	var faults []fault
	seen := make(map[ID]bool, len(changed)+len(gone))
	for _, id := range gone {
		seen[id] = true
	}
	for i := range changed {
		s := &changed[i]
		switch err := s.Check(); {
		case err != nil:
			faults = append(faults, fault{s.ID, err})
		case seen[s.ID]:
			faults = append(faults, fault{s.ID, evenkeel.Invalid("the site %q is given twice; expected once, changed or gone", s.ID)})
		}
		seen[s.ID] = true
	}
	if len(faults) == 0 {
		return nil
	}
	first := slices.MinFunc(faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.id, b.id), strings.Compare(a.err.Error(), b.err.Error()))
	})
	return more(evenkeel.KindInvalid, first.err.Error(), len(faults)-1)
}

func more(kind evenkeel.Kind, says string, others int) error {
	if others > 0 {
		says = fmt.Sprintf("%s; and %d more like it", says, others)
	}
	return &evenkeel.Error{Kind: kind, Says: says}
}

// shard is the shard of a key, a copy of its own.
func (n *next) shard(t *table, own *[shards]bool, key string) map[string]*Site {
	i := shardOf([]byte(key))
	if !own[i] {
		own[i] = true
		if t[i] = maps.Clone(t[i]); t[i] == nil {
			t[i] = make(map[string]*Site, 1)
		}
	}
	return t[i]
}

func (n *next) remove(id ID) {
	s, ok := n.Site(id)
	if !ok {
		return
	}
	for _, name := range s.Names {
		delete(n.shard(&n.names, &n.own[0], name), name)
	}
	delete(n.shard(&n.ids, &n.own[1], string(id)), string(id))
	n.count--
}

func (n *next) add(s *Site) {
	for _, name := range s.Names {
		m := n.shard(&n.names, &n.own[0], name)
		if has := m[name]; has != nil {
			n.clashes = append(n.clashes, clash{name, min(has.ID, s.ID), max(has.ID, s.ID)})
			if has.ID < s.ID { // whoever came first: the message is the same
				continue
			}
		}
		m[name] = s
	}
	n.shard(&n.ids, &n.own[1], string(s.ID))[string(s.ID)] = s
	n.count++
}

func (n *next) conflict() error {
	if len(n.clashes) == 0 {
		return nil
	}
	names := make(map[string]bool, len(n.clashes))
	for _, c := range n.clashes {
		names[c.name] = true
	}
	var first clash
	for _, c := range n.clashes {
		if first.name == "" || cmp.Or(cmp.Compare(c.name, first.name), cmp.Compare(c.a, first.a), cmp.Compare(c.b, first.b)) < 0 {
			first = c
		}
	}
	return more(evenkeel.KindConflict, fmt.Sprintf("the sites %q and %q both claim the name %s", first.a, first.b, first.name), len(names)-1)
}
