package app

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
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

func fleetOf(tb testing.TB, n, cpus int) fleet {
	const mark = 0x1122334455667788
	md := pmetric.NewMetrics()
	for i := range 50 {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("host.id", fmt.Sprintf("vm-%d-%d", n, i))
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("system.cpu.utilization")
		m.SetUnit("1")
		m.SetEmptyGauge()
		for j := range 2 * cpus {
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
		l.fleets[i] = fleetOf(b, i, loadPoints/50/2)
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
	untilWatched(b, l.served.at, int(l.sent.Load())*loadPoints)
}

// untilWatched waits until so many points were watched. A machine that others use may need long.
func untilWatched(b *testing.B, at Addresses, points int) {
	b.Helper()
	deadline, tick := time.NewTimer(10*time.Minute), time.NewTicker(50*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		n, err := strconv.ParseFloat(metricAt(b, at, `evenkeel_watch_records_total{fate="counted"}`), 64)
		if err == nil && int(n) >= points {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			b.Fatalf("%v of %d points are watched after ten minutes", n, points)
		}
	}
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

// BenchmarkMemory tells what a process takes that watches b.N thousand machines of known
// tenants, whose CPUs are read once a minute, with all that it needs besides.
func BenchmarkMemory(b *testing.B) {
	for _, cpus := range []int{1, 4} {
		b.Run(fmt.Sprintf("cpus=%d", cpus), func(b *testing.B) { benchmarkMemory(b, cpus) })
	}
}

func benchmarkMemory(b *testing.B, cpus int) {
	k := startProcess(b, dataDir(b))
	begin, sent := time.Now().Add(-time.Hour), 0
	fleets := make([]fleet, b.N*20)
	for i := range fleets {
		if err := held(i, begin).to(k.at); err != nil {
			b.Fatal(err)
		}
		fleets[i] = fleetOf(b, i, cpus)
	}
	for i := range len(fleets) * 10 {
		if err := fleets[i%len(fleets)].at(begin.Add(time.Duration(i/len(fleets)) * time.Minute)).to(k.at); err != nil {
			b.Fatal(err)
		}
		sent += 50 * 2 * cpus
	}
	untilWatched(b, k.at, sent)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", k.cmd.Process.Pid))
	if err != nil {
		b.Skip("this system does not tell what a process takes: ", err)
	}
	for line := range strings.Lines(string(status)) {
		for name, unit := range map[string]string{"VmRSS:": "resident-MB", "VmHWM:": "peak-MB"} {
			if f := strings.Fields(line); f[0] == name {
				kb, _ := strconv.ParseFloat(f[1], 64)
				b.ReportMetric(kb/1000, unit)
			}
		}
	}
}

// held says that a tenant holds the machines of a fleet.
func held(n int, since time.Time) request {
	var events []string
	for i := range 50 {
		events = append(events, fmt.Sprintf(`{"specversion":"1.0","id":"%d-%d","source":"bench","type":"evenkeel.asset.v1","time":%q,"data":{"asset":"vm-%d-%d","kind":"vm","tenant":"t-%d","from":%q}}`,
			n, i, since.Format(time.RFC3339), n, i, n, since.AddDate(-1, 0, 0).Format(time.RFC3339)))
	}
	return request{"/events", "application/cloudevents-batch+json", []byte("[" + strings.Join(events, ",") + "]")}
}
