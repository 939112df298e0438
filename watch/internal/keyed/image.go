package keyed

import (
	"slices"

	"github.com/evenkeel/evenkeel/instrument/section"
)

// Image is the records of a table at a moment, without the index, which can be made again.
type Image struct {
	slab slab
	n    int
}

// Image copies the records. An old image that nobody reads any more gives its memory; it may
// be nil.
func (t *Table) Image(old *Image) *Image {
	if old == nil {
		old = &Image{}
	}
	chunks := slices.Grow(old.slab.chunks[:0], len(t.slab.chunks))
	for i, c := range t.slab.chunks {
		var room []byte
		if i < len(old.slab.chunks) {
			room = old.slab.chunks[i]
		}
		chunks = append(chunks, append(room[:0], c...))
	}
	live := append(old.slab.live[:0], t.slab.live...)
	*old = Image{slab: t.slab, n: t.n}
	old.slab.chunks, old.slab.live = chunks, live
	return old
}

// Len returns the number of records.
func (m *Image) Len() int { return m.n }

// Each calls f for each record in the order of refs.
func (m *Image) Each(f func(key uint64, ref uint32, rec []byte)) {
	for ref := range m.slab.refs() {
		f(m.slab.key(ref), ref, m.slab.at(ref))
	}
}

// Write writes the records: how many places were ever used; which of them are free, in the
// order in which they will be used again; per other place, in order, key and record.
// Equal calls of a Table's methods give equal bytes.
func (m *Image) Write(w *section.Writer) {
	s := &m.slab
	used := s.places(s.next)
	w.Uvarint(uint64(used))
	w.Uvarint(uint64(used - m.n))
	for ref := s.free; ref != 0; ref = uint32(s.key(ref - 1)) {
		w.Uvarint(uint64(s.places(ref - 1)))
	}
	for ref := range s.refs() {
		w.Bytes(s.keyBytes(ref))
		w.Bytes(s.at(ref))
	}
}

// Read returns a table with the records that Write wrote, under the same refs. What makes no
// sense fails the reader; then the table is empty.
func Read(r *section.Reader, recordSize, cap int) *Table {
	t := New(recordSize, cap)
	used := r.Count(t.slab.places(maxRefs - 1))
	free := make(map[int]bool)
	var order []int
	for range r.Count(used) {
		p := r.Count(max(used, 1) - 1)
		if free[p] {
			r.Fail("place %d is free twice", p)
		}
		if r.Err() != nil {
			return New(recordSize, cap)
		}
		free[p] = true
		order = append(order, p)
	}
	for p := 0; p < used && r.Err() == nil; p++ {
		ref := t.slab.extend()
		if !free[p] {
			r.Bytes(t.slab.keyBytes(ref))
			r.Bytes(t.slab.at(ref))
			t.slab.live[ref/64] |= 1 << (ref % 64)
			t.n++
		}
	}
	if r.Err() != nil {
		return New(recordSize, cap)
	}
	for _, p := range slices.Backward(order) {
		t.slab.give(t.slab.ref(p))
	}
	if !t.index.rebuild(&t.slab, used) {
		r.Fail("a key is there twice")
		return New(recordSize, cap)
	}
	return t
}
