package trie

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// Each level takes six bits of the hash; below the last level keys of equal hash stand in
// a list.
const (
	levelBits = 6
	levels    = (64 + levelBits - 1) / levelBits
)

// Keyed is a value that knows its key, which never changes. The map holds no other copy of
// it: small nodes are cheap to copy.
type Keyed interface{ Key() string }

// Map is a set of keyed values. To keep it as it is now, copy it, and go on with a greater
// edit number. The zero Map is not usable: see New.
type Map[V Keyed] struct {
	root *node[V]
	len  int
	seed maphash.Seed
}

// New returns an empty map. Its hash is seeded at random, so that nobody can choose keys
// that collide.
func New[V Keyed]() Map[V] { return Map[V]{seed: maphash.MakeSeed()} }

// node has for each of 64 branches a child, an entry or nothing. Edit is the number of the
// edit that made the node and may change it in place.
type node[V Keyed] struct {
	edit     uint64
	branches uint64 // which have a child
	filled   uint64 // which have an entry
	children []*node[V]
	entries  []entry[V]
}

type entry[V Keyed] struct {
	hash  uint64
	value V
}

// Len returns the number of keys.
func (m Map[V]) Len() int { return m.len }

// Get returns the value of a key.
func (m Map[V]) Get(key string) (V, bool) { return m.get(maphash.String(m.seed, key), key) }

// Set puts a value under its key. Nodes that were made under the same edit number are changed
// in place, all others are copied.
func (m *Map[V]) Set(edit uint64, value V) {
	m.set(edit, entry[V]{maphash.String(m.seed, value.Key()), value})
}

// All returns the values in no order that would be the same again.
func (m Map[V]) All() iter.Seq[V] {
	return func(yield func(V) bool) { m.root.each(yield) }
}

func (n *node[V]) each(yield func(V) bool) bool {
	if n == nil {
		return true
	}
	for i := range n.entries {
		if !yield(n.entries[i].value) {
			return false
		}
	}
	for _, c := range n.children {
		if !c.each(yield) {
			return false
		}
	}
	return true
}

func (m Map[V]) get(hash uint64, key string) (none V, ok bool) {
	n, rest := m.root, hash
	for range levels {
		if n == nil {
			return none, false
		}
		bit := uint64(1) << (rest & (1<<levelBits - 1))
		if n.filled&bit != 0 {
			if e := &n.entries[index(n.filled, bit)]; e.hash == hash && e.value.Key() == key {
				return e.value, true
			}
			return none, false
		}
		if n.branches&bit == 0 {
			return none, false
		}
		n, rest = n.children[index(n.branches, bit)], rest>>levelBits
	}
	for i := range n.entries {
		if n.entries[i].value.Key() == key {
			return n.entries[i].value, true
		}
	}
	return none, false
}

func (m *Map[V]) set(edit uint64, e entry[V]) {
	root, added := m.root.with(edit, 0, e)
	m.root = root
	if added {
		m.len++
	}
}

// with returns n, or a copy of n, with e in it, and whether e's key is new.
func (n *node[V]) with(edit uint64, level int, e entry[V]) (*node[V], bool) {
	n = n.own(edit)
	if level == levels {
		return n, n.list(e)
	}
	bit := uint64(1) << (e.hash >> (level * levelBits) & (1<<levelBits - 1))
	switch {
	case n.branches&bit != 0:
		i := index(n.branches, bit)
		child, added := n.children[i].with(edit, level+1, e)
		n.children[i] = child
		return n, added
	case n.filled&bit == 0:
		n.entries = slices.Insert(n.entries, index(n.filled, bit), e)
		n.filled |= bit
		return n, true
	}
	i := index(n.filled, bit)
	old := n.entries[i]
	if old.hash == e.hash && old.value.Key() == e.value.Key() {
		n.entries[i].value = e.value
		return n, false
	}
	child, _ := (*node[V])(nil).with(edit, level+1, old)
	child, _ = child.with(edit, level+1, e)
	n.entries = slices.Delete(n.entries, i, i+1)
	n.filled &^= bit
	n.children = slices.Insert(n.children, index(n.branches, bit), child)
	n.branches |= bit
	return n, true
}

// list puts e among keys of equal hash.
func (n *node[V]) list(e entry[V]) bool {
	for i := range n.entries {
		if n.entries[i].value.Key() == e.value.Key() {
			n.entries[i].value = e.value
			return false
		}
	}
	n.entries = append(n.entries, e)
	return true
}

// own returns a node that this edit may change.
func (n *node[V]) own(edit uint64) *node[V] {
	switch {
	case n == nil:
		return &node[V]{edit: edit}
	case n.edit == edit:
		return n
	}
	return &node[V]{
		edit: edit, branches: n.branches, filled: n.filled,
		children: slices.Clone(n.children), entries: slices.Clone(n.entries),
	}
}

// index is the place of a bit among the set bits.
func index(set, bit uint64) int { return bits.OnesCount64(set & (bit - 1)) }
