package sketch

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

func hashed(v uint64) uint64 {
	h := siphash.New(siphash.Key{7})
	h.Uint64(v)
	return h.Sum()
}

func TestDifferentValuesAreCountedWithinTheErrorThatIsTold(t *testing.T) {
	for _, c := range []struct {
		values int
		most   float64 // error, in values: four standard errors
	}{{0, 0}, {1, 0}, {5, 0}, {15, 1}, {100, 5}, {1000, 48}, {10_000, 680}} {
		for turn := range uint64(20) {
			var b Bits
			for i := range c.values {
				b.Add(hashed(turn<<32 | uint64(i)))
				b.Add(hashed(turn<<32 | uint64(i))) // twice is once
			}
			if got := float64(b.Count()); math.Abs(got-float64(c.values)) > c.most {
				t.Errorf("%d values are counted as %v", c.values, got)
			}
		}
	}
}

func TestAFullOneSaysTheMost(t *testing.T) {
	var b Bits
	for i := range uint64(BitsSize) {
		if !b.Add(i) || b.Add(i) {
			t.Fatal("a bit is not set once")
		}
	}
	if b.Count() != BitsMost {
		t.Errorf("a full one says %d", b.Count())
	}
}

func TestAUnionCountsLikeBothTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var one, two, both Bits
		for _, v := range rapid.SliceOf(rapid.Uint64()).Draw(t, "one") {
			one.Add(v)
			both.Add(v)
		}
		for _, v := range rapid.SliceOf(rapid.Uint64()).Draw(t, "two") {
			two.Add(v)
			both.Add(v)
		}
		one.Union(&two)
		if one != both || one.Count() != both.Count() {
			t.Fatalf("%d and %d", one.Count(), both.Count())
		}
	})
}
