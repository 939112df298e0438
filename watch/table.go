package watch

import (
	"encoding/binary"

	"github.com/evenkeel/evenkeel/watch/internal/keyed"
)

// table is the subjects of one kind in one partition: their bytes, and their names, which
// only publishing needs. Windows over events that few assets ever see (flows, host events)
// lie in a record of their own, which most subjects do not have.
type table struct {
	keys  *keyed.Table
	rare  *keyed.Table // by the same keys; nil where no window is rare
	names names
	swept uint32 // where the next look at subjects begins
}

func newTable(f *floor, most int) *table {
	t := &table{keys: keyed.New(f.size, most)}
	if f.rareSize > 0 {
		t.rare = keyed.New(f.rareSize, most)
	}
	return t
}

// state is one subject's bytes: the header, the episodes and the windows, and the rare
// windows, nil while no record has come into any of them.
type state struct{ rec, rare []byte }

func (t *table) state(ref uint32) state {
	s := state{rec: t.keys.At(ref)}
	if head(s.rec).hasRare() {
		s.rare, _, _ = t.rare.Get(t.keys.KeyAt(ref))
	}
	return s
}

// openRare makes the record of a subject's rare windows; nil when the table is full.
func (t *table) openRare(ref uint32) []byte {
	rare, _, _, ok := t.rare.Put(t.keys.KeyAt(ref))
	if !ok {
		return nil
	}
	head(t.keys.At(ref)).setRare()
	return rare
}

// rename gives a subject another key.
func (t *table) rename(ref uint32, key uint64) bool {
	old := t.keys.KeyAt(ref)
	if !t.keys.Rename(old, key) {
		return false
	}
	if head(t.keys.At(ref)).hasRare() {
		t.rare.Rename(old, key)
	}
	return true
}

func (t *table) drop(ref uint32) {
	key := t.keys.KeyAt(ref)
	if head(t.keys.At(ref)).hasRare() {
		t.rare.Delete(key)
	}
	t.names.drop(ref)
	t.keys.Delete(key)
}

// names holds one short text per ref in one piece of memory without pointers.
type names struct {
	at    []uint32 // offset + 1 into text; 0 none
	text  []byte   // length as uvarint, then the bytes
	waste int
}

func (n *names) set(ref uint32, parts ...string) {
	for int(ref) >= len(n.at) {
		n.at = append(n.at, 0)
	}
	n.at[ref] = uint32(len(n.text)) + 1
	size := len(parts) - 1
	for _, p := range parts {
		size += len(p)
	}
	n.text = binary.AppendUvarint(n.text, uint64(size))
	for i, p := range parts {
		if i > 0 {
			n.text = append(n.text, 0)
		}
		n.text = append(n.text, p...)
	}
}

func (n *names) get(ref uint32) string {
	b, _ := n.bytes(ref)
	return string(b)
}

func (n *names) bytes(ref uint32) (text []byte, stored int) {
	if int(ref) >= len(n.at) || n.at[ref] == 0 {
		return nil, 0
	}
	b := n.text[n.at[ref]-1:]
	size, head := binary.Uvarint(b)
	return b[head : head+int(size)], head + int(size)
}

// drop forgets a name; when more than half of the text is waste it is packed anew.
func (n *names) drop(ref uint32) {
	_, stored := n.bytes(ref)
	if stored == 0 {
		return
	}
	n.at[ref] = 0
	n.waste += stored
	if n.waste < 64<<10 || n.waste < len(n.text)/2 {
		return
	}
	old := names{at: n.at, text: n.text}
	n.text, n.waste = make([]byte, 0, len(old.text)-n.waste), 0
	for ref := range old.at {
		if b, stored := old.bytes(uint32(ref)); stored > 0 {
			at := uint32(len(n.text)) + 1
			n.text = binary.AppendUvarint(n.text, uint64(len(b)))
			n.text = append(n.text, b...)
			n.at[ref] = at
		}
	}
}
