package sketch

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// comings are keys with how often each comes, a few of them often.
func comings(t *rapid.T, name string) (order []uint64, truth map[uint64]uint32) {
	truth = map[uint64]uint32{}
	for range rapid.IntRange(0, 300).Draw(t, name) {
		k := rapid.Uint64Range(0, 40).Draw(t, "key")
		order = append(order, hashed(k*k))
		truth[hashed(k*k)]++
	}
	return order, truth
}

func TestACountIsNeverTooSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c, plain CountMin
		// Hashes of a few bits, so that keys meet in many rows.
		truth := map[uint64]uint64{}
		for range rapid.IntRange(1, 400).Draw(t, "adds") {
			h := rapid.Uint64().Draw(t, "hash") & 0x0003_0003_0003_0003
			n := rapid.Uint32Range(0, 5).Draw(t, "n")
			truth[h] += uint64(n)
			if got := c.Add(h, n); got != c.Estimate(h) || uint64(got) < truth[h] {
				t.Fatalf("%x is said to have come %d times, %d after adding; it came %d", h, got, c.Estimate(h), truth[h])
			}
			for r := range plain.rows {
				plain.rows[r][at(h, r)] += n
			}
		}
		for h, n := range truth {
			if got := uint64(c.Estimate(h)); got < n || got > uint64(plain.Estimate(h)) {
				t.Fatalf("%x came %d times, is said %d, and %d without the conservative update", h, n, got, plain.Estimate(h))
			}
		}
	})
}

func TestMergedCountsAreNeverTooSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var one, two, back CountMin
		a, truth := comings(t, "here")
		b, more := comings(t, "there")
		for _, h := range a {
			one.Add(h, 1)
		}
		for _, h := range b {
			two.Add(h, 1)
		}
		back = two
		back.Merge(&one)
		one.Merge(&two)
		if one != back {
			t.Fatal("it shows which was merged into which")
		}
		for h, n := range more {
			truth[h] += n
		}
		for h, n := range truth {
			if got := one.Estimate(h); got < n {
				t.Fatalf("%x came %d times and is said to have come %d", h, n, got)
			}
		}
		if one.Total() != uint64(len(a)+len(b)) {
			t.Fatalf("the total is %d", one.Total())
		}
	})
}

// TestCountsAreWithinTheErrorThatIsTold has a million sources that come once, and a thousand that come often.
func TestCountsAreWithinTheErrorThatIsTold(t *testing.T) {
	var c CountMin
	for i := range uint64(1_000_000) {
		c.Add(hashed(i), 1)
		if i%100 == 0 {
			c.Add(hashed(i%100_000), 9)
		}
	}
	most := float64(c.Total()) * math.E / cmWidth
	beyond, asked := 0, 0
	for i := uint64(0); i < 1_000_000; i += 37 {
		truth := 1.0
		if i < 100_000 && i%100 == 0 {
			truth += 90
		}
		got := float64(c.Estimate(hashed(i)))
		if got < truth {
			t.Fatalf("%d came %v times and is said to have come %v", i, truth, got)
		}
		asked++
		if got > truth+most {
			beyond++
		}
	}
	if float64(beyond) > float64(asked)*math.Exp(-cmRows) {
		t.Errorf("%d of %d are more than %v too much", beyond, asked, most)
	}
}

func TestACounterStaysAtItsLargest(t *testing.T) {
	var c CountMin
	c.Add(1, math.MaxUint32-1)
	if got := c.Add(1, 5); got != math.MaxUint32 {
		t.Errorf("it says %d", got)
	}
	c.Merge(&c)
	if got := c.Estimate(1); got != math.MaxUint32 {
		t.Errorf("merged it says %d", got)
	}
	c.Reset()
	if c.Estimate(1) != 0 || c.Total() != 0 {
		t.Error("it is not empty")
	}
}

func TestManyDifferentValuesAreCountedWithinTheErrorThatIsTold(t *testing.T) {
	for _, n := range []int{0, 1, 2, 10, 100, 1000, 10_000, 100_000, 1_000_000} {
		worst, turns := 0.0, 5
		if n <= 10_000 {
			turns = 40
		}
		for turn := range turns {
			var h HyperLogLog
			for i := range n {
				h.Add(hashed(uint64(turn)<<40 | uint64(i)))
				if i < 1000 {
					h.Add(hashed(uint64(turn)<<40 | uint64(i))) // twice is once
				}
			}
			worst = max(worst, math.Abs(float64(h.Count())-float64(n)))
		}
		if most := 4*1.04/32*float64(n) + 0.5; worst > most { // four standard errors
			t.Errorf("%d values are counted %v wrong, at most %v", n, worst, most)
		}
	}
}

// TestCountsAreTheSameOnEveryMachine: these numbers hold on amd64 and arm64.
func TestCountsAreTheSameOnEveryMachine(t *testing.T) {
	var h HyperLogLog
	var got []uint64
	for i := range uint64(100_000) {
		switch i {
		case 1, 10, 100, 1000, 10_000, 99_999:
			got = append(got, h.Count())
		}
		h.Add(hashed(i))
	}
	if want := []uint64{1, 10, 101, 1007, 10268, 97307}; !slices.Equal(got, want) {
		t.Errorf("the counts are %d, want %d", got, want)
	}
}

func TestAUnionIsAsIfAllHadComeHere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var one, two, both HyperLogLog
		for _, v := range rapid.SliceOf(rapid.Uint64()).Draw(t, "one") {
			if one.Add(v); one.Add(v) {
				t.Fatal("a value counts twice")
			}
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

func TestAFullHyperLogLogEnds(t *testing.T) {
	var h HyperLogLog
	for i := range h {
		h.Add(uint64(i) << (64 - hllBits))
	}
	if h[0] != hllMost+1 || h.Count() < 1<<60 {
		t.Errorf("the registers are %d, the count %d", h[0], h.Count())
	}
}
