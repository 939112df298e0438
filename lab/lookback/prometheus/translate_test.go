package prometheus

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// told is a series with a reading a minute.
func told(metric map[string]string, values ...float64) Series {
	s := Series{Metric: metric}
	for i, v := range values {
		s.Values = append(s.Values, Point{Millis: int64(t0/1e6) + int64(i)*60_000, Value: v})
	}
	return s
}

// readings are what series of a metric become.
func readings(t *testing.T, name string, labels []string, series ...Series) (out []evenkeel.Usage, h *History) {
	t.Helper()
	m := named(t, name)
	h, err := NewHistory(nil, Span{From: t0, Until: t0.Add(time.Hour), Step: time.Minute, Labels: labels}, []Metric{m})
	if err != nil {
		t.Fatal(err)
	}
	seen := Seen{}
	_, err = h.translate(evenkeel.NewBatch(Source, 0), &asked{Metric: m, seen: &seen}, series, func(b *evenkeel.Batch) error {
		for i := range b.Records {
			out = append(out, b.Usage(&b.Records[i]))
		}
		return nil
	})
	if err != nil || seen.Records != len(out) {
		t.Fatalf("%v, %+v; %d records", err, seen, len(out))
	}
	return out, h
}

var meters = map[evenkeel.Meter]string{
	evenkeel.MeterCPUTime: "cpu_time", evenkeel.MeterCPUFraction: "cpu_fraction", evenkeel.MeterCPUCores: "cpu_cores",
	evenkeel.MeterNetwork: "network", evenkeel.MeterDisk: "disk",
}

var parts = map[evenkeel.Part]string{
	evenkeel.PartWhole: "whole", evenkeel.PartIdle: "idle", evenkeel.PartIOWait: "iowait", evenkeel.PartUser: "user",
	evenkeel.PartTransmit: "transmit", evenkeel.PartReceive: "receive", evenkeel.PartRead: "read",
}

type labelled = map[string]string

func TestASeriesOfOpenTelemetryBecomesWhatItsDecoderMakesOfIt(t *testing.T) {
	for _, c := range []struct {
		name, metric string
		labels       []string
		series       []Series
		want         string // meter, part, per CPU, asset and last value of each line
	}{
		{"times of CPUs by the old names", "system_cpu_time_seconds_total", nil, []Series{
			told(labelled{"host_name": "a", "cpu": "cpu0", "state": "idle"}, 1, 2), told(labelled{"host_name": "a", "cpu": "cpu0", "state": "wait"}, 3, 4),
		}, "cpu_time idle true a 2; cpu_time iowait true a 4"},
		{"times of CPUs by the new names", "system_cpu_time_seconds_total", nil, []Series{
			told(labelled{"host_id": "i-1", "host_name": "a", "cpu_logical_number": "0", "cpu_mode": "idle"}, 1, 2), told(labelled{"host_id": "i-1", "host_name": "a", "cpu_logical_number": "0", "cpu_mode": "iowait"}, 3),
		}, "cpu_time idle true i-1 2; cpu_time iowait true i-1 3"},
		{"shares, where the wait of one without idle counts for nothing", "system_cpu_utilization_ratio", nil, []Series{
			told(labelled{"instance": "a:9464", "state": "idle"}, 0.25), told(labelled{"instance": "a:9464", "state": "wait"}, 0.5), told(labelled{"instance": "b:9464", "state": "wait"}, 0.5),
		}, "cpu_fraction idle false a 0.25; cpu_fraction iowait false a 0.5"},
		{"a share without a state is what is busy", "system_cpu_utilization_ratio", nil, []Series{told(labelled{"evenkeel_asset": "a", "instance": "b"}, 0.25)}, "cpu_fraction whole false a 0.25"},
		{"no share is above one", "system_cpu_utilization_ratio", nil, []Series{told(labelled{"host_name": "a", "state": "idle"}, 0.9, 90)}, ""},
		{"both ways of a network", "system_network_io_bytes_total", nil, []Series{
			told(labelled{"host_name": "a", "device": "eth0", "direction": "transmit"}, 10), told(labelled{"host_name": "a", "network_interface_name": "eth0", "network_io_direction": "receive"}, 20),
		}, "network transmit false a 10; network receive false a 20"},
		{"a disk", "system_disk_io_bytes_total", nil, []Series{told(labelled{"host_name": "a", "system_device": "sda", "disk_io_direction": "read"}, 2048)}, "disk read false a 2048"},
		{"a container", "container_cpu_time_seconds_total", nil, []Series{told(labelled{"container_id": "c-1", "instance": "node-1:8889", "cpu_mode": "user"}, 5)}, "cpu_time user false c-1 5"},
		{"a container that nothing names but its target", "container_cpu_time_seconds_total", nil, []Series{told(labelled{"instance": "node-1:8889", "cpu_mode": "user"}, 5)}, ""},
		{"CPUs in use, named by what the operator says", "container_cpu_usage", []string{"pod"}, []Series{told(labelled{"pod": "p", "container_id": "c"}, 1.5)}, "cpu_cores whole false p 1.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := readings(t, c.metric, c.labels, c.series...)
			last := map[uint64]evenkeel.Usage{}
			for _, u := range got {
				last[u.Line] = u
			}
			var says []string
			for _, u := range slices.SortedFunc(maps.Values(last), func(a, b evenkeel.Usage) int { return slices.IndexFunc(got, same(a)) - slices.IndexFunc(got, same(b)) }) {
				says = append(says, fmt.Sprintf("%s %s %v %s %g", meters[u.Meter], parts[u.Part], u.PerCPU, u.Asset, u.Value))
			}
			if all := strings.Join(says, "; "); all != c.want {
				t.Errorf("%s\nexpected %s", all, c.want)
			}
		})
	}
}

