package sorted

import (
	"cmp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

const (
	recordBytes = 88                       // of a record, in memory and stored
	keyBytes    = 24                       // of a key
	textBytes   = 4                        // of a string's length, stored
	textHeld    = 16 + 48 + 8              // of a string in memory beyond its bytes: header, index, table
	chunkSize   = 1 << 13                  // records of a chunk
	indexBits   = 29                       // of a key's place that are the record's index
	mostRecords = 1<<indexBits - chunkSize // of one run
	indexMask   = uint32(1)<<indexBits - 1
)

// key is what most comparisons need, apart from the record, so that sorting moves 24 bytes.
type key struct {
	at     evenkeel.Moment
	id     uint64
	place  uint32 // rank above indexBits, index of the record below
	source evenkeel.Sym
}

// buffer is a run in memory. Records stand in chunks, which never move and are used again
// for the next run.
type buffer struct {
	chunks [][]evenkeel.Record
	keys   []key
	texts  []string
	index  map[string]evenkeel.Sym
	held   int64 // bytes in use

	// Of the batch that is being added: its Sym → ours, and its source.
	moved  []evenkeel.Sym
	source evenkeel.Sym
}

func newBuffer() *buffer {
	return &buffer{texts: []string{""}, index: make(map[string]evenkeel.Sym)}
}

func (b *buffer) reset() {
	b.keys = b.keys[:0]
	clear(b.texts)
	b.texts = append(b.texts[:0], "")
	clear(b.index)
	b.held = 0
}

// begin makes ready for records of a batch; again after a reset.
func (b *buffer) begin(from *evenkeel.Batch) {
	b.moved = slices.Grow(b.moved[:0], len(from.Strings))[:len(from.Strings)]
	clear(b.moved)
	b.source = b.intern(from.Source)
}

func (b *buffer) add(from *evenkeel.Batch, r *evenkeel.Record) {
	n := len(b.keys)
	if n/chunkSize == len(b.chunks) {
		b.chunks = append(b.chunks, make([]evenkeel.Record, chunkSize))
	}
	if n == cap(b.keys) {
		b.keys = slices.Grow(b.keys, max(n, chunkSize)) // append alone grows by a quarter
	}
	to := b.at(uint32(n))
	*to = *r
	to.Asset, to.Tenant = b.move(from, r.Asset), b.move(from, r.Tenant)
	for i, y := range r.Names {
		to.Names[i] = b.move(from, y)
	}
	b.keys = append(b.keys, key{
		at: r.At, id: r.ID, place: uint32(rankOf(r.Kind))<<indexBits | uint32(n), source: b.source,
	})
	b.held += recordBytes + keyBytes
}

func (b *buffer) at(i uint32) *evenkeel.Record {
	i &= indexMask
	return &b.chunks[i/chunkSize][i%chunkSize]
}

func (b *buffer) move(from *evenkeel.Batch, y evenkeel.Sym) evenkeel.Sym {
	if y == 0 {
		return 0
	}
	if b.moved[y] == 0 {
		b.moved[y] = b.intern(from.Strings[y])
	}
	return b.moved[y]
}

// intern keeps a copy of s, so that no sender's larger piece of memory is held.
func (b *buffer) intern(s string) evenkeel.Sym {
	if s == "" {
		return 0
	}
	if y, ok := b.index[s]; ok {
		return y
	}
	s = strings.Clone(s)
	y := evenkeel.Sym(len(b.texts))
	b.texts = append(b.texts, s)
	b.index[s] = y
	b.held += textHeld + int64(len(s))
	return y
}

// each calls f for every record in order.
func (b *buffer) each(f func(head) error) error {
	t := newTable(b.texts)
	slices.SortFunc(b.keys, func(x, y key) int { return b.compare(t, &x, &y) })
	for i := range b.keys {
		if err := f(b.head(t, &b.keys[i])); err != nil {
			return err
		}
	}
	return nil
}

func (b *buffer) head(t *table, k *key) head {
	return head{rec: b.at(k.place), texts: t, source: b.texts[k.source]}
}

// compare is the package's compare, on keys first.
func (b *buffer) compare(t *table, x, y *key) int {
	if x.at != y.at {
		return cmp.Compare(x.at, y.at)
	}
	if r, s := x.place>>indexBits, y.place>>indexBits; r != s {
		return cmp.Compare(r, s)
	}
	if x.source == y.source && x.id != y.id {
		return cmp.Compare(x.id, y.id)
	}
	return compare(b.head(t, x), b.head(t, y))
}
