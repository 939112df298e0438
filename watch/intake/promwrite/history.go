package promwrite

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Label is a label of a series. The metric's name is the one called __name__.
type Label struct{ Name, Value string }

// Sample is a value of a series; Millis are milliseconds since 1970.
type Sample struct {
	Value  float64
	Millis int64
}

// Series appends the records of one series to b, the same ones as Request makes of a request
// that holds it: for whoever asks a Prometheus for what it remembers. Each call counts as a
// request of its own.
func (d *Decoder) Series(b *evenkeel.Batch, labels []Label, samples []Sample, t *intake.Tally) error {
	before, start := *t, len(b.Records)
	d.sink.begin(d, b, 0, t)
	defer d.sink.release()
	d.sink.enterSeries()
	for _, l := range labels {
		d.sink.label(l.Name, l.Value)
	}
	d.sink.know()
	for _, s := range samples {
		if err := d.sink.sample(s.Value, s.Millis); err != nil {
			*t, b.Records = before, b.Records[:start]
			return err
		}
	}
	t.Accepted += len(b.Records) - start
	return nil
}

// Metric is a metric that becomes records.
type Metric struct {
	Name  string
	Meter evenkeel.Meter
	Part  evenkeel.Part // of the meter; PartWhole where labels tell it
	// Select are matchers in PromQL of the series that are taken: of the others no sample
	// becomes a record.
	Select string
	// Nested metrics tell of others than their target: only a label of its own names the asset.
	Nested bool
}

// Metrics returns what the decoder knows, in the order of their names.
func Metrics() []Metric {
	var all []Metric
	for name, s := range known {
		m := Metric{Name: name, Meter: s.meter, Part: s.part, Nested: s.nested}
		switch {
		case s.mode != "":
			m.Select = s.mode + `=~"idle|iowait"`
		case s.nested:
			m.Select = `cpu=~"|total"`
		case s.meter == evenkeel.MeterNetwork:
			m.Select = without(s.device, []string{"lo"}, innerInterfaces)
		case s.meter == evenkeel.MeterDisk:
			m.Select = without(s.device, nil, stackedDisks)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Metric) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// without is a matcher that leaves out some values of a label, and all that begin with others.
func without(label string, whole, beginnings []string) string {
	parts := slices.Clone(whole)
	for _, p := range beginnings {
		parts = append(parts, p+".*")
	}
	return label + `!~"` + strings.Join(parts, "|") + `"`
}
