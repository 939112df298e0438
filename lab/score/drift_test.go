package score

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch"
)

// recordedDay is one day of recorded machines: percent of CPU, every five minutes.
type recordedDay struct {
	machines []string
	percent  [][]float64
}

func recordedDays(t *testing.T) (days []recordedDay) {
	t.Helper()
	files, err := corpus().Files("host-metrics/planetlab-cpu", "*.csv.gz")
	if err != nil {
		t.Skipf("not measured: %v", err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(name, err)
		}
		var day recordedDay
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			cells := strings.Split(lines.Text(), ",")
			var row []float64
			for _, c := range cells[1:] {
				v, err := strconv.ParseFloat(c, 64)
				if err != nil {
					t.Fatal(name, err)
				}
				row = append(row, v)
			}
			day.machines, day.percent = append(day.machines, cells[0]), append(day.percent, row)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(name, err)
		}
		_ = f.Close()
		days = append(days, day)
	}
	return days
}

// A feeder plays recorded days as one source, whose machines send one after the other.
type feeder struct {
	t      *testing.T
	engine *watch.Engine
	at     evenkeel.Moment
	drifts []watch.Drift
}

func newFeeder(t *testing.T) *feeder {
	t.Helper()
	e, err := watch.New(shipped(t), watch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &feeder{t: t, engine: e, at: evenkeel.MomentOf(time.Date(2011, 3, 1, 0, 0, 0, 0, time.UTC))}
}

// play plays slots of a day. of is what becomes of a value, NaN where nothing comes.
func (f *feeder) play(d *recordedDay, from, until int, of func(machine int, v float64) float64) {
	for slot := from; slot < until; slot++ {
		b := evenkeel.NewBatch("planetlab", 0)
		for m, name := range d.machines {
			if slot >= len(d.percent[m]) {
				continue
			}
			v := of(m, d.percent[m][slot]/100)
			if math.IsNaN(v) {
				continue
			}
			at := f.at.Add(time.Duration(m) * 5 * time.Minute / time.Duration(len(d.machines)))
			b.AddUsage(evenkeel.Usage{
				At: at, Asset: evenkeel.AssetID(name), Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Line: uint64(m), Value: v,
			})
		}
		f.engine.Observe(b, nil)
		f.drifts = append(f.drifts, f.engine.Drifts()...)
		f.at = f.at.Add(5 * time.Minute)
	}
}

func asItIs(_ int, v float64) float64 { return v }

// What is recorded is what it is: nothing may be said of it. Then it is changed as feeds are.
func TestDriftOfRealInput(t *testing.T) {
	days := recordedDays(t)
	whole := newFeeder(t)
	for i := range days {
		whole.play(&days[i], 0, 288, asItIs)
	}
	t.Logf("false alarms: %d in %d source-days of whole days, %d machines", len(whole.drifts), len(days), len(days[0].machines))
	if len(whole.drifts) > 0 {
		t.Errorf("%+v", whole.drifts)
	}
	// Smaller sources of the same machines: the fewer there are, the more moves by chance.
	for _, parts := range []int{4, 12} {
		alarms, sources := 0, 0
		for p := range parts {
			f := newFeeder(t)
			for i := range days {
				f.play(&days[i], 0, 288, func(m int, v float64) float64 {
					if m%parts != p {
						return math.NaN()
					}
					return v
				})
			}
			for _, d := range f.drifts {
				t.Logf("in %d parts: %+v", parts, d)
				if !d.Over {
					alarms++
				}
			}
			sources += len(days)
		}
		t.Logf("false alarms: %d in %d source-days of about %d machines", alarms, sources, len(days[0].machines)/parts)
		if alarms > sources/40 {
			t.Errorf("%d alarms in %d source-days", alarms, sources)
		}
	}
	learnt := newFeeder(t)
	learnt.play(&days[0], 0, 288, asItIs)
	learnt.play(&days[0], 0, 288, asItIs)
	var stored bytes.Buffer
	if _, err := learnt.engine.Snapshot(nil).WriteTo(&stored); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		day    *recordedDay
		of     func(m int, v float64) float64
		within time.Duration
	}{
		{"a share becomes a percentage", &days[1], func(_ int, v float64) float64 { return v * 100 }, 5 * time.Minute},
		{"a unit a thousand times smaller", &days[1], func(_ int, v float64) float64 { return v * 1000 }, 5 * time.Minute},
		{"a unit a thousand times greater", &days[1], func(_ int, v float64) float64 { return v / 1000 }, 5 * time.Minute},
		// The machines of a day are others than those of another: it is half of those that were there.
		{"half of the machines are missing", &days[0], func(m int, v float64) float64 {
			if m%2 == 0 {
				return math.NaN()
			}
			return v
		}, 30 * time.Minute},
		{"a field has another name", &days[0], func(int, float64) float64 { return math.NaN() }, 30 * time.Minute},
	} {
		found, tried, worst := 0, 0, time.Duration(0)
		for hour := 1; hour < 24; hour += 6 {
			f := *learnt
			var err error
			if f.engine, err = watch.Restore(bytes.NewReader(stored.Bytes()), shipped(t), watch.Options{}); err != nil {
				t.Fatal(err)
			}
			f.at = f.at.Add(time.Duration(hour-1) * time.Hour)
			f.play(c.day, hour*12-12, hour*12, asItIs)
			at := f.at
			for slot := hour * 12; slot < hour*12+8; slot++ {
				f.play(c.day, slot, slot+1, c.of)
				b := evenkeel.NewBatch("planetlab", 0) // the source has other things to say, too
				b.AddHostEvent(evenkeel.HostEvent{At: f.at, Asset: "other", What: "exec"})
				f.engine.Observe(b, nil)
				f.drifts = append(f.drifts, f.engine.Drifts()...)
			}
			tried++
			if len(f.drifts) > 0 && !f.drifts[0].Over && f.drifts[0].At >= at {
				found++
				worst = max(worst, f.drifts[0].At.Sub(at))
			}
		}
		t.Logf("%s: found %d of %d, the last within %v", c.name, found, tried, worst)
		if found < tried || worst > c.within {
			t.Errorf("%s: found %d of %d within %v; expected all within %v", c.name, found, tried, worst, c.within)
		}
	}
}
