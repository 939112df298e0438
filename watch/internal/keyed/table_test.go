package keyed

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// machine compares a table with a map of the same calls.
type machine struct {
	table *Table
	size  int
	cap   int
	want  map[uint64][]byte
	refs  map[uint64]uint32
	keys  *rapid.Generator[uint64]
}

func (m *machine) put(t *rapid.T) {
	key := m.keys.Draw(t, "key")
	old, had := m.want[key]
	rec, ref, fresh, ok := m.table.Put(key)
	switch {
	case ok != (had || len(m.want) < m.cap):
		t.Fatalf("Put(%d) with %d records of at most %d: ok = %v", key, len(m.want), m.cap, ok)
	case !ok:
		return
	case fresh == had:
		t.Fatalf("Put(%d): fresh = %v", key, fresh)
	case fresh && !bytes.Equal(rec, make([]byte, m.size)):
		t.Fatalf("Put(%d): a fresh record is %x", key, rec)
	case had && (!bytes.Equal(rec, old) || ref != m.refs[key]):
		t.Fatalf("Put(%d) = %x at %d, want %x at %d", key, rec, ref, old, m.refs[key])
	}
	for i := range rec {
		rec[i] = byte(key) + byte(i) + 1
	}
	m.want[key], m.refs[key] = bytes.Clone(rec), ref
}

func (m *machine) get(t *rapid.T) {
	key := m.keys.Draw(t, "key")
	want, had := m.want[key]
	rec, ref, ok := m.table.Get(key)
	if ok != had || !bytes.Equal(rec, want) || ok && ref != m.refs[key] {
		t.Fatalf("Get(%d) = %x, %v at %d, want %x, %v at %d", key, rec, ok, ref, want, had, m.refs[key])
	}
	if ok && (m.table.KeyAt(ref) != key || !bytes.Equal(m.table.At(ref), want)) {
		t.Fatalf("ref %d is %d with %x, want %d with %x", ref, m.table.KeyAt(ref), m.table.At(ref), key, want)
	}
}

func (m *machine) rename(t *rapid.T) {
	old, new := m.keys.Draw(t, "old"), m.keys.Draw(t, "new")
	_, had := m.want[old]
	_, taken := m.want[new]
	want := had && (old == new || !taken)
	if got := m.table.Rename(old, new); got != want {
		t.Fatalf("Rename(%d, %d) = %v, want %v", old, new, got, want)
	}
	if want && old != new {
		m.want[new], m.refs[new] = m.want[old], m.refs[old]
		delete(m.want, old)
		delete(m.refs, old)
	}
}

func (m *machine) delete(t *rapid.T) {
	key := m.keys.Draw(t, "key")
	_, had := m.want[key]
	if got := m.table.Delete(key); got != had {
		t.Fatalf("Delete(%d) = %v, want %v", key, got, had)
	}
	delete(m.want, key)
	delete(m.refs, key)
}

func (m *machine) check(t *rapid.T) {
	if m.table.Len() != len(m.want) {
		t.Fatalf("Len = %d, want %d", m.table.Len(), len(m.want))
	}
	var refs []uint32
	m.table.Each(func(key uint64, ref uint32, rec []byte) bool {
		if want, ok := m.want[key]; !ok || !bytes.Equal(rec, want) || ref != m.refs[key] {
			t.Fatalf("Each gives %d with %x at %d, want %x at %d", key, rec, ref, want, m.refs[key])
		}
		refs = append(refs, ref)
		return true
	})
	if want := slices.Sorted(maps.Values(m.refs)); !slices.Equal(refs, want) {
		t.Fatalf("Each gives refs %v, want %v", refs, want)
	}
}

func TestATableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{
			size: rapid.SampledFrom([]int{0, 1, 24, 120, 1021, 5000}).Draw(t, "record size"),
			cap:  rapid.SampledFrom([]int{1, 40, 1 << 30}).Draw(t, "cap"),
			want: map[uint64][]byte{}, refs: map[uint64]uint32{},
			keys: rapid.OneOf(
				rapid.Uint64Range(0, 60), // one home after another
				rapid.Custom(func(t *rapid.T) uint64 { // few homes, at the ends of the array
					const inverse = 0xf1de83e19937733d // of the spreading factor, modulo 2⁶⁴
					return (rapid.Uint64Range(0, 30).Draw(t, "low") - rapid.SampledFrom([]uint64{0, 31}).Draw(t, "end")) * inverse
				}),
				rapid.Uint64()),
		}
		m.table = New(m.size, m.cap)
		actions := map[int]func(*rapid.T){0: m.put, 1: m.put, 2: m.put, 3: m.get, 4: m.rename, 5: m.delete}
		for range rapid.IntRange(0, 300).Draw(t, "calls") {
			actions[rapid.IntRange(0, len(actions)-1).Draw(t, "call")](t)
		}
		m.check(t)
	})
}

func TestRecordsStayWhereTheyAreWhileATableGrows(t *testing.T) {
	table := New(12, 0)
	first, ref, _, _ := table.Put(7)
	for key := uint64(100); key < 20_000; key++ {
		rec, _, _, _ := table.Put(key)
		binary.LittleEndian.PutUint64(rec, key)
	}
	first[0] = 9
	if got, again, ok := table.Get(7); !ok || again != ref || got[0] != 9 {
		t.Errorf("Get(7) = %v at %d, %v, want what was written through the first slice at %d", got, again, ok, ref)
	}
	if rec, _, _ := table.Get(7); cap(rec) != 12 {
		t.Errorf("a record has room for %d bytes, want 12", cap(rec))
	}
	for key := uint64(100); key < 20_000; key++ {
		if rec, _, ok := table.Get(key); !ok || binary.LittleEndian.Uint64(rec) != key {
			t.Fatalf("Get(%d) = %x, %v", key, rec, ok)
		}
	}
}

func TestEachMayDeleteWhatItIsGiven(t *testing.T) {
	table := New(8, 0)
	for key := range uint64(5000) {
		table.Put(key)
	}
	table.Each(func(key uint64, _ uint32, _ []byte) bool {
		return key%2 != 0 || table.Delete(key)
	})
	seen := 0
	table.Each(func(key uint64, _ uint32, _ []byte) bool {
		if key%2 == 0 {
			t.Errorf("%d is still there", key)
		}
		seen++
		return seen < 100
	})
	if table.Len() != 2500 || seen != 100 {
		t.Errorf("%d records are left, want 2500; Each went on for %d, want 100", table.Len(), seen)
	}
}

func TestFreedRecordsAreUsedAgain(t *testing.T) {
	table := New(120, 0)
	for key := range uint64(10_000) {
		table.Put(key)
	}
	bytes := table.Bytes()
	for key := range uint64(100_000) {
		table.Delete(key)
		table.Put(key + 10_000)
	}
	if table.Bytes() != bytes || table.Len() != 10_000 {
		t.Errorf("%d records take %d bytes, want 10000 in %d", table.Len(), table.Bytes(), bytes)
	}
}
