package app

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// A load is requests of a thousand points each, as a Collector sends them: 50 machines with ten
// CPUs. There are twenty such fleets, whose readings come every 15 seconds.
const (
	loadPoints = 1000
	loadFleets = 20
)

// senders is a request of which only the time changes.
type senders struct {
	body  []byte
	times []int // where it stands
}

func fleetOf(tb testing.TB, n, cpus int) senders {
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
	f := senders{body: body}
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

func (f *senders) at(t time.Time) request {
	body := bytes.Clone(f.body)
	for _, at := range f.times {
		binary.LittleEndian.PutUint64(body[at:], uint64(t.UnixNano()))
	}
	return request{"/v1/metrics", "application/x-protobuf", body, time.Time{}}
}

// loaded is a process, and requests for it that are all different.
type loaded struct {
	*served
	fleets [loadFleets]senders
	begin  time.Time
	step   time.Duration // from one reading of a fleet to the next
	sent   atomic.Int64
}

func underLoad(b *testing.B) *loaded {
	b.Helper()
	l := &loaded{served: serve(b, dataDir(b), func(p *Parts) { p.Config.Checkpoint.Every = 30 * time.Second }), begin: time.Now().Add(-6 * 24 * time.Hour), step: 15 * time.Second}
	for i := range l.fleets {
		l.fleets[i] = fleetOf(b, i, loadPoints/50/2)
	}
	return l
}

func (l *loaded) send(b *testing.B) {
	i := l.sent.Add(1) - 1
	r := l.fleets[i%loadFleets].at(l.begin.Add(time.Duration(i/loadFleets) * l.step))
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

// BenchmarkArrivalToFinding sends 150,000 points a second, half of what is to be reached, and
// among them, ten times a second, what shows that a machine begins to mine: a flow in which
// Stratum was recognised. It tells how long it took from before such a flow was sent until
// books told of a case, which is later than the finding; what part of that the judge had at
// most; and within how many milliseconds 99 of 100 batches of any kind were watched.
func BenchmarkArrivalToFinding(b *testing.B) {
	const rate, apart = 150, 15
	l := underLoad(b)
	l.step = time.Second // requests that pass each other on a busy machine are not late for that
	for i := range loadFleets {
		if err := heldEach(i, l.begin).to(l.served.at); err != nil {
			b.Fatal(err)
		}
	}
	books, err := Open(l.served.dir)
	if err != nil {
		b.Fatal(err)
	}
	defer books.Close()
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	var senders sync.WaitGroup
	miners := make(chan time.Duration, loadFleets*50) // one for each machine: nobody waits
	n := 0
	begun := time.Now()
	for b.Loop() {
		<-tick.C
		senders.Go(func() { l.send(b) })
		if n++; n%apart == 0 && n/apart <= loadFleets*50 {
			senders.Go(func() { miners <- l.mine(b, books, n/apart-1) })
		}
	}
	sent := time.Since(begun)
	senders.Wait()
	l.watched(b)
	close(miners)
	var took []time.Duration
	for d := range miners {
		took = append(took, d)
	}
	if slices.Sort(took); len(took) > 0 {
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms-to-case")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms-to-case")
		b.ReportMetric(1000*l.quantile(b, "evenkeel_judge_finding_seconds", 0.99), "p99-ms-judge-at-most")
	}
	b.ReportMetric(float64(len(took)), "findings")
	b.ReportMetric(float64(n*loadPoints)/sent.Seconds(), "points/s")
	b.ReportMetric(1000*l.quantile(b, "evenkeel_watch_arrival_seconds", 0.99), "p99-ms-batch-at-most")
}

// mine lets the nth machine begin to mine, and returns how long it took until its tenant had a
// case. Each has a tenant of its own.
func (l *loaded) mine(b *testing.B, books *Books, n int) time.Duration {
	fleet, i := n%loadFleets, n/loadFleets
	at := l.begin.Add(time.Duration(l.sent.Load()/loadFleets) * l.step)
	flow := event("flow", fmt.Sprint("mines-", n), at, map[string]any{
		"asset": fmt.Sprintf("vm-%d-%d", fleet, i), "direction": "out", "remote": "198.51.100.7", "port": 3333, "protocol": "tcp", "app": "stratum", "packets": 40, "bytes": 9000,
	})
	tenant := evenkeel.TenantID(fmt.Sprintf("t-%d-%d", fleet, i))
	begin := time.Now()
	if err := flow.to(l.served.at); err != nil {
		b.Error(err)
		return 0
	}
	deadline, tick := time.NewTimer(time.Minute), time.NewTicker(2*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		n, err := books.Count(b.Context(), docket.Query{Tenant: tenant})
		switch {
		case err != nil:
			b.Error(err)
			return 0
		case n > 0:
			return time.Since(begin)
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			b.Errorf("%s has no case after a minute", tenant)
			return 0
		}
	}
}

// heldEach says that each machine of a fleet is held by a tenant of its own.
func heldEach(n int, since time.Time) request {
	var events []string
	for i := range 50 {
		events = append(events, fmt.Sprintf(`{"specversion":"1.0","id":"%d-%d","source":"bench","type":"evenkeel.asset.v1","time":%q,"data":{"asset":"vm-%d-%d","kind":"vm","tenant":"t-%d-%d","from":%q}}`,
			n, i, since.Format(time.RFC3339), n, i, n, i, since.AddDate(-1, 0, 0).Format(time.RFC3339)))
	}
	return request{path: "/events", contentType: "application/cloudevents-batch+json", body: []byte("[" + strings.Join(events, ",") + "]")}
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
	fleets := make([]senders, b.N*20)
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
	return request{"/events", "application/cloudevents-batch+json", []byte("[" + strings.Join(events, ",") + "]"), time.Time{}}
}
