package sketch

import "testing"

func TestHistogramDoesNotAllocate(t *testing.T) {
	hist, hash := counted([]uint64{MaxValue}), uint64(0)
	if n := testing.AllocsPerRun(1000, func() {
		hash += 0x9e3779b97f4a7c15
		hist.Add(hash % MaxValue)
		hist.Quantile(0.99)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHistogram(b *testing.B) {
	hist, hash := counted([]uint64{MaxValue}), uint64(0)
	for i := range uint64(10_000) {
		hist.Add(i * i)
	}
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			hash += 0x9e3779b97f4a7c15
			hist.Add(hash >> 35)
		}
	})
	b.Run("quantile", func(b *testing.B) {
		for b.Loop() {
			hist.Quantile(0.99)
		}
	})
}
