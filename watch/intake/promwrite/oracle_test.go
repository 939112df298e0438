package promwrite

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/prompb"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// drawSeries draws a series: mostly good, with something of everything. Zero and empty values
// are left out on the wire, and long ones need two bytes for their length.
func drawSeries(t *rapid.T) prompb.TimeSeries {
	ts := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: rapid.SampledFrom([]string{
		"node_cpu_seconds_total", "node_network_receive_bytes_total", "node_disk_written_bytes_total", "container_cpu_usage_seconds_total", "up",
	}).Draw(t, "name")}}}
	for _, l := range []struct {
		name   string
		values []string
	}{
		{"cpu", []string{"0", "1", "total"}},
		{"device", []string{"eth0", "lo", "sda", "dm-1"}},
		{"evenkeel_asset", []string{"", "", "vm-1"}},
		{"instance", []string{"a:9100", "b", "", strings.Repeat("n", 200)}},
		{"job", []string{"node", strings.Repeat("j", 130)}},
		{"mode", []string{"idle", "iowait", "user", "odd"}},
	} {
		if rapid.IntRange(0, 4).Draw(t, "has "+l.name) > 0 {
			ts.Labels = append(ts.Labels, prompb.Label{Name: l.name, Value: rapid.SampledFrom(l.values).Draw(t, l.name)})
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "samples") {
		ts.Samples = append(ts.Samples, prompb.Sample{
			Value:     rapid.SampledFrom([]float64{0, 1, 1e9, -1, math.Inf(1), math.NaN(), math.Float64frombits(staleMarker)}).Draw(t, "value"),
			Timestamp: rapid.SampledFrom([]int64{testMillis, testMillis - 1000, 0, -1, 5}).Draw(t, "time"),
		})
	}
	if rapid.IntRange(0, 9).Draw(t, "exemplar") == 0 {
		ts.Exemplars = []prompb.Exemplar{{Value: 1}}
	}
	return ts
}

// naive says what a sample should become, from the structs of prompb.
func naive(ts prompb.TimeSeries, s prompb.Sample) (u evenkeel.Usage, why intake.Reason, ok bool) {
	l := map[string]string{}
	for _, label := range ts.Labels {
		l[label.Name] = label.Value
	}
	asset := l["evenkeel_asset"]
	if asset == "" && l["__name__"] != "container_cpu_usage_seconds_total" {
		asset = strings.TrimSuffix(l["instance"], ":9100")
	}
	u = evenkeel.Usage{Asset: evenkeel.AssetID(asset), Form: evenkeel.FormCumulative, Value: s.Value, At: evenkeel.Moment(s.Timestamp) * 1e6}
	switch l["__name__"] {
	case "node_cpu_seconds_total":
		_, u.PerCPU = l["cpu"]
		u.Meter = evenkeel.MeterCPUTime
		switch l["mode"] {
		case "idle":
			u.Part = evenkeel.PartIdle
		case "iowait":
			u.Part = evenkeel.PartIOWait
		case "user":
			return u, intake.Redundant, false
		default:
			return u, intake.UnknownState, false
		}
	case "node_network_receive_bytes_total":
		u.Meter, u.Part = evenkeel.MeterNetwork, evenkeel.PartReceive
		if l["device"] == "lo" {
			return u, intake.Redundant, false
		}
	case "node_disk_written_bytes_total":
		u.Meter, u.Part = evenkeel.MeterDisk, evenkeel.PartWrite
		if l["device"] == "dm-1" {
			return u, intake.Redundant, false
		}
	case "container_cpu_usage_seconds_total":
		u.Meter = evenkeel.MeterCPUTime
		if cpu, told := l["cpu"]; asset == "" || told && cpu != "total" {
			return u, intake.UnknownMetric, false
		}
	default:
		return u, intake.UnknownMetric, false
	}
	switch {
	case asset == "":
		return u, intake.NoAsset, false
	case math.Float64bits(s.Value) == staleMarker:
		return u, intake.NoValue, false
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
		return u, intake.NotANumber, false
	case s.Value < 0:
		return u, intake.Negative, false
	case s.Timestamp < testMillis-1000:
		return u, intake.BadTime, false
	}
	return u, 0, true
}

