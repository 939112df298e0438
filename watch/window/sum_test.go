package window

import (
	"math"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func TestASumWindowEqualsTheNaiveComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		w := mustSum(s, rapid.Bool().Draw(t, "weighted"))
		state := make([]byte, w.Size())
		newest, counts, amounts := int64(-1), map[int64]uint64{}, map[int64]uint64{}
		records := drawRecords(t, s, 150)
		for _, r := range records {
			p, want := int64(r.pane), Counted
			switch {
			case p <= newest-int64(s.panes+s.open):
				want = Late
			case counts[p] == 0:
				want = Opened
			}
			if got := w.Add(state, r.pane, r.n); got != want {
				t.Fatalf("pane %d with newest %d: %v, want %v", p, newest, got, want)
			}
			if newest = max(newest, p); want != Late {
				counts[p]++
				amounts[p] = min(amounts[p]+uint64(r.n), math.MaxUint32)
			}
		}
		if len(records) == 0 {
			return
		}
		if got, any := w.Newest(state); !any || int64(got) != newest {
			t.Fatalf("Newest = %d, %v, want %d", got, any, newest)
		}
		end := max(newest+int64(rapid.IntRange(-s.open, s.panes+2).Draw(t, "end")), 0)
		var want SumStats
		counted, weighed := make([]evenkeel.Reading, s.panes), make([]evenkeel.Reading, s.panes)
		for p := max(end-int64(s.panes)+1, 0); p <= end; p++ {
			if counts[p] == 0 {
				continue
			}
			i := int64(s.panes) - 1 - (end - p)
			want.Panes++
			want.Count += counts[p]
			want.Max = max(want.Max, uint32(counts[p]))
			counted[i] = evenkeel.Reading{Value: float64(counts[p]), Known: true}
			if w.Weighted {
				want.Amount += amounts[p]
				weighed[i] = evenkeel.Reading{Value: float64(amounts[p]), Known: true}
			}
		}
		if got := w.Read(state, Pane(end)); got != want {
			t.Fatalf("Read(%d) = %+v, want %+v", end, got, want)
		}
		if got := w.Series(nil, state, Pane(end)); !slices.Equal(got, counted) {
			t.Fatalf("Series(%d) = %v, want %v", end, got, counted)
		}
		if got := w.Amounts(nil, state, Pane(end)); !slices.Equal(got, weighed) {
			t.Fatalf("Amounts(%d) = %v, want %v", end, got, weighed)
		}
	})
}

func TestASumStaysAtItsLargest(t *testing.T) {
	w := mustSum(shape{2, 1}, true)
	state := make([]byte, w.Size())
	for range 3 {
		w.Add(state, 7, math.MaxUint32-1)
	}
	if got, want := w.Read(state, 7), (SumStats{1, 3, math.MaxUint32, 3}); got != want {
		t.Errorf("Read = %+v, want %+v", got, want)
	}
}

func TestAWindowWithoutRecordsHasNoNewestPane(t *testing.T) {
	sum, mean, distinct := mustSum(shape{2, 1}, true), mustMean(shape{2, 1}), mustDistinct(shape{2, 1})
	for name, newest := range map[string]func([]byte) (Pane, bool){"sum": sum.Newest, "mean": mean.Newest, "distinct": distinct.Newest} {
		if p, any := newest(make([]byte, max(sum.Size(), mean.Size(), distinct.Size()))); any || p != 0 {
			t.Errorf("%s: pane %d, %v; expected 0 and false", name, p, any)
		}
	}
}
