package inventory

import (
	"errors"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory/internal/trie"
)

// Options are the choices of a Registry; the zero value is good.
type Options struct {
	MaxAge MaxAge
}

// Registry takes records and publishes snapshots. All methods may be called by several
// goroutines.
type Registry struct {
	door    sync.Mutex // held for moments: guards current and taken
	current *Snapshot  // nil while an Apply changes in place what nobody has taken
	taken   bool       // somebody has taken current

	mu      sync.Mutex // held by Apply
	edit    uint64     // from 1; what was made under this number is in no taken snapshot
	assets  trie.Map[*asset]
	tenants trie.Map[*tenant]
	words   words
	maxAge  MaxAge
	desk    desk
}

// desk is the working memory of one Apply. Symbols of the batch lead to the copies that
// this Apply may change.
type desk struct {
	batch      *evenkeel.Batch
	assets     []*asset // by Sym
	tenants    []*tenant
	allAssets  []*asset // those of the batch; one may stand here twice
	allTenants []*tenant
	scratch    []tenancy
}

// New returns an empty registry.
func New(o Options) *Registry {
	r := &Registry{edit: 1, assets: trie.New[*asset](), tenants: trie.New[*tenant](), words: newWords()}
	r.maxAge = o.MaxAge.orDefault()
	r.publish()
	return r
}

// Snapshot returns what is known after the last batch. Where the one before was taken, it
// does not wait for an Apply at work; else, as in a bulk load, it waits for its end.
func (r *Registry) Snapshot() *Snapshot {
	if s := r.take(); s != nil {
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.take()
}

func (r *Registry) take() *Snapshot {
	r.door.Lock()
	defer r.door.Unlock()
	r.taken = r.current != nil
	return r.current
}

// begin makes sure that what Apply changes in place is in no snapshot that anybody has or
// can get.
func (r *Registry) begin() {
	r.door.Lock()
	defer r.door.Unlock()
	if r.taken {
		r.edit++
	} else {
		r.current = nil
	}
}

func (r *Registry) publish() {
	r.door.Lock()
	defer r.door.Unlock()
	r.current = &Snapshot{assets: r.assets, tenants: r.tenants, maxAge: r.maxAge}
	r.taken = false
}

// Applied says what became of the records of a batch.
type Applied struct {
	Used     int // said something new
	Repeated int // said before, or outdone by what was said before
	Ignored  int // kinds and actions that say nothing of who held what
	Refused  int // bad: see the error
	Dropped  int // fell out of a bound for age: these, or earlier ones for these
}

// maxReasons is how many refused records an error names.
const maxReasons = 8

// Apply takes the records of a batch; a snapshot with all of them is there when it
// returns. Twice is once, and batches may come in any order. Apply keeps nothing of b.
//
// Refused records are left out, all others are taken: the error, of KindInvalid, names the
// first of them, and bringing the batch again would say the same.
func (r *Registry) Apply(b *evenkeel.Batch) (Applied, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begin()
	defer r.publish()
	r.desk.open(b)
	var done Applied
	var reasons []error
	for i := range b.Records {
		f, err := r.record(&b.Records[i])
		if err != nil {
			if done.Refused++; len(reasons) < maxReasons {
				reasons = append(reasons, err)
			}
			continue
		}
		done.count(f)
	}
	for _, a := range r.desk.allAssets {
		r.settle(a)
	}
	for _, t := range r.desk.allTenants {
		done.Dropped += t.settle()
	}
	r.desk.close()
	if done.Refused == 0 {
		return done, nil
	}
	return done, &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: "apply inventory records of " + b.Source, Err: errors.Join(reasons...),
		Hint: "The records named were left out and all others taken. Correct what the sender says and send it again.",
	}
}

func (d *Applied) count(f fate) {
	switch f {
	case kept:
		d.Used++
	case keptFull:
		d.Used++
		d.Dropped++
	case repeated:
		d.Repeated++
	case surplus:
		d.Dropped++
	default:
		d.Ignored++
	}
}

func (d *desk) open(b *evenkeel.Batch) {
	d.batch = b
	d.assets = cleared(d.assets, len(b.Strings))
	d.tenants = cleared(d.tenants, len(b.Strings))
}

// close lets go of the batch, and of what a later Apply replaces.
func (d *desk) close() {
	d.batch = nil
	clear(d.assets)
	clear(d.tenants)
	clear(d.allAssets)
	clear(d.allTenants)
	d.allAssets, d.allTenants = d.allAssets[:0], d.allTenants[:0]
}

func cleared[T any](s []*T, n int) []*T {
	if cap(s) < n {
		return make([]*T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// asset returns the asset that y names, as a copy that this Apply may change.
func (r *Registry) asset(y evenkeel.Sym) (*asset, error) {
	if a := r.desk.assets[y]; a != nil {
		return a, nil
	}
	id := r.desk.batch.Text(y)
	a, ok := r.assets.Get(id)
	switch {
	case !ok:
		if err := evenkeel.CheckID("asset", id); err != nil {
			return nil, err
		}
		a = newAsset(evenkeel.AssetID(strings.Clone(id)))
	case a.edit != r.edit:
		c := *a
		a = &c
	}
	if a.edit != r.edit {
		a.edit = r.edit
		r.assets.Set(r.edit, a)
	}
	r.desk.allAssets = append(r.desk.allAssets, a)
	r.desk.assets[y] = a
	return a, nil
}

// tenant returns the tenant that y names, as a copy that this Apply may change.
func (r *Registry) tenant(y evenkeel.Sym) (*tenant, error) {
	if t := r.desk.tenants[y]; t != nil {
		return t, nil
	}
	id := r.desk.batch.Text(y)
	t, ok := r.tenants.Get(id)
	switch {
	case !ok:
		if err := evenkeel.CheckID("tenant", id); err != nil {
			return nil, err
		}
		t = newTenant(evenkeel.TenantID(strings.Clone(id)))
	case t.edit != r.edit:
		c := *t
		t = &c
	}
	if t.edit != r.edit {
		t.edit = r.edit
		r.tenants.Set(r.edit, t)
	}
	r.desk.allTenants = append(r.desk.allTenants, t)
	r.desk.tenants[y] = t
	return t, nil
}
