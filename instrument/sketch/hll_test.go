package sketch

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestTheErrorOfAnHLL(t *testing.T) {
	const seeds = 400
	for _, c := range []struct {
		n             int
		most, biasMax float64 // as shares of n
	}{
		{1, 0, 0}, {10, 0.05, 0.02}, {100, 0.05, 0.01}, {1000, 0.07, 0.01}, {10_000, 0.072, 0.012}, {50_000, 0.072, 0.012},
	} {
		var sum, squares float64
		for seed := range uint64(seeds) {
			r, h := rand.New(rand.NewPCG(seed, 9)), make(HLL, HLLSize)
			for range c.n {
				h.Add(r.Uint64())
			}
			e := float64(h.Estimate())/float64(c.n) - 1
			sum += e
			squares += e * e
		}
		rmse, bias := math.Sqrt(squares/seeds), sum/seeds
		t.Logf("n %d: RMSE %.4f, bias %+.4f", c.n, rmse, bias)
		if rmse > c.most || math.Abs(bias) > c.biasMax {
			t.Errorf("n %d: RMSE %.4f, bias %+.4f, want at most %v, ±%v", c.n, rmse, bias, c.most, c.biasMax)
		}
	}
}

func TestMergedHLLsAreTheHLLOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "number of hashes")
		hashes := rapid.SliceOfN(rapid.Uint64(), n, n).Draw(t, "hashes")
		all, left, right := make(HLL, HLLSize), make(HLL, HLLSize), make(HLL, HLLSize)
		for i, hash := range hashes {
			before := all.Estimate()
			if changed := all.Add(hash); !changed && all.Estimate() != before {
				t.Fatalf("Add(%x) says that nothing changed", hash)
			}
			if all.Add(hash) {
				t.Fatalf("Add(%x) a second time says that it changed", hash)
			}
			if i%3 != 0 {
				left.Add(hash)
			}
			if i%3 != 1 {
				right.Add(hash)
			}
		}
		left.Merge(right)
		if !bytes.Equal(left, all) {
			t.Fatalf("merged to %x, want %x", left, all)
		}
	})
}

// The numbers are the same on every architecture.
func TestEstimatesStay(t *testing.T) {
	r, h := rand.New(rand.NewPCG(3, 4)), make(HLL, HLLSize)
	got := []uint64{h.Estimate()}
	for n := 1; n <= 1_000_000; n++ {
		if h.Add(r.Uint64()); n == 1 || n == 7 || n == 100 || n == 3000 || n == 1_000_000 {
			got = append(got, h.Estimate())
		}
	}
	want := []uint64{0, 1, 7, 101, 3000, 985147}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("estimates %v, want %v", got, want)
		}
	}
}

func TestAnHLLOfAnyBytesHasAnEstimate(t *testing.T) {
	for _, fill := range []byte{1, hllMost - 1, hllMost, 255} {
		h := HLL(bytes.Repeat([]byte{fill}, HLLSize))
		h.Estimate()
		h.Add(0)
		h[7] = 0
		h.Estimate()
	}
	short := HLL{1, 2}
	short.Merge(make(HLL, HLLSize))
	if short.Add(1) || short.Estimate() != 0 || !bytes.Equal(short, []byte{1, 2}) {
		t.Error("bytes of another size are not left alone")
	}
}

func TestSketchesDoNotAllocate(t *testing.T) {
	h, hash := make(HLL, HLLSize), uint64(0)
	hist := counted([]uint64{MaxValue})
	if n := testing.AllocsPerRun(1000, func() {
		hash += 0x9e3779b97f4a7c15
		h.Add(hash)
		h.Estimate()
		hist.Add(hash % MaxValue)
		hist.Quantile(0.99)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSketch(b *testing.B) {
	h, hist := make(HLL, HLLSize), counted([]uint64{MaxValue})
	for i := range uint64(10_000) {
		h.Add(i * 0x9e3779b97f4a7c15)
		hist.Add(i * i)
	}
	hash := uint64(0)
	b.Run("hll-add", func(b *testing.B) {
		for b.Loop() {
			hash += 0x9e3779b97f4a7c15
			h.Add(hash)
		}
	})
	b.Run("hll-estimate", func(b *testing.B) {
		for b.Loop() {
			h.Estimate()
		}
	})
	b.Run("histogram-add", func(b *testing.B) {
		for b.Loop() {
			hash += 0x9e3779b97f4a7c15
			hist.Add(hash >> 35)
		}
	})
	b.Run("histogram-quantile", func(b *testing.B) {
		for b.Loop() {
			hist.Quantile(0.99)
		}
	})
}