func same(u evenkeel.Usage) func(evenkeel.Usage) bool {
	return func(o evenkeel.Usage) bool { return o.Line == u.Line }
}

func TestWhatIsTranslatedIsNotChanged(t *testing.T) {
	values := []float64{0, 0.1, 1e-9, 1e15 / 3, math.Inf(1), math.NaN(), -1}
	got, h := readings(t, "system_cpu_time_seconds_total", nil, told(labelled{"host_name": `a"\ü`, "state": "idle"}, values...))
	var kept []float64
	for i, u := range got {
		kept = append(kept, u.Value)
		if u.At != t0.Add(time.Duration(i)*time.Minute) || u.Asset != `a"\ü` || u.Form != evenkeel.FormCumulative {
			t.Errorf("%+v", u)
		}
	}
	if tally := h.Tally(); !slices.Equal(kept, values[:4]) || tally.Refused() != 3 {
		t.Errorf("%v, %v; expected the four that are times, and the others counted", kept, &tally)
	}
}

func TestALongHistoryIsTranslatedHourByHourAndTheStatesOfAnHourTogether(t *testing.T) {
	idle, wait := make([]float64, 600), make([]float64, 600)
	lines := []line{}
	for i, state := range []string{"idle", "wait"} {
		s := told(labelled{"host_name": "a", "state": state}, [][]float64{idle, wait}[i]...)
		lines = append(lines, line{labelsOf(s.Metric), thin(s.Values, time.Minute)})
	}
	m, requests := named(t, "system_cpu_utilization_ratio"), 0
	for body := m.request("a", lines); body != nil; body = m.request("a", lines) {
		if requests++; !json.Valid(body) || strings.Count(string(body), `"idle"`) != 60 || strings.Count(string(body), `"wait"`) != 60 {
			t.Fatalf("%s", body)
		}
	}
	if requests != 10 {
		t.Errorf("%d requests of ten hours", requests)
	}
}

// TestTheStatesThatAreAskedForAreThoseThatSayWhatIsBusy reads the matcher as Prometheus does.
func TestTheStatesThatAreAskedForAreThoseThatSayWhatIsBusy(t *testing.T) {
	for part := range strings.SplitSeq(states, ",") {
		_, which, _ := strings.Cut(part, "=~")
		takes := regexp.MustCompile("^(?:" + strings.Trim(which, `"`) + ")$")
		for state, want := range map[string]bool{"": true, "idle": true, "wait": true, "iowait": true, "user": false, "steal": false, "idler": false} {
			if takes.MatchString(state) != want {
				t.Errorf("%s: %q", part, state)
			}
		}
	}
	for label, want := range map[string]string{"device": `device!~"lo|`, "network_interface_name": `network_interface_name!~"lo|`} {
		if m := named(t, "system_network_io_bytes_total"); !strings.Contains(m.Select, want) {
			t.Errorf("%s: %s", label, m.Select)
		}
	}
}

func TestSeriesWithoutATargetAreAskedForBesideThoseThatHaveOne(t *testing.T) {
	var asked []string
	f := serve(t, func(path string, args url.Values, _ *http.Request) (int, string) {
		if path == "label/instance/values" {
			return 200, `{"status":"success","data":["a:9464"]}`
		}
		asked = append(asked, args.Get("query"))
		return 200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"host_name":"h","job":"otel","cpu":"0"},"values":[[1779999970,"0.5"]]}]}}`
	})
	h, err := NewHistory(f.server(t, Options{}), Span{From: t0, Until: t0.Add(time.Minute), Step: time.Minute}, []Metric{named(t, "system_cpu_utilization_ratio")})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Read(t.Context(), func(*evenkeel.Batch) error { return nil }, nil); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 2 || !strings.Contains(asked[0], `instance=~"a:9464"`) || !strings.Contains(asked[1], `instance=""`) {
		t.Errorf("%q", asked)
	}
	if asked = nil; h.Again(t.Context(), "h", t0, t0.Add(time.Minute), func(*evenkeel.Batch) error { return nil }) != nil || len(asked) != 1 || !strings.Contains(asked[0], `host_name="h",job="otel"}`) {
		t.Errorf("again: %q", asked)
	}
}
