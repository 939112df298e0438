package lookback

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Share is a part of a whole, 0 to 1; NaN is not known.
type Share float64

// Known says whether there is a value.
func (s Share) Known() bool { return !math.IsNaN(float64(s)) }

// MarshalJSON writes null for what is not known, and four digits of the rest.
func (s Share) MarshalJSON() ([]byte, error) {
	if !s.Known() {
		return []byte("null"), nil
	}
	return number(math.Round(float64(s)*1e4) / 1e4), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Share) UnmarshalJSON(b []byte) error {
	*s = Share(math.NaN())
	if string(b) == "null" {
		return nil
	}
	return json.Unmarshal(b, (*float64)(s))
}

func number(f float64) []byte { return strconv.AppendFloat(nil, f, 'f', -1, 64) }

// longestStep is the longest time between two readings that a trace is drawn across: that of the
// engine.
const longestStep = 15 * time.Minute

// traces are how busy machines were, in buckets of time. Only CPUs that are told one by one count,
// as node_exporter tells them.
type traces struct {
	from, until evenkeel.Moment
	step        time.Duration
	assets      map[evenkeel.AssetID]*busy
	lines       map[uint64]lineRead
	intervals   map[time.Duration]int
}

type lineRead struct {
	at    evenkeel.Moment
	value float64
}

// busy is one machine's: seconds that were measured on all its CPUs, and of them those in which
// they did nothing.
type busy struct {
	measured, quiet []float32
	cpus            int
	first, last     evenkeel.Moment
}

func newTraces(from, until evenkeel.Moment, step time.Duration) *traces {
	return &traces{
		from: from, until: until, step: step, assets: map[evenkeel.AssetID]*busy{}, lines: map[uint64]lineRead{}, intervals: map[time.Duration]int{},
	}
}

// add takes records, in the order of time within each line.
func (t *traces) add(b *evenkeel.Batch) {
	for i := range b.Records {
		r := &b.Records[i]
		if r.Kind != evenkeel.KindUsage {
			continue
		}
		m := t.of(evenkeel.AssetID(b.Text(r.Asset)))
		if m.first == 0 || r.At < m.first {
			m.first = r.At
		}
		m.last = max(m.last, r.At)
		part := evenkeel.Part(r.Part)
		if evenkeel.Meter(r.Op) == evenkeel.MeterCPUTime && r.Count == 1 && (part == evenkeel.PartIdle || part == evenkeel.PartIOWait) {
			t.cpu(m, r, part == evenkeel.PartIdle)
		}
	}
}

func (t *traces) cpu(m *busy, r *evenkeel.Record, idle bool) {
	was, known := t.lines[r.Line]
	t.lines[r.Line] = lineRead{r.At, r.Value}
	if !known {
		if idle {
			m.cpus++
		}
		return
	}
	span := r.At.Sub(was.at)
	if span <= 0 {
		return
	}
	if idle {
		t.intervals[span.Round(time.Second)]++
	}
	gain := r.Value - was.value
	i := int(r.At.Sub(t.from) / t.step)
	if span > longestStep || gain < 0 || r.At < t.from || i >= len(m.measured) {
		return
	}
	m.quiet[i] += float32(gain)
	if idle {
		m.measured[i] += float32(span.Seconds())
	}
}

func (t *traces) of(asset evenkeel.AssetID) *busy {
	m := t.assets[asset]
	if m == nil {
		n := int(t.until.Sub(t.from)/t.step) + 1
		m = &busy{measured: make([]float32, n), quiet: make([]float32, n)}
		t.assets[asset] = m
	}
	return m
}

// names returns the machines in order.
func (t *traces) names() []evenkeel.AssetID {
	var all []evenkeel.AssetID
	for a := range t.assets {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// interval is the most common time between two readings; of two the longer.
func (t *traces) interval() time.Duration {
	var most time.Duration
	for d, n := range t.intervals {
		if n > t.intervals[most] || n == t.intervals[most] && d > most {
			most = d
		}
	}
	return most
}

// share is how busy the machine was in a bucket. One that was measured for less than a sixth of
// the time is not known.
func (m *busy) share(i int, step time.Duration) Share {
	if m.cpus == 0 || float64(m.measured[i]) < step.Seconds()*float64(m.cpus)/6 {
		return Share(math.NaN())
	}
	return Share(min(max(1-float64(m.quiet[i])/float64(m.measured[i]), 0), 1))
}

// mean is how busy the machine was while it was measured.
func (m *busy) mean() Share {
	measured, quiet := m.sums()
	if measured == 0 {
		return Share(math.NaN())
	}
	return Share(min(max(1-quiet/measured, 0), 1))
}

func (m *busy) sums() (measured, quiet float64) {
	for i := range m.measured {
		measured += float64(m.measured[i])
		quiet += float64(m.quiet[i])
	}
	return measured, quiet
}

// trace is for drawing.
func (t *traces) trace(asset evenkeel.AssetID) Trace {
	out := Trace{From: t.from, Step: Seconds(t.step), Busy: []Share{}}
	if m := t.assets[asset]; m != nil {
		for i := range m.measured {
			out.Busy = append(out.Busy, m.share(i, t.step))
		}
	}
	return out
}
