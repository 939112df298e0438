package sketch

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func values() *rapid.Generator[[]uint64] {
	return rapid.Custom(func(t *rapid.T) []uint64 {
		n := rapid.IntRange(0, 200).Draw(t, "number of values")
		return rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 200), rapid.Uint64Range(0, MaxValue), rapid.Uint64()), n, n).Draw(t, "values")
	})
}

func counted(values []uint64) *Histogram {
	h := &Histogram{}
	for _, v := range values {
		h.Add(v)
	}
	return h
}

func stored(h *Histogram) []byte {
	b, _ := h.AppendBinary(nil)
	return b
}

func TestBucketsFollowEachOtherAndAreNarrow(t *testing.T) {
	next := uint64(0)
	for b := range bucketOf(MaxValue) + 1 {
		lo, hi := boundsOf(b)
		if lo != next || hi < lo || bucketOf(lo) != b || bucketOf(hi) != b {
			t.Fatalf("bucket %d is %d to %d, expected it to begin at %d", b, lo, hi, next)
		}
		if lo < 64 && hi != lo {
			t.Fatalf("bucket %d is %d to %d, expected one value", b, lo, hi)
		}
		if 32*(hi-lo) >= max(lo, 1) {
			t.Fatalf("bucket %d is %d to %d, wider than 1/32", b, lo, hi)
		}
		next = hi + 1
	}
	if next != MaxValue+1 {
		t.Fatalf("the last bucket ends at %d, want %d", next-1, MaxValue)
	}
}

func TestTheOrderOfAddAndMergeDoesNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := values().Draw(t, "values")
		want := stored(counted(all))
		mixed := rapid.Permutation(all).Draw(t, "order")
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		left, right := counted(mixed[:cut]), counted(mixed[cut:])
		n := right.N()
		left.Merge(right)
		if got := stored(left); !bytes.Equal(got, want) || left.N() != uint64(len(all)) {
			t.Fatalf("merged to %x of %d, want %x of %d", got, left.N(), want, len(all))
		}
		if right.N() != n || !bytes.Equal(stored(right), stored(counted(mixed[cut:]))) {
			t.Fatal("the histogram that was merged changed")
		}
	})
}

func TestAQuantileBoundsTheExactOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := values().Draw(t, "values")
		if len(all) == 0 {
			return
		}
		h := counted(all)
		sorted := slices.Clone(all)
		for i := range sorted {
			sorted[i] = min(sorted[i], MaxValue)
		}
		slices.Sort(sorted)
		mille := rapid.Int64Range(0, 1000).Draw(t, "q in thousandths")
		rank := max((mille*int64(len(all))+999)/1000, 1)
		exact := sorted[rank-1]
		lo, hi := h.Quantile(float64(mille) / 1000)
		if exact < lo || exact > hi || hi > lo+lo/32 || hi > h.Max() {
			t.Fatalf("the %d/1000 quantile is %d to %d, exactly %d of at most %d", mille, lo, hi, exact, h.Max())
		}
		if h.Max() != sorted[len(sorted)-1] {
			t.Fatalf("Max = %d, want %d", h.Max(), sorted[len(sorted)-1])
		}
	})
}

func TestARankIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		billionths := rapid.Int64Range(0, 1e9).Draw(t, "q")
		n := rapid.Uint64Range(1, math.MaxUint64).Draw(t, "n")
		want := new(big.Int).Mul(big.NewInt(billionths), new(big.Int).SetUint64(n))
		want.Add(want, big.NewInt(1e9-1)).Div(want, big.NewInt(1e9))
		if got := rankOf(float64(billionths)/1e9, n); got != max(want.Uint64(), 1) {
			t.Fatalf("rank of %d/10⁹ of %d = %d, want %v", billionths, n, got, want)
		}
	})
	for _, c := range []struct {
		name string
		q    float64
		want uint64
	}{
		{"below 0 is the first", -1, 1},
		{"above 1 is the last", 7, 100},
		{"not a number is the last", math.NaN(), 100},
		{"7 of 100 although 0.07·100 is above 7 in floats", 0.07, 7},
	} {
		if got := rankOf(c.q, 100); got != c.want {
			t.Errorf("%s: rank %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAnEmptyHistogram(t *testing.T) {
	var h Histogram
	if lo, hi := h.Quantile(0.5); lo != 0 || hi != 0 || h.N() != 0 || h.Max() != 0 {
		t.Errorf("quantile %d to %d, N %d, Max %d", lo, hi, h.N(), h.Max())
	}
	h.AddN(5, 0)
	if got := stored(&h); !bytes.Equal(got, []byte{1, 0}) {
		t.Errorf("stored as %x", got)
	}
	h.Add(9e9)
	h.Reset()
	if got := stored(&h); !bytes.Equal(got, []byte{1, 0}) {
		t.Errorf("stored after Reset as %x", got)
	}
	h.AddN(3, math.MaxUint64)
	h.Add(3)
	if lo, hi := h.Quantile(1); lo != 3 || hi != 3 || h.N() != math.MaxUint64 {
		t.Errorf("a full count: quantile %d to %d, N %d", lo, hi, h.N())
	}
}

func TestTheStoredFormStays(t *testing.T) {
	want := []byte{1, 4, 0xc0, 0x84, 0x3d, 0, 1, 6, 2, 93, 1, 0x97, 3, 1}
	if got := stored(counted([]uint64{0, 7, 7, 150, 1_000_000})); !bytes.Equal(got, want) {
		t.Errorf("stored as %#v, want %#v", got, want)
	}
}

func TestAStoredHistogramIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"that is empty", nil, "decode histogram: the bytes end too early"},
		{"of another version", []byte{2, 0}, "decode histogram: version 2, expected 1"},
		{"with too many buckets", []byte{1, 0xff, 0x7f}, "decode histogram: 16383 buckets, the limit is 832"},
		{"with a bucket beyond the last", []byte{1, 1, 5, 0xc0, 6, 1}, "decode histogram: bucket 0+832 with count 1: expected one below 832, count not 0"},
		{"with an empty bucket", []byte{1, 1, 5, 5, 0}, "decode histogram: bucket 0+5 with count 0: expected one below 832, count not 0"},
		{"that ends in the midst", []byte{1, 1, 5, 5}, "decode histogram: the bytes end too early"},
		{"that goes on", []byte{1, 0, 0}, "decode histogram: 1 bytes too many"},
		{"whose largest value is in no bucket", []byte{1, 1, 6, 5, 1}, "decode histogram: largest value 6 is not in the last bucket"},
		{"with a number that could be shorter", []byte{0x81, 0, 0}, "decode histogram: a number is not in its shortest form or above 2⁶⁴−1"},
		{"that is too long", make([]byte, MaxEncoded+1), "decode histogram: 9161 bytes, the limit is 9160"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := counted([]uint64{1, 2})
			if err := h.UnmarshalBinary(c.in); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if h.N() != 2 {
				t.Error("the histogram changed")
			}
		})
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(stored(counted([]uint64{0, 7, 7, 150, 1_000_000})))
	f.Add(stored(&Histogram{}))
	f.Add([]byte{1, 1, 6, 5, 1})
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, in []byte) {
		var h Histogram
		if h.UnmarshalBinary(in) != nil {
			return
		}
		if out := stored(&h); !bytes.Equal(in, out) {
			t.Fatalf("%x is stored again as %x", in, out)
		}
		lo, hi := h.Quantile(0.5)
		if lo > hi || hi > MaxValue {
			t.Fatalf("the median is %d to %d", lo, hi)
		}
		h.Merge(&h)
		h.Add(3)
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(0), uint64(1), uint64(MaxValue), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, v, n, w, m uint64) {
		var h, back Histogram
		h.AddN(v, n)
		h.AddN(w, m)
		if err := back.UnmarshalBinary(stored(&h)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(stored(&back), stored(&h)) || back.N() != h.N() || back.Max() != h.Max() {
			t.Fatalf("%+v came back as %+v", h, back)
		}
	})
}
