package window

import (
	"testing"

	"pgregory.net/rapid"
)

func TestADistinctWindowEqualsTheNaiveComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		d := mustDistinct(s)
		values := rapid.SampledFrom([]uint32{3, 10, 16, 20, 1000}).Draw(t, "values")
		state := make([]byte, d.Size())
		newest, seen := int64(-1), map[int64]map[uint32]bool{}
		for _, r := range drawRecords(t, s, 150) {
			p, h := int64(r.pane), mix(r.n%values)
			want := Counted
			switch {
			case p <= newest-int64(s.panes+s.open):
				want = Late
			case seen[p] == nil && p > newest-int64(s.open):
				want = Opened
			}
			if got := d.Add(state, r.pane, h); got != want {
				t.Fatalf("pane %d with newest %d: %v, want %v", p, newest, got, want)
			}
			newest = max(newest, p)
			if seen[p] == nil {
				seen[p] = map[uint32]bool{}
			}
			seen[p][h] = seen[p][h] || want != Late
			checkDistinct(t, d, state, newest, seen)
		}
	})
}

// checkDistinct compares all ends that a window promises with what was seen.
func checkDistinct(t *rapid.T, d Distinct, state []byte, newest int64, seen map[int64]map[uint32]bool) {
	count := func(from, to int64) int {
		all := map[uint32]bool{}
		for p := max(from, 0); p <= to; p++ {
			for h, ok := range seen[p] {
				if ok {
					all[h] = true
				}
			}
		}
		return len(all)
	}
	panes, ring := int64(d.Panes), count(newest-int64(d.Panes+d.Open)+1, newest)
	for end := max(newest-int64(d.Open), 0); end <= newest+2; end++ {
		got, want := d.Read(state, Pane(end)), count(end-panes+1, end)
		exact := DistinctStats{min(want, MaxDistinct), want > MaxDistinct}
		switch {
		case (end >= newest || ring <= MaxDistinct) && got != exact:
			t.Fatalf("Read(%d) with newest %d = %+v, want %+v", end, newest, got, exact)
		case got.N > want:
			t.Fatalf("Read(%d) with newest %d = %+v, more than the %d there were", end, newest, got, want)
		case !got.AtLeast && got != exact:
			t.Fatalf("Read(%d) with newest %d = %+v, which is not so: %d", end, newest, got, want)
		}
	}
}

func TestADistinctWindow(t *testing.T) {
	type add struct {
		p      Pane
		values int // 1 … values
	}
	for _, c := range []struct {
		name string
		adds []add
		end  Pane
		want DistinctStats
	}{
		{"counts nothing while it is new", nil, 5, DistinctStats{}},
		{"counts a value once", []add{{5, 1}, {5, 1}, {6, 1}}, 6, DistinctStats{1, false}},
		{"counts 15 values exactly", []add{{5, 15}}, 5, DistinctStats{15, false}},
		{"says at least 15 from the 16th on", []add{{5, 16}}, 5, DistinctStats{15, true}},
		{"is exact again when the many have left", []add{{5, 400}, {15, 2}}, 15, DistinctStats{2, false}},
		{"still says at least while the last pane of the many is in the window", []add{{5, 400}, {14, 2}}, 14, DistinctStats{15, true}},
		{"counts up to an older end", []add{{5, 2}, {6, 3}, {7, 9}}, 6, DistinctStats{3, false}},
		{"remembers, up to an older end, that there were many", []add{{5, 400}, {6, 400}}, 5, DistinctStats{15, true}},
		{"forgets a value that left", []add{{5, 3}, {10, 1}}, 15, DistinctStats{1, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDistinct(shape{10, 3})
			state := make([]byte, d.Size())
			for _, a := range c.adds {
				for v := range a.values {
					d.Add(state, a.p, mix(uint32(v+1)))
				}
			}
			if got := d.Read(state, c.end); got != c.want {
				t.Errorf("Read(%d) = %+v, want %+v", c.end, got, c.want)
			}
		})
	}
}
