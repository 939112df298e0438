package trie

import (
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

type pair struct {
	key   string
	value int
}

func (p pair) Key() string { return p.key }

// TestMapIsAGoMapWhoseCopiesStay compares every copy with a Go map that was really copied.
// Hashes are forged to a few values, so that all levels and the lists below are met.
func TestMapIsAGoMapWhoseCopiesStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.SliceOfN(rapid.SampledFrom([]uint64{0, 1, 64, 1 << 59, 1 << 60, 1 << 63, 1<<63 | 1}), 12, 12).Draw(t, "hashes")
		m, want := New[pair](), map[string]int{}
		edit := uint64(1)
		type kept struct {
			m    Map[pair]
			want map[string]int
		}
		var copies []kept
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 4).Draw(t, "copy") == 0 {
				copies = append(copies, kept{m, maps.Clone(want)})
				edit++
			}
			k := rapid.IntRange(0, len(hashes)-1).Draw(t, "key")
			v := rapid.Int().Draw(t, "value")
			m.set(edit, entry[pair]{hashes[k], pair{fmt.Sprint(k), v}})
			want[fmt.Sprint(k)] = v
		}
		for _, c := range append(copies, kept{m, want}) {
			if c.m.Len() != len(c.want) {
				t.Fatalf("Len() = %d, want %d", c.m.Len(), len(c.want))
			}
			all := map[string]int{}
			for p := range c.m.All() {
				if _, twice := all[p.key]; twice {
					t.Fatalf("All gives %s twice", p.key)
				}
				all[p.key] = p.value
			}
			if !maps.Equal(all, c.want) {
				t.Fatalf("All gives %v, want %v", all, c.want)
			}
			for range c.m.All() {
				break // which stops it at any depth
			}
			for k, h := range hashes {
				got, ok := c.m.get(h, fmt.Sprint(k))
				want, has := c.want[fmt.Sprint(k)]
				if got.value != want || ok != has {
					t.Fatalf("get %d = %d, %v; want %d, %v", k, got.value, ok, want, has)
				}
			}
		}
	})
}

func TestManyKeysAreFoundAndOthersAreNot(t *testing.T) {
	m := New[pair]()
	for i := range 50_000 {
		m.Set(uint64(i/100), pair{fmt.Sprint("key-", i), i})
	}
	for i := range 50_000 {
		if v, ok := m.Get(fmt.Sprint("key-", i)); !ok || v.value != i {
			t.Fatalf("key-%d = %v, %v", i, v, ok)
		}
	}
	if _, ok := m.Get("key-50000"); ok || m.Len() != 50_000 {
		t.Fatalf("found a key that was not set, or Len() = %d", m.Len())
	}
	if n := testing.AllocsPerRun(100, func() { m.Get("key-777") }); n != 0 {
		t.Errorf("Get allocates %v times", n)
	}
}
