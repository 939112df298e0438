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

// traces are how busy machines were, in buckets of time: by times of CPUs that are told one by one, as
// node_exporter tells them, and by shares, of one CPU or of all of them.
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
		switch meter, part := evenkeel.Meter(r.Op), evenkeel.Part(r.Part); {
		case meter == evenkeel.MeterCPUTime && r.Count == 1 && (part == evenkeel.PartIdle || part == evenkeel.PartIOWait):
			t.cpu(m, r, part == evenkeel.PartIdle)
		case meter == evenkeel.MeterCPUFraction:
			t.fraction(m, r, part)
		}
	}
}

// cpu takes a counter of time in which a CPU did nothing.
func (t *traces) cpu(m *busy, r *evenkeel.Record, idle bool) {
	was, span := t.since(m, r, idle)
	gain := r.Value - was
	if i := t.bucketOf(m, r.At, span); i >= 0 && gain >= 0 {
		m.quiet[i] += float32(gain)
		if idle {
			m.measured[i] += float32(span.Seconds())
		}
	}
}

// fraction takes a share of a CPU, or of all of them, as it was since the reading before. Where idle is
// not told, busy is user and what is added to it.
func (t *traces) fraction(m *busy, r *evenkeel.Record, part evenkeel.Part) {
	whole := part == evenkeel.PartIdle || part == evenkeel.PartWhole || part == evenkeel.PartUser
	_, span := t.since(m, r, whole)
	i := t.bucketOf(m, r.At, span)
	if i < 0 {
		return
	}
	quiet := r.Value
	switch part {
	case evenkeel.PartWhole, evenkeel.PartUser:
		quiet = 1 - quiet
	case evenkeel.PartBusy:
		quiet = -quiet
	}
	m.quiet[i] += float32(quiet * span.Seconds())
	if whole {
		m.measured[i] += float32(span.Seconds())
	}
}

// since is what the line's last reading said, and how long ago it was; 0 for the first one. The lines
// that are whole are counted: there is one of each CPU.
func (t *traces) since(m *busy, r *evenkeel.Record, whole bool) (value float64, span time.Duration) {
	was, known := t.lines[r.Line]
	t.lines[r.Line] = lineRead{r.At, r.Value}
	switch {
	case !known && whole:
		m.cpus++
	case known && whole && r.At > was.at:
		t.intervals[r.At.Sub(was.at).Round(time.Second)]++
	}
	if !known {
		return 0, 0
	}
	return was.value, r.At.Sub(was.at)
}

// bucketOf is where a reading counts that is so long after the one before it; -1 nowhere.
func (t *traces) bucketOf(m *busy, at evenkeel.Moment, span time.Duration) int {
	i := int(at.Sub(t.from) / t.step)
	if span <= 0 || span > longestStep || at < t.from || i >= len(m.measured) {
		return -1
	}
	return i
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
