package watch

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// A rule that always fires with at least one pane, so that the finding shows the reading.
const showRule = `
rule: show
version: 1
family: mining
mode: live
subject: asset
about: Shows what was read.
windows:
  cpu: {of: cpu.busy, for: 10m, pane: 1m}
  disk: {of: disk.bytes, for: 10m, pane: 5m}
terms:
  - {name: cpu, family: usage, when: 'cpu.panes >= 2', value: cpu.mean, threshold: 0, weight: 1, says: "CPU {cpu.mean:percent}."}
  - {name: disk, family: usage, when: 'disk.sum > 0', value: disk.sum, threshold: 0, weight: 1, says: "Disk {disk.sum:bytes}."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`

// lastValue plays readings and returns the value of a term in the last final finding, and
// the engine's counts.
func lastValue(t *testing.T, term string, hold *books, usages ...evenkeel.Usage) (float64, bool, Tally) {
	t.Helper()
	b := evenkeel.NewBatch("test", 0)
	for i, u := range usages {
		u.ID, u.Asset = uint64(i+1), "vm-1"
		if u.Line == 0 {
			u.Line = uint64(u.Part) + 1
		}
		b.AddUsage(u)
	}
	found, e := run(t, rules(t, showRule), Options{}, hold, b)
	for i := len(found) - 1; i >= 0; i-- {
		for _, n := range found[i].Terms {
			if n.Name == term && found[i].Revision == evenkeel.Final {
				return n.Value.Value, true, e.Tally()
			}
		}
	}
	return 0, false, e.Tally()
}

func holder() *books { return (&books{}).hold("vm-1", "acme", start.Add(-time.Hour), 0) } // 2 vCPUs

// every repeats a maker of readings once a minute for three minutes.
func every(make func(minute int, at evenkeel.Moment) []evenkeel.Usage) (out []evenkeel.Usage) {
	for m := range 4 {
		out = append(out, make(m, start.Add(time.Duration(m)*time.Minute))...)
	}
	return out
}

func gauge(part evenkeel.Part, v float64) func(int, evenkeel.Moment) []evenkeel.Usage {
	return func(_ int, at evenkeel.Moment) []evenkeel.Usage {
		return []evenkeel.Usage{{At: at, Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Part: part, Value: v}}
	}
}

func all(makers ...func(int, evenkeel.Moment) []evenkeel.Usage) []evenkeel.Usage {
	return every(func(m int, at evenkeel.Moment) (out []evenkeel.Usage) {
		for _, f := range makers {
			out = append(out, f(m, at)...)
		}
		return out
	})
}

// counter is a cumulative line that gains so many seconds a minute.
func counter(part evenkeel.Part, perMinute float64, perCPU bool) func(int, evenkeel.Moment) []evenkeel.Usage {
	return func(m int, at evenkeel.Moment) []evenkeel.Usage {
		return []evenkeel.Usage{{
			At: at, Meter: evenkeel.MeterCPUTime, Form: evenkeel.FormCumulative, Part: part, PerCPU: perCPU,
			Value: 1000 + perMinute*float64(m),
		}}
	}
}

func TestBusyIsWhatIsNeitherIdleNorWaiting(t *testing.T) {
	cases := []struct {
		name   string
		usages []evenkeel.Usage
		want   float64
	}{
		{"a gauge without states is the share itself", all(gauge(evenkeel.PartWhole, 0.7)), 0.7},
		{"idle and iowait are taken from one; steal, which nobody subtracts, is demand",
			all(gauge(evenkeel.PartIdle, 0.2), gauge(evenkeel.PartIOWait, 0.1)), 0.7},
		{"where no idle is told, the busy states add up",
			all(gauge(evenkeel.PartUser, 0.5), gauge(evenkeel.PartBusy, 0.2)), 0.7},
		{"iowait alone beside the user state takes nothing away from busy below zero",
			all(gauge(evenkeel.PartIdle, 0.9), gauge(evenkeel.PartIOWait, 0.3)), 0},
		{"counters of one CPU are shares of the time between readings",
			all(counter(evenkeel.PartIdle, 12, true), counter(evenkeel.PartIOWait, 6, true)), 0.7},
		{"a counter of all CPUs is divided by their number", all(counter(evenkeel.PartWhole, 84, false)), 0.7},
		{"cores in use are divided by the CPUs",
			every(func(_ int, at evenkeel.Moment) []evenkeel.Usage {
				return []evenkeel.Usage{{At: at, Meter: evenkeel.MeterCPUCores, Form: evenkeel.FormGauge, Value: 1.4}}
			}), 0.7},
		{"a delta counts over its own interval",
			every(func(_ int, at evenkeel.Moment) []evenkeel.Usage {
				return []evenkeel.Usage{{At: at, Since: at.Add(-time.Minute), Meter: evenkeel.MeterCPUTime, Form: evenkeel.FormDelta,
					Part: evenkeel.PartIdle, PerCPU: true, Value: 18}}
			}), 0.7},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok, n := lastValue(t, "cpu", holder(), c.usages...)
			if !ok || math.Abs(got-c.want) > 1e-4 {
				t.Errorf("busy %v, %v; expected %v (%+v)", got, ok, c.want, n)
			}
		})
	}
}

