package receive

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/prompb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

const writeHeader = "Content-Type: application/x-protobuf\nContent-Encoding: snappy\nX-Prometheus-Remote-Write-Version: 0.1.0\n"

// written is a WriteRequest of one node's disk, one series per value.
func written(t testing.TB, values ...float64) string {
	t.Helper()
	var r prompb.WriteRequest
	for i, v := range values {
		r.Timeseries = append(r.Timeseries, prompb.TimeSeries{
			Labels: []prompb.Label{
				{Name: "__name__", Value: "node_disk_read_bytes_total"}, {Name: "device", Value: fmt.Sprintf("sd%d", i)},
				{Name: "instance", Value: "db-1:9100"}, {Name: "job", Value: "node"},
			},
			Samples: []prompb.Sample{{Value: v, Timestamp: int64(testNow) / 1e6}},
		})
	}
	b, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRemoteWriteIsTaken(t *testing.T) {
	h := open(t, Options{})
	w := h.do(sent{path: "/api/v1/write", body: snapped(written(t, 1, 2, 3)), headers: writeHeader + "Authorization: Bearer " + agentToken})
	if w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Fatalf("%d %s; expected 204", w.Code, w.Body)
	}
	all := h.log.batches(t)
	if len(all) != 1 || len(all[0].Records) != 3 || all[0].Source != "agent" || all[0].Text(all[0].Records[0].Asset) != "db-1" {
		t.Errorf("the log has %+v; expected three records of db-1", all)
	}
	if n := h.counted(t, "points_total", "remote_write"); n != 3 {
		t.Errorf("%v samples are counted; expected 3", n)
	}
}

// TestRemoteWriteIsAnsweredSoThatNothingIsLost: 4xx means "drop it" to a Prometheus, 5xx "come
// again", and by default it drops after 429, too.
func TestRemoteWriteIsAnsweredSoThatNothingIsLost(t *testing.T) {
	good := snapped(written(t, 1))
	for _, c := range []struct {
		name    string
		body    string
		headers string
		opt     Options
		fails   error
		spent   bool
		status  int
		again   bool
		says    string
		records int
	}{
		{name: "a sample that is refused", body: snapped(written(t, 5, -1)), headers: writeHeader, status: 400, says: "1 samples taken, 1 refused: 1 because the value is below zero (first: node_disk_read_bytes_total of asset", records: 1},
		{name: "garbage in snappy", body: snapped("\xff\xff\xff"), headers: writeHeader, status: 400, says: "protobuf field"},
		{name: "no snappy", body: "plain bytes", headers: writeHeader, status: 400, says: "not a block of snappy"},
		{name: "a block that claims four gigabytes", body: "\xff\xff\xff\xff\x0f", headers: writeHeader, status: 413, says: "more than 4194304 bytes"},
		{name: "gzip", body: gzipped("x"), headers: protobufHeader + "Content-Encoding: gzip", status: 415, says: "expected snappy"},
		{name: "remote write 2.0", body: good, headers: "Content-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request\nContent-Encoding: snappy", status: 415, says: "remote write 1.0"},
		{name: "JSON", body: "{}", headers: jsonHeader, status: 415, says: "remote write 1.0"},
		{name: "too many samples", body: snapped(written(t, 1, 2, 3)), headers: writeHeader, opt: Options{Limits: intake.Limits{Points: 2}}, status: 400, says: "max_samples_per_send"},
		{name: "a wrong token", body: good, headers: writeHeader + "Authorization: Bearer no", status: 401, says: "not one of ours"},
		{name: "a source beyond its share", body: good, headers: writeHeader + "Authorization: Bearer " + agentToken, spent: true, status: 503, again: true, says: "more than its share"},
		{name: "a log that takes nothing", body: good, headers: writeHeader, fails: errors.New("disk"), status: 503, again: true, says: "takes nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, c.opt)
			h.log.setFails(c.fails)
			if c.spent {
				h.sources.tokens[0].caller.bytes.spend(1<<40, testNow.Time())
			}
			w := h.do(sent{path: "/api/v1/write", body: c.body, headers: c.headers})
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || (w.Header().Get("Retry-After") != "") != c.again {
				t.Errorf("%d %q, come again after %q; expected %d and %q", w.Code, w.Body, w.Header().Get("Retry-After"), c.status, c.says)
			}
			if n := h.log.records(t); n != c.records {
				t.Errorf("the log has %d records; expected %d", n, c.records)
			}
			if c.status != 415 && strings.Count(strings.TrimSpace(w.Body.String()), "\n") > 0 {
				t.Errorf("the answer has several lines, of which a Prometheus logs the first: %q", w.Body)
			}
		})
	}
}

func TestShardsOfOneMachineMakeOneReading(t *testing.T) {
	series := func(mode string) prompb.TimeSeries {
		return prompb.TimeSeries{
			Labels: []prompb.Label{
				{Name: "__name__", Value: "node_cpu_seconds_total"}, {Name: "cpu", Value: "0"},
				{Name: "instance", Value: "db-1:9100"}, {Name: "mode", Value: mode},
			},
			Samples: []prompb.Sample{{Value: 3, Timestamp: int64(testNow) / 1e6}},
		}
	}
	parts := map[evenkeel.Part]int{}
	h := open(t, Options{})
	for _, mode := range []string{"idle", "user", "system", "iowait", "steal", "nice"} {
		b, err := (&prompb.WriteRequest{Timeseries: []prompb.TimeSeries{series(mode)}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if w := h.do(sent{path: "/api/v1/write", body: snapped(string(b)), headers: writeHeader}); w.Code != http.StatusNoContent {
			t.Fatalf("%s: %d %s", mode, w.Code, w.Body)
		}
	}
	for _, b := range h.log.batches(t) {
		for i := range b.Records {
			parts[evenkeel.Part(b.Records[i].Part)]++
		}
	}
	if len(parts) != 2 || parts[evenkeel.PartIdle] != 1 || parts[evenkeel.PartIOWait] != 1 {
		t.Errorf("the log has %v; expected idle and iowait once each, whichever request they came in", parts)
	}
}
