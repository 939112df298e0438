package promwrite

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/prompb"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

func TestASeriesOfTheHistoryBecomesTheRecordsOfARequest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		series := drawSeries(rt)
		series.Histograms = nil
		var d Decoder
		asked, sent := evenkeel.NewBatch("p", 0), evenkeel.NewBatch("p", 0)
		var ofAsked, ofSent intake.Tally
		var labels []Label
		for _, l := range series.Labels {
			labels = append(labels, Label{l.Name, l.Value})
		}
		var samples []Sample
		for _, s := range series.Samples {
			samples = append(samples, Sample{s.Value, s.Timestamp})
		}
		data, err := (&prompb.WriteRequest{Timeseries: []prompb.TimeSeries{series}}).Marshal()
		if err != nil {
			rt.Fatal(err)
		}
		if err := d.Request(sent, data, 0, &ofSent); err != nil {
			rt.Fatal(err)
		}
		if err := d.Series(asked, labels, samples, &ofAsked); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(asked.Records, sent.Records) || !slices.Equal(asked.Strings, sent.Strings) || ofAsked != ofSent {
			rt.Errorf("asked for: %v, %+v\nsent: %v, %+v", &ofAsked, asked.Records, &ofSent, sent.Records)
		}
	})
}

func TestASeriesWithMoreSamplesThanTheLimitAddsNothing(t *testing.T) {
	d := Decoder{Limits: intake.Limits{Points: 1}}
	b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
	labels := []Label{{"__name__", "node_disk_read_bytes_total"}, {"device", "sda"}, {"instance", "a"}}
	err := d.Series(b, labels, []Sample{{1, testMillis}, {2, testMillis + 1000}}, &tally)
	if err == nil || len(b.Records) > 0 || tally != (intake.Tally{}) {
		t.Errorf("%v, %d records, %v; expected an error and nothing else", err, len(b.Records), &tally)
	}
}

// TestTheMatchersTakeWhatBecomesRecords holds Metric.Select, read as Prometheus does (whole
// values), to what the decoder makes of the series.
func TestTheMatchersTakeWhatBecomesRecords(t *testing.T) {
	values := map[string][]string{
		"mode": append([]string{"idle", "iowait", "dreaming"}, busyModes...),
		"cpu":  {"", "total", "cpu00"},
		"device": slices.Concat([]string{"eth0", "sda", "nvme0n1", "lo", "loop0", "lost", "docker0", "br-1", "veth1", "virbr0", "dm-0", "md0", "ram1", "zram0", "bridge"},
			innerInterfaces, stackedDisks),
	}
	matcher := regexp.MustCompile(`^(\w+)(=~|!~)"([^"]*)"$`)
	for _, m := range Metrics() {
		parts := matcher.FindStringSubmatch(m.Select)
		if parts == nil {
			t.Fatalf("%s: no matcher: %s", m.Name, m.Select)
		}
		takes := regexp.MustCompile("^(?:" + parts[3] + ")$")
		for _, v := range values[parts[1]] {
			var d Decoder
			b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
			labels := []Label{{"__name__", m.Name}, {"evenkeel_asset", "a"}}
			if v != "" { // an empty label is none
				labels = append(labels, Label{parts[1], v})
			}
			if err := d.Series(b, labels, []Sample{{1, testMillis}}, &tally); err != nil {
				t.Fatal(err)
			}
			if asked := takes.MatchString(v) == (parts[2] == "=~"); asked != (len(b.Records) == 1) {
				t.Errorf("%s{%s=%q}: asked for %v, %d records", m.Name, parts[1], v, asked, len(b.Records))
			}
		}
	}
	if n := len(Metrics()); n != len(known) || !strings.HasPrefix(Metrics()[0].Name, "container_") {
		t.Errorf("%d metrics, %s first; expected all %d in order", n, Metrics()[0].Name, len(known))
	}
}