func TestCounterResets(t *testing.T) {
	read := func(minute int, value float64, since evenkeel.Moment) evenkeel.Usage {
		return evenkeel.Usage{
			At: start.Add(time.Duration(minute) * time.Minute), Since: since, Meter: evenkeel.MeterDisk,
			Form: evenkeel.FormCumulative, Part: evenkeel.PartRead, Value: value,
		}
	}
	const mib = 1 << 20
	cases := []struct {
		name   string
		usages []evenkeel.Usage
		want   float64
	}{
		{"the first reading says nothing yet", []evenkeel.Usage{read(0, 50*mib, 0), read(1, 53*mib, 0)}, 3 * mib},
		{"a counter that fell without saying since when counts from its next reading on",
			[]evenkeel.Usage{read(0, 50*mib, 0), read(1, 1*mib, 0), read(2, 5*mib, 0)}, 4 * mib},
		{"a counter that began anew and says when counts from there",
			[]evenkeel.Usage{read(0, 50*mib, 0), read(2, 6*mib, start.Add(time.Minute)), read(3, 7*mib, start.Add(time.Minute))}, 7 * mib},
		{"a counter that began anew and soon passed its old value is not taken for going on",
			[]evenkeel.Usage{read(0, 1*mib, 0), read(2, 6*mib, start.Add(time.Minute))}, 6 * mib},
		{"a gap of 16 minutes says nothing about when",
			[]evenkeel.Usage{read(0, 1*mib, 0), read(16, 90*mib, 0), read(17, 92*mib, 0)}, 2 * mib},
		{"a gap of more than 15 minutes says nothing about when",
			[]evenkeel.Usage{read(0, 1*mib, 0), read(20, 90*mib, 0), read(21, 92*mib, 0)}, 2 * mib},
		{"a reading older than the newest is late and changes nothing",
			[]evenkeel.Usage{read(0, 1*mib, 0), read(2, 5*mib, 0), read(1, 3*mib, 0), read(3, 6*mib, 0)}, 5 * mib},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := evenkeel.NewBatch("test", 0)
			for i, u := range c.usages {
				u.ID, u.Asset, u.Line = uint64(i+1), "vm-1", 1
				b.AddUsage(u)
			}
			e, err := New(rules(t, showRule), Options{})
			if err != nil {
				t.Fatal(err)
			}
			e.Observe(b, holder())
			// The window as it stands after the last reading.
			total := 0.0
			f := e.floors[0]
			for p := range e.parts {
				e.parts[p].tables[0].keys.Each(func(_ uint64, ref uint32, _ []byte) bool {
					s := e.parts[p].tables[0].state(ref)
					for i := range f.windows {
						if w := &f.windows[i]; w.Name == "disk" {
							newest, _ := w.sum.Newest(w.in(s))
							total += float64(int64(w.sum.Read(w.in(s), newest).Amount) * kibibyte)
						}
					}
					return true
				})
			}
			if c.name[:5] == "a gap" { // the window holds the last ten minutes only
				c.want = 2 * mib
			}
			if total != c.want {
				t.Errorf("%v bytes; expected %v (%+v)", total, c.want, e.Tally())
			}
		})
	}
}

func TestWhatCannotBeUsedIsCountedAndChangesNothing(t *testing.T) {
	nobody := &books{}
	_, ok, n := lastValue(t, "cpu", nobody, all(counter(evenkeel.PartWhole, 84, false))...)
	if ok || n.Unusable != 3 {
		t.Errorf("a counter of all CPUs, where nobody told how many there are: %v %+v; expected 3 unusable", ok, n)
	}
	if total := n.Counted + n.Repeated + n.Late + n.Idle + n.OverQuota + n.Unusable; total != n.Records {
		t.Errorf("%d of %d records are accounted for: %+v", total, n.Records, n)
	}
}

func TestOneTenantsNamesCrowdOutNobody(t *testing.T) {
	k := (&books{}).hold("good", "quiet", start.Add(-time.Hour), 0).paid("quiet", 0)
	opt := Options{Subjects: 64 * 100, Lines: 64 * 100, TenantShare: 4}
	e, err := New(rules(t, pinnedRule), opt)
	if err != nil {
		t.Fatal(err)
	}
	var found []evenkeel.Finding
	for minute := range 20 {
		at := start.Add(time.Duration(minute) * time.Minute)
		b := evenkeel.NewBatch("test", 0)
		for i := range 2_000 { // assets that nobody holds, ever new ones
			asset := evenkeel.AssetID(fmt.Sprintf("made-up-%d-%d", minute, i))
			busy(b, asset, at, time.Minute, time.Minute, 1)
		}
		for i := range 2_000 { // and one held asset whose counter has ever new labels
			b.AddUsage(evenkeel.Usage{At: at, ID: uint64(minute*2_000+i) + 1<<40, Asset: "good", Line: uint64(minute*2_000 + i + 10),
				Meter: evenkeel.MeterCPUTime, Form: evenkeel.FormCumulative, Part: evenkeel.PartIdle, PerCPU: true, Value: 1})
		}
		busy(b, "good", at, 15*time.Second, time.Minute, 1)
		found = append(found, e.Observe(b, k)...)
	}
	f := e.Footprint()
	if f.Subjects > 64*25+1 || f.Lines > 25 {
		t.Errorf("%d subjects and %d lines; expected at most a quarter of each partition", f.Subjects, f.Lines)
	}
	found = slices.DeleteFunc(found, func(f evenkeel.Finding) bool { return f.Again })
	if len(found) != 2 || found[0].Subject.Tenant != "quiet" {
		t.Errorf("found %+v; expected the quiet tenant's machine, provisional and final", found)
	}
	if n := e.Tally(); n.OverQuota < 40_000 {
		t.Errorf("%d records over quota: %+v", n.OverQuota, n)
	}
}
