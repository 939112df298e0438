package window

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// A state may come from a damaged snapshot: whatever it says, nothing panics, no number
// leaves its range, and a state of the wrong size is neither read nor written.
func FuzzADamagedState(f *testing.F) {
	f.Add([]byte{}, uint32(5), uint32(7), int64(1), uint32(1), uint8(3), uint8(2))
	f.Add(bytes.Repeat([]byte{0xff}, 600), uint32(math.MaxUint32), uint32(0), int64(math.MinInt64), uint32(math.MaxUint32), uint8(240), uint8(8))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0x80}, 200), uint32(1<<31), uint32(1<<31+1), int64(math.MaxInt64), uint32(0), uint8(1), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, p, end uint32, sum int64, n uint32, panes, open uint8) {
		s := shape{1 + int(panes)%MaxPanes, 1 + int(open)%MaxOpen}
		state := func(size int) []byte {
			b := make([]byte, size)
			copy(b, data)
			return b
		}
		mean := mustMean(s)
		b := state(mean.Size())
		mean.Add(b, Pane(p), sum, n)
		if r := mean.Read(b, Pane(end)); r.Panes > s.panes || !(r.Min >= 0 && r.Max <= 1.3 && r.Min <= r.Max && r.Stddev >= 0 && r.Stddev <= 1.3) {
			t.Errorf("mean reads %+v", r)
		}
		if r := mean.Series(nil, b, Pane(end)); len(r) != s.panes {
			t.Errorf("a series of %d panes has %d", s.panes, len(r))
		}
		for _, weighted := range []bool{false, true} {
			w := mustSum(s, weighted)
			b = state(w.Size())
			w.Add(b, Pane(p), n)
			if r := w.Read(b, Pane(end)); r.Panes > s.panes || uint64(r.Max) > r.Count {
				t.Errorf("sum reads %+v", r)
			}
			w.Series(nil, b, Pane(end))
			w.Amounts(nil, b, Pane(end))
		}
		d := mustDistinct(s)
		b = state(d.Size())
		d.Add(b, Pane(p), n)
		d.Add(b, Pane(end), n)
		if r := d.Read(b, Pane(end)); r.N < 0 || r.N > MaxDistinct {
			t.Errorf("distinct reads %+v", r)
		}
		top := mustTop(s)
		b = state(top.Size())
		top.Add(b, Pane(p), endOf(n), n)
		if r := top.Read(nil, b, Pane(end), MaxTop); len(r) > MaxTop {
			t.Errorf("top reads %+v", r)
		}
		m := Mark{For: time.Duration(n) * time.Second, Width: time.Second, Open: 2}
		b = state(m.Size())
		m.Add(b, evenkeel.Moment(sum))
		if r := m.Read(b, evenkeel.Moment(p)*1e9); r.Ago < 0 || r.Streak < 0 {
			t.Errorf("mark reads %+v", r)
		}
		b = state(Peak{}.Size())
		Peak{}.Close(b, n, evenkeel.Moment(sum))
		Peak{}.Read(b)
	})
}

func TestAStateOfTheWrongSizeIsLeftAlone(t *testing.T) {
	short := bytes.Repeat([]byte{0xaa}, 10)
	s := shape{20, 3}
	for _, c := range []struct {
		name  string
		touch func() any
		want  any
	}{
		{"mean adds", func() any { return mustMean(s).Add(short, 1, 1, 1) }, Late},
		{"mean reads", func() any { return mustMean(s).Read(short, 1) }, Stats{}},
		{"sum adds", func() any { return mustSum(s, true).Add(short, 1, 1) }, Late},
		{"sum reads", func() any { return mustSum(s, true).Read(short, 1) }, SumStats{}},
		{"distinct adds", func() any { return mustDistinct(s).Add(short, 1, 1) }, Late},
		{"distinct reads", func() any { return mustDistinct(s).Read(short, 1) }, DistinctStats{}},
		{"mark adds", func() any { Mark{time.Second, time.Second, 1}.Add(short, second); return 0 }, 0},
		{"mark reads", func() any { return Mark{time.Second, time.Second, 1}.Read(short, second) }, MarkStats{}},
		{"peak closes", func() any { Peak{}.Close(short, 1, second); return 0 }, 0},
		{"peak reads", func() any { return Peak{}.Read(short) }, PeakStats{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.touch(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if !bytes.Equal(short, bytes.Repeat([]byte{0xaa}, 10)) {
				t.Errorf("the state changed: %x", short)
			}
		})
	}
}
