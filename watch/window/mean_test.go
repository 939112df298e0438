package window

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func TestAMeanWindowSays(t *testing.T) {
	m, err := NewMean(time.Minute, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	type add struct {
		p    Pane
		sum  int64
		n    uint32
		want Fate
	}
	for _, c := range []struct {
		name string
		adds []add
		end  Pane
		want Stats
	}{
		{"nothing while it is new", nil, 10, Stats{}},
		{"the mean of one reading", []add{{10, 250_000, 1, Opened}}, 10, Stats{1, 0.25, 0, 0.25, 0.25}},
		{"the mean of pane means, whatever the number of readings in each",
			[]add{{10, 200_000, 1, Opened}, {11, 800_000, 2, Opened}, {11, 400_000, 1, Counted}}, 11,
			Stats{2, 0.3, 0.1, 0.2, 0.4}},
		{"that a reading seen twice counts twice",
			[]add{{10, 0, 1, Opened}, {10, 900_000, 1, Counted}, {10, 900_000, 1, Counted}}, 10, Stats{1, 0.6, 0, 0.6, 0.6}},
		{"CPU in use as 1 − idle, less iowait that comes by itself",
			[]add{{10, -100_000, 0, Opened}, {10, 1_000_000 - 300_000, 1, Counted}}, 10, Stats{1, 0.6, 0, 0.6, 0.6}},
		{"no value for a pane that only had parts of a reading", []add{{10, -100_000, 0, Opened}}, 10, Stats{}},
		{"at most 1.3", []add{{10, 5_000_000, 1, Opened}}, 10, Stats{1, 1.3, 0, 1.3, 1.3}},
		{"at least 0", []add{{10, -5, 1, Opened}}, 10, Stats{1, 0, 0, 0, 0}},
		{"a mean to the nearest 1/50,000",
			[]add{{10, 250_009, 1, Opened}, {11, 250_010, 1, Opened}}, 11, Stats{2, 0.25001, 0.00001, 0.25, 0.25002}},
		{"nothing of a pane older than the open ones",
			[]add{{10, 500_000, 1, Opened}, {8, 900_000, 1, Late}}, 10, Stats{1, 0.5, 0, 0.5, 0.5}},
		{"what panes held after they closed",
			[]add{{10, 100_000, 1, Opened}, {11, 200_000, 1, Opened}, {13, 600_000, 1, Opened}}, 13,
			Stats{2, 0.4, 0.2, 0.2, 0.6}},
		{"the same of an older end as before newer panes came",
			[]add{{10, 100_000, 1, Opened}, {11, 300_000, 1, Opened}, {12, 900_000, 1, Opened}, {13, 900_000, 1, Opened}}, 11,
			Stats{2, 0.2, 0.1, 0.1, 0.3}},
		{"less when the end is newer than the records", []add{{10, 100_000, 1, Opened}, {11, 300_000, 1, Opened}}, 13,
			Stats{1, 0.3, 0, 0.3, 0.3}},
		{"nothing when all panes left the window", []add{{10, 100_000, 1, Opened}}, 13, Stats{}},
		{"nothing of the past after a jump over its length",
			[]add{{10, 100_000, 1, Opened}, {1000, 300_000, 1, Opened}}, 1000, Stats{1, 0.3, 0, 0.3, 0.3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := make([]byte, m.Size())
			for _, a := range c.adds {
				if got := m.Add(state, a.p, a.sum, a.n); got != a.want {
					t.Errorf("Add(pane %d) = %v, want %v", a.p, got, a.want)
				}
			}
			if got := m.Read(state, c.end); got != c.want {
				t.Errorf("Read(%d) = %+v, want %+v", c.end, got, c.want)
			}
		})
	}
}

// The naive window keeps every pane's sums for ever.
func TestAMeanWindowEqualsTheNaiveComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		m := mustMean(s)
		records := drawRecords(t, s, 150)
		state := make([]byte, m.Size())
		type pane struct{ sum, n int64 }
		panes := map[Pane]pane{}
		newest, opened := int64(-1), map[Pane]bool{}
		for _, r := range records {
			want := Counted
			switch {
			case int64(r.pane) <= newest-int64(s.open):
				want = Late
			case !opened[r.pane]:
				want = Opened
			}
			newest, opened[r.pane] = max(newest, int64(r.pane)), true
			if got := m.Add(state, r.pane, r.sum, r.n); got != want {
				t.Fatalf("pane %d with newest %d: %v, want %v", r.pane, newest, got, want)
			}
			if want != Late {
				p := panes[r.pane]
				panes[r.pane] = pane{p.sum + r.sum, min(p.n+int64(r.n), math.MaxUint32)}
			}
		}
		if len(records) == 0 {
			return
		}
		end := max(newest+int64(rapid.IntRange(-s.open, s.panes+2).Draw(t, "end")), 0)
		var values []float64
		series := make([]evenkeel.Reading, s.panes)
		for p := end - int64(s.panes) + 1; p <= end; p++ {
			if got, ok := panes[Pane(p)]; ok && p >= 0 && got.n > 0 {
				v := min(max(float64(got.sum)/float64(got.n)/1e6, 0), 1.3)
				v = math.Floor(v*50_000+0.5) / 50_000
				values = append(values, v)
				series[p-end+int64(s.panes)-1] = evenkeel.Reading{Value: v, Known: true}
			}
		}
		got := m.Read(state, Pane(end))
		if want := naiveStats(values); !near(got, want) {
			t.Fatalf("Read(%d) = %+v, want %+v", end, got, want)
		}
		gotSeries := m.Series(nil, state, Pane(end))
		for i := range gotSeries {
			gotSeries[i].Value = math.Round(gotSeries[i].Value*50_000) / 50_000
		}
		if !slices.EqualFunc(gotSeries, series, func(a, b evenkeel.Reading) bool {
			return a.Known == b.Known && math.Abs(a.Value-b.Value) < 2.1e-5
		}) {
			t.Fatalf("Series(%d) = %v, want %v", end, gotSeries, series)
		}
	})
}

