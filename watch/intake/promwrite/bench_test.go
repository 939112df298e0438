package promwrite

import (
	"fmt"
	"testing"

	"github.com/prometheus/prometheus/prompb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// nodeRequest is what a Prometheus sends of twenty machines with 2,000 samples: node_exporter's
// CPU, network and disk, and as many series that no rule uses.
func nodeRequest(t testing.TB) []byte {
	var all []prompb.TimeSeries
	for i := 0; len(all) < 2000; i++ {
		at := fmt.Sprintf("instance=10.0.3.%d:9100,job=node", i%20)
		all = append(all,
			labelled(fmt.Sprintf("node_cpu_seconds_total{cpu=%d,%s,mode=idle}", i/20, at), 1234.5, testMillis),
			labelled(fmt.Sprintf("node_cpu_seconds_total{cpu=%d,%s,mode=iowait}", i/20, at), 2.5, testMillis),
			labelled(fmt.Sprintf("node_network_receive_bytes_total{device=eth%d,%s}", i/20, at), 1e9, testMillis),
			labelled(fmt.Sprintf("node_filesystem_avail_bytes{device=/dev/sda1,fstype=ext4,%s,mountpoint=/mnt/%d}", at, i/20), 1e9, testMillis))
	}
	return body(t, all...)
}

func TestDecodingAllocatesPerRequestNotPerSample(t *testing.T) {
	data := nodeRequest(t)
	var d Decoder
	b, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
	n := testing.AllocsPerRun(20, func() {
		b.Reset("p", 0)
		if err := d.Request(b, data, testNow, &tally); err != nil {
			t.Fatal(err)
		}
	})
	// The names of 20 assets are copied out of the request.
	if len(b.Records) != 1500 || n > 22 {
		t.Errorf("%v allocations for 2,000 samples, of which %d became records; expected at most 22, and 1,500", n, len(b.Records))
	}
}

func BenchmarkRequest(b *testing.B) {
	data := nodeRequest(b)
	var d Decoder
	batch, tally := evenkeel.NewBatch("p", 0), intake.Tally{}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset("p", 0)
		if err := d.Request(batch, data, testNow, &tally); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/sample")
}

// BenchmarkPrompb is what we would have had: Prometheus's own structs, and nothing done with
// them yet.
func BenchmarkPrompb(b *testing.B) {
	data := nodeRequest(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var r prompb.WriteRequest
		if err := r.Unmarshal(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/sample")
}
