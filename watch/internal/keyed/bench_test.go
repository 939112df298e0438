package keyed

import (
	"math/rand/v2"
	"testing"
)

const million = 1_000_000

// spread turns a number into a key as a keyed hash would (SplitMix64, public domain).
func spread(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

func filled(n, size int) *Table {
	t := New(size, 0)
	for i := range n {
		t.Put(spread(uint64(i)))
	}
	return t
}

func TestAKeyTakesItsRecordAndAFewBytes(t *testing.T) {
	for _, c := range []struct {
		size, keys int
		most       float64 // bytes beyond the record
	}{{24, 200_000, 17}, {120, million, 17}, {300, 200_000, 18}} {
		table := New(c.size, 0)
		for n := 1; n <= c.keys; n++ {
			table.Put(spread(uint64(n)))
			// Every size of the index is met, the largest share of it just after it grew.
			if got := float64(table.Bytes())/float64(n) - float64(c.size); n >= 50_000 && n%5000 == 0 && got > c.most {
				t.Errorf("%d records of %d bytes take %.1f bytes more per key", n, c.size, got)
			}
		}
	}
}

func TestKeysAreFoundWithoutAllocation(t *testing.T) {
	table := filled(5000, 120)
	i := uint64(0)
	if n := testing.AllocsPerRun(1000, func() {
		table.Get(spread(i % 9000))
		table.Put(spread(i % 5000))
		i++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Each benchmark is over 1 M keys of 120-byte records; an operation is one Get and one
// write into the record.
func BenchmarkGet(b *testing.B) {
	table := filled(million, 120)
	for _, c := range []struct {
		name string
		next func(r *rand.Rand) func() uint64
	}{
		{"uniform", func(r *rand.Rand) func() uint64 { return func() uint64 { return r.Uint64N(million) } }},
		{"zipf-1.1", func(r *rand.Rand) func() uint64 { return rand.NewZipf(r, 1.1, 1, million-1).Uint64 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			next, keys := c.next(rand.New(rand.NewPCG(1, 2))), make([]uint64, 1<<20)
			for i := range keys {
				keys[i] = spread(next())
			}
			i := 0
			for b.Loop() {
				rec, _, _ := table.Get(keys[i&(len(keys)-1)])
				rec[0]++
				i++
			}
			b.ReportMetric(float64(table.Bytes())/million, "B/key")
		})
	}
}

// BenchmarkMiss looks for keys that are not there.
func BenchmarkMiss(b *testing.B) {
	table := filled(million, 120)
	i := uint64(million)
	for b.Loop() {
		table.Get(spread(i))
		i++
	}
}

// BenchmarkPut fills a table with 1 M keys; an operation is one fresh key.
func BenchmarkPut(b *testing.B) {
	b.ReportAllocs()
	table := New(120, 0)
	for i := range b.N {
		if i%million == 0 {
			table = New(120, 0)
		}
		table.Put(spread(uint64(i)))
	}
}