func naiveStats(values []float64) Stats {
	if len(values) == 0 {
		return Stats{}
	}
	var sum, squares float64
	for _, v := range values {
		sum += v
	}
	mean := sum / float64(len(values))
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return Stats{len(values), mean, math.Sqrt(squares / float64(len(values))), slices.Min(values), slices.Max(values)}
}

// near allows one step, for a mean that lies between two of them.
func near(a, b Stats) bool {
	const step = 2.1e-5
	return a.Panes == b.Panes && math.Abs(a.Mean-b.Mean) < step && math.Abs(a.Stddev-b.Stddev) < step &&
		math.Abs(a.Min-b.Min) < step && math.Abs(a.Max-b.Max) < step
}

func TestAMeanReadsTheSameBeforeAndAfterItsPanesClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		m := mustMean(s)
		state := make([]byte, m.Size())
		for _, r := range drawRecords(t, s, 80) {
			m.Add(state, r.pane, r.sum, r.n)
		}
		end, any := m.Newest(state)
		if !any {
			return
		}
		provisional := m.Read(state, end)
		for k := range Pane(s.open) {
			m.Add(state, end+k+1, 1_000_000, 1)
			if final := m.Read(state, end); final != provisional {
				t.Fatalf("%d panes later: %+v, was %+v", k+1, final, provisional)
			}
		}
	})
}

func TestANewStateShowsNothing(t *testing.T) {
	s := shape{4, 2}
	m, w := mustMean(s), mustSum(s, true)
	unknown := make([]evenkeel.Reading, 4)
	for name, got := range map[string][]evenkeel.Reading{
		"means":   m.Series(nil, make([]byte, m.Size()), 9),
		"counts":  w.Series(nil, make([]byte, w.Size()), 9),
		"amounts": w.Amounts(nil, make([]byte, w.Size()), 9),
	} {
		if !slices.Equal(got, unknown) {
			t.Errorf("%s: %v, want 4 unknown readings", name, got)
		}
	}
	if p, any := m.Newest(make([]byte, m.Size())); any {
		t.Errorf("the newest pane of a new state is %d", p)
	}
}
