package sketch

import (
	"testing"
	"time"
	"unsafe"
)

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

// TestAMillionSourcesTakeNoMemory: what a flood fills has its size beforehand.
func TestAMillionSourcesTakeNoMemory(t *testing.T) {
	if a, b, c, d := unsafe.Sizeof(CountMin{}), unsafe.Sizeof(HyperLogLog{}), unsafe.Sizeof(Sliding{}), unsafe.Sizeof(SlidingMin{}); a > 64<<10+8 || b != 1<<10 || c != 32 || d > 128<<10+64 {
		t.Errorf("the sizes are %d, %d, %d and %d bytes", a, b, c, d)
	}
	counts, different, most, recent, window := new(CountMin), new(HyperLogLog), NewTop[uint64](256), new(Sliding), new(SlidingMin)
	source := uint64(0)
	if n := testing.AllocsPerRun(3, func() {
		for range 250_000 {
			source++
			hash := hashed(source)
			now := morning.Add(time.Duration(source) * time.Microsecond)
			counts.Add(hash, 1)
			different.Add(hash)
			most.Add(hash, source, 1)
			recent.Add(now, time.Second/8, 1)
			window.Add(hash, now, time.Second/8, 1)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if counts.Total() != 1_000_000 || most.Total() != 1_000_000 {
		t.Errorf("%d and %d came", counts.Total(), most.Total())
	}
}

func BenchmarkSources(b *testing.B) {
	const many = 1 << 20
	hashes := make([]uint64, many)
	for i := range hashes {
		hashes[i] = hashed(uint64(i))
	}
	i := 0
	next := func() uint64 {
		i++
		return hashes[i%many]
	}
	b.Run("count-min", func(b *testing.B) {
		c := new(CountMin)
		for b.Loop() {
			c.Add(next(), 1)
		}
	})
	b.Run("sliding count-min", func(b *testing.B) {
		c, now := new(SlidingMin), morning
		for b.Loop() {
			now = now.Add(time.Microsecond)
			c.Add(next(), now, time.Second, 1)
		}
	})
	b.Run("top 256, each new", func(b *testing.B) {
		t := NewTop[uint64](256)
		for b.Loop() {
			h := next()
			t.Add(h, h, 1)
		}
	})
	b.Run("top 256, known ones", func(b *testing.B) {
		t := NewTop[uint64](256)
		for b.Loop() {
			h := next() & 0xff
			t.Add(h, h, 1)
		}
	})
	b.Run("hyperloglog", func(b *testing.B) {
		h := new(HyperLogLog)
		for b.Loop() {
			h.Add(next())
		}
	})
	b.Run("hyperloglog counted", func(b *testing.B) {
		h := new(HyperLogLog)
		for range many {
			h.Add(next())
		}
		for b.Loop() {
			h.Count()
		}
	})
	b.Run("sliding", func(b *testing.B) {
		s, now := new(Sliding), morning
		for b.Loop() {
			now = now.Add(time.Microsecond)
			s.Add(now, time.Second, 1)
		}
	})
	b.Run("hash of an address", func(b *testing.B) {
		for b.Loop() {
			i++
			hashed(uint64(i))
		}
	})
}
