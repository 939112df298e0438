package keyed

import "math"

// Table keeps one record of fixed size per key. It is not safe for use from several
// goroutines.
type Table struct {
	slab  slab
	index index
	cap   int // most records
	n     int // records
}

// New returns an empty table of records of recordSize bytes, at least 0. It takes at most
// cap records; 0 is none but what refs can name, some 10⁹.
func New(recordSize, cap int) *Table {
	if cap <= 0 {
		cap = math.MaxInt
	}
	return &Table{slab: newSlab(max(recordSize, 0)), cap: cap}
}

// Len returns the number of records.
func (t *Table) Len() int { return t.n }

// Bytes returns the memory that the table holds, in bytes.
func (t *Table) Bytes() int { return t.slab.bytes() + t.index.bytes() }

// Get returns the record of a key and its ref. The bytes stay the key's until it is
// deleted.
func (t *Table) Get(key uint64) (rec []byte, ref uint32, ok bool) {
	if _, ref, ok = t.index.find(&t.slab, key); !ok {
		return nil, 0, false
	}
	return t.slab.at(ref), ref, true
}

// Put returns the record of a key, and makes one of zeros where there is none (fresh). It
// is not ok when a fresh one would be one too many.
func (t *Table) Put(key uint64) (rec []byte, ref uint32, fresh, ok bool) {
	slot, ref, found := t.index.find(&t.slab, key)
	if found {
		return t.slab.at(ref), ref, false, true
	}
	if t.n >= t.cap || t.slab.full() {
		return nil, 0, false, false
	}
	if t.n >= t.index.most {
		t.index.grow(&t.slab)
		slot, _, _ = t.index.find(&t.slab, key)
	}
	ref = t.slab.take(key)
	t.index.set(slot, key, ref)
	t.n++
	return t.slab.at(ref), ref, true, true
}

// At returns the record of a ref that Get, Put or Each gave and whose key was not deleted
// since.
func (t *Table) At(ref uint32) []byte { return t.slab.at(ref) }

// Known says whether a ref was ever given, so that At has something to return for it.
func (t *Table) Known(ref uint32) bool {
	return ref < t.slab.next && ref&(1<<t.slab.shift-1) < t.slab.per
}

// KeyAt returns the key of such a ref.
func (t *Table) KeyAt(ref uint32) uint64 { return t.slab.key(ref) }

// Rename gives the record of one key to another; the ref stays. It does nothing and returns
// false when the old key has no record, or another new key has one.
func (t *Table) Rename(old, new uint64) bool {
	slot, ref, ok := t.index.find(&t.slab, old)
	if !ok || old == new {
		return ok
	}
	if _, _, taken := t.index.find(&t.slab, new); taken {
		return false
	}
	t.index.unset(&t.slab, slot)
	t.slab.rename(ref, new)
	slot, _, _ = t.index.find(&t.slab, new)
	t.index.set(slot, new, ref)
	return true
}

// Delete removes the record of a key and says whether there was one. Its ref goes to a
// later key.
func (t *Table) Delete(key uint64) bool {
	slot, ref, ok := t.index.find(&t.slab, key)
	if !ok {
		return false
	}
	t.index.unset(&t.slab, slot)
	t.slab.give(ref)
	t.n--
	return true
}

// Each calls f for each record in the order of refs, until f returns false. f may delete
// the key that it is given, and no other; it may not put or rename.
func (t *Table) Each(f func(key uint64, ref uint32, rec []byte) bool) {
	for ref := range t.slab.refs() {
		if !f(t.slab.key(ref), ref, t.slab.at(ref)) {
			return
		}
	}
}