func TestTheDecoderAgreesWithPrometheus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(drawSeries), 0, 8).Draw(t, "series")
		var want []evenkeel.Usage
		var counts intake.Tally
		for _, ts := range all {
			for _, s := range ts.Samples {
				if u, why, ok := naive(ts, s); ok {
					want = append(want, u)
				} else {
					counts.Count(why)
				}
			}
		}
		data, err := (&prompb.WriteRequest{Timeseries: all, Metadata: []prompb.MetricMetadata{{Unit: "s"}}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
		if err := new(Decoder).Request(b, data, testNow, &tally); err != nil {
			t.Fatal(err)
		}
		var got []evenkeel.Usage
		for i := range b.Records {
			u := b.Usage(&b.Records[i])
			u.ID, u.Line = 0, 0
			got = append(got, u)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
		counts.Accepted = len(want)
		if tally.String() != counts.String() {
			t.Fatalf("counted %v; expected %v", &tally, &counts)
		}
	})
}

// TestTheRequestDoesNotChangeTheRecord sends the same samples in other requests, in another
// order and with the labels in another order: the records are the same.
func TestTheRequestDoesNotChangeTheRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(drawSeries), 1, 8).Draw(t, "series")
		var d Decoder
		together := recordsOf(t, &d, all)
		var apart []evenkeel.Record
		for _, ts := range rapid.Permutation(all).Draw(t, "order") {
			ts.Labels = rapid.Permutation(ts.Labels).Draw(t, "labels")
			for _, s := range ts.Samples {
				apart = append(apart, recordsOf(t, &d, []prompb.TimeSeries{{Labels: ts.Labels, Samples: []prompb.Sample{s}}})...)
			}
		}
		byID := func(a, b evenkeel.Record) int {
			if a.ID != b.ID {
				return map[bool]int{true: -1, false: 1}[a.ID < b.ID]
			}
			return int(a.Value - b.Value)
		}
		slices.SortFunc(together, byID)
		slices.SortFunc(apart, byID)
		if !slices.Equal(together, apart) {
			t.Fatalf("together %+v\napart %+v", together, apart)
		}
	})
}

// recordsOf are the records of a request, without what depends on the batch's table.
func recordsOf(t *rapid.T, d *Decoder, series []prompb.TimeSeries) []evenkeel.Record {
	data, err := (&prompb.WriteRequest{Timeseries: series}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
	if err := d.Request(b, data, testNow, &tally); err != nil {
		t.Fatal(err)
	}
	for i := range b.Records {
		b.Records[i].Asset = 0
	}
	return b.Records
}

func FuzzRequest(f *testing.F) {
	f.Add(body(f, labelled("node_cpu_seconds_total{cpu=0,instance=a:1,mode=idle}", 1, testMillis)))
	f.Add(body(f, labelled("up{instance=a}", 0, -1), labelled("node_disk_read_bytes_total{instance=a}", 0, testMillis)))
	f.Add([]byte("\x0a\xff\xff\xff\xff\x0f"))
	f.Add([]byte("\x0a\x04\x12\x02\x10\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
		err := (&Decoder{Limits: intake.Limits{Points: 1000}}).Request(b, data, testNow, &tally)
		if err != nil {
			if len(b.Records) > 0 || tally != (intake.Tally{}) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Fatalf("after %v: %d records, %v", err, len(b.Records), &tally)
			}
			return
		}
		var oracle prompb.WriteRequest
		if oracle.Unmarshal(data) == nil {
			n := 0
			for _, ts := range oracle.Timeseries {
				n += len(ts.Samples) + len(ts.Histograms)
			}
			if seen := tally.Accepted + tally.Refused() + tally.Ignored(); seen != n {
				t.Fatalf("%d samples seen (%v); Prometheus sees %d", seen, &tally, n)
			}
		}
		for i := range b.Records {
			u := b.Usage(&b.Records[i])
			if evenkeel.CheckID("asset", string(u.Asset)) != nil || !(u.Value >= 0) || math.IsInf(u.Value, 0) || !intake.Sane(u.At) || u.Meter == 0 {
				t.Fatalf("a record that cannot be: %+v", u)
			}
		}
		if _, err := evenkeel.DecodeBatch(evenkeel.AppendBatch(nil, b)); err != nil {
			t.Fatalf("the stored form: %v", err)
		}
	})
}
