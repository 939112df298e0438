package certificates

import (
	"hash/maphash"
	"maps"
	"sync/atomic"
)

// shards is how many parts a table has: with 20,000 names one more means that a map of some eighty is copied.
const shards = 256

var seed = maphash.MakeSeed() // nobody can choose names that fall into one shard; no answer depends on it

// table is what look-ups by ACME read: names, lower case, and their pairs. Whoever writes holds the mutex of the demand.
type table [shards]atomic.Pointer[map[string]*pair]

func (t *table) shard(name string) *atomic.Pointer[map[string]*pair] {
	return &t[maphash.String(seed, name)%shards]
}

func (t *table) of(name string) *pair {
	if m := t.shard(name).Load(); m != nil {
		return (*m)[name]
	}
	return nil
}

// put sets the pair of a name; nil takes it away.
func (t *table) put(name string, p *pair) {
	at := t.shard(name)
	next := map[string]*pair{}
	if m := at.Load(); m != nil {
		next = maps.Clone(*m)
	}
	if p == nil {
		delete(next, name)
	} else {
		next[name] = p
	}
	at.Store(&next)
}

// all calls f with each name.
func (t *table) all(f func(string, *pair)) {
	for i := range t {
		if m := t[i].Load(); m != nil {
			for name, p := range *m {
				f(name, p)
			}
		}
	}
}
