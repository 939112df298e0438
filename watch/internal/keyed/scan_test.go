package keyed

import (
	"testing"

	"pgregory.net/rapid"
)

func TestScanMeetsEachRecordOnceInATurnAndBearsDeletion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := New(4, 0)
		keys := rapid.SliceOfNDistinct(rapid.Uint64(), 0, 300, rapid.ID[uint64]).Draw(t, "keys")
		for _, k := range keys {
			table.Put(k)
		}
		for _, k := range keys {
			if rapid.Bool().Draw(t, "gone") {
				table.Delete(k)
			}
		}
		want, met := table.Len(), map[uint32]bool{}
		step, cursor := rapid.IntRange(1, 200).Draw(t, "step"), uint32(0)
		for around, calls := false, 0; !around && calls < 10_000; calls++ {
			around = table.Scan(&cursor, step, func(ref uint32, rec []byte) {
				if met[ref] {
					t.Fatalf("ref %d twice in one turn", ref)
				}
				met[ref] = true
				if ref%3 == 0 {
					table.Delete(table.KeyAt(ref))
				}
			})
		}
		if len(met) != want {
			t.Fatalf("met %d of %d records", len(met), want)
		}
	})
}
