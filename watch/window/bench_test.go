package window

import (
	"bytes"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// hot returns each operation of the hot path on states in use; i counts up over all calls
// of one operation.
func hot() []struct {
	name string
	op   func()
} {
	const perPane = 4 // readings per pane, as of a meter read every 15 s in panes of a minute
	s := shape{30, 3}
	mean, sum, distinct, mark := mustMean(s), mustSum(s, true), mustDistinct(s), Mark{24 * time.Hour, time.Minute, 2}
	m, w, d, k, p := make([]byte, mean.Size()), make([]byte, sum.Size()), make([]byte, distinct.Size()), make([]byte, mark.Size()), make([]byte, peakSize)
	full := make([]byte, distinct.Size())
	for i := range 30 * perPane {
		mean.Add(m, Pane(i/perPane), int64(i%10)*100_000, 1)
		sum.Add(w, Pane(i/perPane), uint32(i))
		distinct.Add(d, Pane(i/perPane), mix(uint32(i%8)))
		distinct.Add(full, Pane(i/perPane), mix(uint32(i)))
	}
	m2, w2, full2 := bytes.Clone(m), bytes.Clone(w), bytes.Clone(full)
	start, series := Pane(29), make([]evenkeel.Reading, 0, 30)
	counting := func(op func(i int)) func() {
		i := 0
		return func() { op(i); i++ }
	}
	return []struct {
		name string
		op   func()
	}{
		{"mean-add", counting(func(i int) { mean.Add(m, start+Pane(i/perPane), int64(i%10)*100_000, 1) })},
		{"mean-read", counting(func(i int) { mean.Read(m2, start-Pane(i%3)) })},
		{"mean-series", counting(func(i int) { mean.Series(series[:0], m2, start-Pane(i%3)) })},
		{"sum-add", counting(func(i int) { sum.Add(w, start+Pane(i/perPane), uint32(i)) })},
		{"sum-read", counting(func(i int) { sum.Read(w2, start-Pane(i%3)) })},
		{"distinct-add-8-values", counting(func(i int) { distinct.Add(d, start+Pane(i/perPane), mix(uint32(i%8))) })},
		{"distinct-add-many-values", counting(func(i int) { distinct.Add(full, start+Pane(i/perPane), mix(uint32(i))) })},
		{"distinct-read", counting(func(i int) { distinct.Read(full2, start-Pane(i%3)) })},
		{"mark-add", counting(func(i int) { mark.Add(k, evenkeel.Moment(i)*second) })},
		{"mark-read", counting(func(i int) { mark.Read(k, evenkeel.Moment(i)*second) })},
		{"peak-close", counting(func(i int) { Peak{}.Close(p, uint32(i), evenkeel.Moment(i+1)*second) })},
		{"peak-read", counting(func(i int) { Peak{}.Read(p) })},
	}
}

func TestTheHotPathDoesNotAllocate(t *testing.T) {
	for _, h := range hot() {
		if n := testing.AllocsPerRun(200, h.op); n != 0 {
			t.Errorf("%s: %v allocations", h.name, n)
		}
	}
}

func BenchmarkHot(b *testing.B) {
	for _, h := range hot() {
		b.Run(h.name, func(b *testing.B) {
			for b.Loop() {
				h.op()
			}
		})
	}
}
