package promwrite

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/prompb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

const (
	testNow    evenkeel.Moment = 1_790_000_000 * 1e9
	testMillis int64           = 1_790_000_000_000
)

// labelled makes a series of "name{a=b,c=d}" and one sample.
func labelled(text string, value float64, ms int64) prompb.TimeSeries {
	name, rest, _ := strings.Cut(text, "{")
	ts := prompb.TimeSeries{Samples: []prompb.Sample{{Value: value, Timestamp: ms}}}
	if name != "" {
		ts.Labels = append(ts.Labels, prompb.Label{Name: "__name__", Value: name})
	}
	for pair := range strings.SplitSeq(strings.TrimSuffix(rest, "}"), ",") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			ts.Labels = append(ts.Labels, prompb.Label{Name: k, Value: v})
		}
	}
	return ts
}

func body(t testing.TB, series ...prompb.TimeSeries) []byte {
	t.Helper()
	data, err := (&prompb.WriteRequest{Timeseries: series}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestASampleBecomesAReading(t *testing.T) {
	for _, c := range []struct {
		name, series string
		want         evenkeel.Usage
	}{
		{
			"the idle time of a CPU", "node_cpu_seconds_total{cpu=3,instance=db-1:9100,mode=idle}",
			evenkeel.Usage{Asset: "db-1", Meter: evenkeel.MeterCPUTime, Part: evenkeel.PartIdle, PerCPU: true},
		},
		{
			"its time of waiting for disks", "node_cpu_seconds_total{cpu=3,instance=db-1:9100,mode=iowait}",
			evenkeel.Usage{Asset: "db-1", Meter: evenkeel.MeterCPUTime, Part: evenkeel.PartIOWait, PerCPU: true},
		},
		{
			"what came in over a network", "node_network_receive_bytes_total{device=eth0,instance=db-1}",
			evenkeel.Usage{Asset: "db-1", Meter: evenkeel.MeterNetwork, Part: evenkeel.PartReceive},
		},
		{
			"what went out", "node_network_transmit_bytes_total{device=ens3,instance=[2001:db8::1]:9100}",
			evenkeel.Usage{Asset: "2001:db8::1", Meter: evenkeel.MeterNetwork, Part: evenkeel.PartTransmit},
		},
		{
			"what was read from a disk", "node_disk_read_bytes_total{device=sda,instance=fe80::1}",
			evenkeel.Usage{Asset: "fe80::1", Meter: evenkeel.MeterDisk, Part: evenkeel.PartRead},
		},
		{
			"what was written", "node_disk_written_bytes_total{device=nvme0n1,instance=10.0.0.5:9100}",
			evenkeel.Usage{Asset: "10.0.0.5", Meter: evenkeel.MeterDisk, Part: evenkeel.PartWrite},
		},
		{
			"the asset's own label before the target, letter by letter", "node_disk_written_bytes_total{device=sda,evenkeel_asset=vm:17,instance=10.0.0.5:9100}",
			evenkeel.Usage{Asset: "vm:17", Meter: evenkeel.MeterDisk, Part: evenkeel.PartWrite},
		},
		{
			"the CPU time of a container that says whose it is", "container_cpu_usage_seconds_total{cpu=total,evenkeel_asset=pod-9,instance=node-1}",
			evenkeel.Usage{Asset: "pod-9", Meter: evenkeel.MeterCPUTime},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, tally := decode(t, &Decoder{}, labelled(c.series, 12.5, testMillis))
			if tally.Accepted != 1 || len(b.Records) != 1 {
				t.Fatalf("%v; expected one record", &tally)
			}
			got := b.Usage(&b.Records[0])
			if got.ID == 0 || got.Line == 0 {
				t.Errorf("a record without identity: %+v", got)
			}
			got.ID, got.Line = 0, 0
			c.want.At, c.want.Value, c.want.Form = testNow, 12.5, evenkeel.FormCumulative
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestASampleThatIsNotTakenIsCounted(t *testing.T) {
	const good = "node_network_receive_bytes_total{device=eth0,instance=db-1:9100}"
	long, many := strings.Repeat("x", 300), "node_disk_read_bytes_total{instance=a"
	for i := range 70 {
		many += fmt.Sprintf(",l%d=v", i)
	}
	for _, c := range []struct {
		name, series string
		value        float64
		ms           int64
		why          intake.Reason
	}{
		{"a metric that no rule uses", "go_goroutines{instance=db-1}", 1, testMillis, intake.UnknownMetric},
		{"a series without a name", "{instance=db-1}", 1, testMillis, intake.UnknownMetric},
		{"the mark that a series has ended", good, math.Float64frombits(0x7ff0000000000002), testMillis, intake.NoValue},
		{"the mark of another metric", "up{}", math.Float64frombits(0x7ff0000000000002), testMillis, intake.UnknownMetric},
		{"any other NaN", good, math.NaN(), testMillis, intake.NotANumber},
		{"an infinity", good, math.Inf(1), testMillis, intake.NotANumber},
		{"the other infinity", good, math.Inf(-1), testMillis, intake.NotANumber},
		{"a counter below zero", good, -1, testMillis, intake.Negative},
		{"1970", good, 1, 1000, intake.BadTime},
		{"a time before 1970", good, 1, -5, intake.BadTime},
		{"no time", good, 1, 0, intake.BadTime},
		{"a time beyond all", good, 1, math.MaxInt64, intake.BadTime},
		{"2100", good, 1, 4_102_444_800_000, intake.TooNew},
		{"eight days ago", good, 1, testMillis - 8*86_400_000, intake.TooOld},
		{"eleven minutes ahead", good, 1, testMillis + 11*60_000, intake.TooNew},
		{"nobody's", "node_network_receive_bytes_total{device=eth0}", 1, testMillis, intake.NoAsset},
		{"an asset that is no id", "node_network_receive_bytes_total{device=eth0,evenkeel_asset=" + long + "}", 1, testMillis, intake.BadAsset},
		{"a label that is too long", good[:len(good)-1] + ",x=" + strings.Repeat("x", 5000) + "}", 1, testMillis, intake.TooLong},
		{"a name of a label that is too long", good[:len(good)-1] + "," + long + "=x}", 1, testMillis, intake.TooLong},
		{"too many labels", many + "}", 1, testMillis, intake.TooManyAttributes},
		{"a CPU mode that we do not know", "node_cpu_seconds_total{cpu=0,instance=a,mode=dreaming}", 1, testMillis, intake.UnknownState},
		{"a CPU without a mode", "node_cpu_seconds_total{cpu=0,instance=a}", 1, testMillis, intake.UnknownState},
		{"a busy CPU mode, which idle tells", "node_cpu_seconds_total{cpu=0,instance=a,mode=user}", 1, testMillis, intake.Redundant},
		{"time that the host stole, which idle tells", "node_cpu_seconds_total{cpu=0,instance=a,mode=steal}", 1, testMillis, intake.Redundant},
		{"loopback", "node_network_receive_bytes_total{device=lo,instance=a}", 1, testMillis, intake.Redundant},
		{"a container's end of a pair", "node_network_transmit_bytes_total{device=veth12,instance=a}", 1, testMillis, intake.Redundant},
		{"a bridge", "node_network_transmit_bytes_total{device=br-9,instance=a}", 1, testMillis, intake.Redundant},
		{"a disk on top of a disk", "node_disk_read_bytes_total{device=dm-0,instance=a}", 1, testMillis, intake.Redundant},
		{"a container of which nobody says whose it is", "container_cpu_usage_seconds_total{cpu=total,instance=node-1}", 1, testMillis, intake.UnknownMetric},
		{"a container on one CPU of its host", "container_cpu_usage_seconds_total{cpu=cpu01,evenkeel_asset=p}", 1, testMillis, intake.UnknownMetric},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, tally := decode(t, &Decoder{}, labelled(c.series, c.value, c.ms), labelled(good, 7, testMillis))
			if n, example := tally.Of(c.why); n != 1 || c.why.Refuses() && example == "" {
				t.Errorf("%v (%q); expected one %v with an example", &tally, example, c.why)
			}
			if tally.Accepted != 1 || len(b.Records) != 1 || b.Records[0].Value != 7 {
				t.Errorf("%v; expected the good sample beside it", &tally)
			}
		})
	}
}

func TestAReplayTakesAllTimes(t *testing.T) {
	b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
	old := labelled("node_disk_read_bytes_total{device=sda,instance=a}", 1, 86_400_000*3650)
	if err := new(Decoder).Request(b, body(t, old), 0, &tally); err != nil || tally.Accepted != 1 {
		t.Errorf("%v, %v; expected one record", err, &tally)
	}
}

func TestAHistogramIsCountedAndNotRead(t *testing.T) {
	h := prompb.TimeSeries{
		Labels:     []prompb.Label{{Name: "__name__", Value: "node_disk_read_bytes_total"}, {Name: "instance", Value: "a"}},
		Histograms: []prompb.Histogram{{Sum: 3, Timestamp: testMillis}},
	}
	other := prompb.TimeSeries{
		Labels:     []prompb.Label{{Name: "__name__", Value: "latency"}},
		Histograms: []prompb.Histogram{{Sum: 3, Timestamp: testMillis}},
	}
	_, tally := decode(t, &Decoder{}, h, other)
	wrong, _ := tally.Of(intake.WrongType)
	unknown, _ := tally.Of(intake.UnknownMetric)
	if wrong != 1 || unknown != 1 || tally.Accepted != 0 {
		t.Errorf("%v; expected one wrong_type and one unknown_metric", &tally)
	}
}

func TestADamagedRequestAddsNothing(t *testing.T) {
	good := body(t, labelled("node_disk_read_bytes_total{device=sda,instance=a}", 1, testMillis))
	for _, c := range []struct {
		name string
		body string
		d    Decoder
		says string
	}{
		{"cut in the middle", string(good) + string(good[:len(good)-3]), Decoder{}, "expected a protobuf field"},
		{"garbage", "\xff\xff\xff\xff garbage", Decoder{}, "expected a protobuf field"},
		{"a series that is a number", "\x08\x01", Decoder{}, "timeseries (field 1) is not a message"},
		{"a label that is a number", "\x0a\x02\x08\x01", Decoder{}, "series 1, labels (field 1) is not a message"},
		{"a value that is text", string(good) + "\x0a\x05\x12\x03\x0a\x01x", Decoder{}, "series 2, value or timestamp (field 1) is not a number"},
		{"more samples than the limit", string(good) + string(good), Decoder{Limits: intake.Limits{Points: 1}}, "more than 1 samples"},
		{"longer than the limit", string(good), Decoder{Limits: intake.Limits{Body: 10}}, "expected at most 10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
			err := c.d.Request(b, []byte(c.body), testNow, &tally)
			if err == nil || !strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("the error is %v; expected one that says %q", err, c.says)
			}
			if len(b.Records) != 0 || tally != (intake.Tally{}) {
				t.Errorf("%d records, %v; expected none", len(b.Records), &tally)
			}
		})
	}
}

func TestARequestHasABoundedNumberOfAssets(t *testing.T) {
	var all []prompb.TimeSeries
	for i := range 12 {
		all = append(all, labelled(fmt.Sprintf("node_disk_read_bytes_total{device=sda,instance=a%d}", i), 1, testMillis))
	}
	b, tally := decode(t, &Decoder{Limits: intake.Limits{Assets: 10}}, all...)
	if n, _ := tally.Of(intake.TooManyAssets); n != 2 || len(b.Records) != 10 {
		t.Errorf("%v; expected ten assets, and two samples refused", &tally)
	}
}

func TestOtherLabelsNameTheAsset(t *testing.T) {
	d := Decoder{Labels: []string{"vm", "instance"}}
	b, _ := decode(t, &d,
		labelled("node_disk_read_bytes_total{device=sda,instance=a:1,vm=v:1}", 1, testMillis),
		labelled("node_disk_read_bytes_total{device=sda,instance=a:1}", 1, testMillis),
		labelled("node_disk_read_bytes_total{device=sda,instance=a:x}", 1, testMillis))
	for i, want := range []string{"v:1", "a", "a:x"} {
		if got := b.Text(b.Records[i].Asset); got != want {
			t.Errorf("sample %d is of %q; expected %q", i, got, want)
		}
	}
}

func decode(t testing.TB, d *Decoder, series ...prompb.TimeSeries) (*evenkeel.Batch, intake.Tally) {
	t.Helper()
	b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
	if err := d.Request(b, body(t, series...), testNow, &tally); err != nil {
		t.Fatal(err)
	}
	return b, tally
}
