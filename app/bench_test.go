package app

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// A load is requests of a thousand points each, as a Collector sends them: 50 machines with ten
// CPUs. There are twenty such fleets, whose readings come every 15 seconds.
const (
	loadPoints = 1000
	loadFleets = 20
)

// fleet is a request of which only the time changes.
type fleet struct {
	body  []byte
	times []int // where it stands
}

func fleetOf(tb testing.TB, n int) fleet {
	const mark = 0x1122334455667788
	md := pmetric.NewMetrics()
	for i := range 50 {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("host.id", fmt.Sprintf("vm-%d-%d", n, i))
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("system.cpu.utilization")
		m.SetUnit("1")
		m.SetEmptyGauge()
		for j := range 20 {
			p := m.Gauge().DataPoints().AppendEmpty()
			p.Attributes().PutStr("cpu", "cpu"+strconv.Itoa(j/2))
			p.Attributes().PutStr("state", []string{"idle", "wait"}[j%2])
			p.SetTimestamp(mark)
			p.SetDoubleValue(float64(i%10) / 20)
		}
	}
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		tb.Fatal(err)
	}
	f := fleet{body: body}
	stamp := binary.LittleEndian.AppendUint64(nil, mark)
	for at := 0; ; at += 8 {
		next := bytes.Index(body[at:], stamp)
		if next < 0 {
			return f
		}
		at += next
		f.times = append(f.times, at)
	}
}

func (f *fleet) at(t time.Time) request {
	body := bytes.Clone(f.body)
	for _, at := range f.times {
		binary.LittleEndian.PutUint64(body[at:], uint64(t.UnixNano()))
	}
	return request{"/v1/metrics", "application/x-protobuf", body}
}

// loaded is a process, and requests for it that are all different.
type loaded struct {
	*served
	fleets [loadFleets]fleet
	begin  time.Time
	sent   atomic.Int64
}

func underLoad(b *testing.B) *loaded {
	b.Helper()
	l := &loaded{served: serve(b, dataDir(b), func(p *Parts) { p.Config.Checkpoint.Every = 30 * time.Second }), begin: time.Now().Add(-6 * 24 * time.Hour)}
	for i := range l.fleets {
		l.fleets[i] = fleetOf(b, i)
	}
	return l
}

func (l *loaded) send(b *testing.B) {
	i := l.sent.Add(1) - 1
	r := l.fleets[i%loadFleets].at(l.begin.Add(time.Duration(i/loadFleets) * 15 * time.Second))
	if err := r.to(l.served.at); err != nil {
		b.Error(err)
	}
}

// watched waits until everything that was sent has been watched.
func (l *loaded) watched(b *testing.B) {
	b.Helper()
	eventually(b, "all is watched", func() bool {
		n, err := strconv.ParseFloat(l.metric(b, `evenkeel_watch_records_total{fate="counted"}`), 64)
		return err == nil && int64(n) >= l.sent.Load()*loadPoints/2 // idle and wait are one reading
	})
}

// BenchmarkToDurableAndObserved is OTLP over HTTP until it is in the log, and until rules have
// seen it; client and server share the machine.
func BenchmarkToDurableAndObserved(b *testing.B) {
	l := underLoad(b)
	var senders sync.WaitGroup
	var next atomic.Int64
	b.ResetTimer()
	begun := time.Now()
	for range 4 {
		senders.Go(func() {
			for next.Add(1) <= int64(b.N) {
				l.send(b)
			}
		})
	}
	senders.Wait()
	durable := time.Since(begun)
	l.watched(b)
	b.ReportMetric(float64(b.N*loadPoints)/durable.Seconds(), "durable-points/s")
	b.ReportMetric(float64(b.N*loadPoints)/time.Since(begun).Seconds(), "observed-points/s")
}

// BenchmarkArrivalToFinding sends 100,000 points a second and tells within how many
// milliseconds 99 of 100 batches were watched, whose provisional findings are there by then.
func BenchmarkArrivalToFinding(b *testing.B) {
	l := underLoad(b)
	tick := time.NewTicker(time.Second / 100)
	defer tick.Stop()
	var senders sync.WaitGroup
	for b.Loop() {
		<-tick.C
		senders.Go(func() { l.send(b) })
	}
	senders.Wait()
	l.watched(b)
	b.ReportMetric(1000*l.quantile(b, "evenkeel_watch_arrival_seconds", 0.99), "p99-ms-at-most")
}

// quantile is the bound of the bucket that a quantile is in.
func (l *loaded) quantile(tb testing.TB, name string, q float64) float64 {
	tb.Helper()
	_, metrics := get(tb, "http://"+l.served.at.Console+"/metrics")
	all, _ := strconv.ParseFloat(l.metric(tb, name+"_count"), 64)
	for line := range strings.Lines(metrics) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name+`_bucket{le="`)
		bound, count, _ := strings.Cut(rest, `"} `)
		if n, err := strconv.ParseFloat(count, 64); ok && err == nil && n >= q*all {
			le, _ := strconv.ParseFloat(bound, 64)
			return le
		}
	}
	return 0
}
