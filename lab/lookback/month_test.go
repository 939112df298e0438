package lookback

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// The month that the tests look back over: what node_exporter told of twelve machines of five
// tenants, once a minute while they were busy, and what the books said of them.
var (
	monthEnd   = time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
	monthBegin = monthEnd.Add(-30 * 24 * time.Hour)
	// In these hours nothing was scraped at all.
	outage = Gap{evenkeel.MomentOf(monthBegin.Add(250 * time.Hour)), evenkeel.MomentOf(monthBegin.Add(254 * time.Hour))}
)

// machine is one of them. load is what its CPU does at a moment: busy and waiting for disks.
type machine struct {
	name, tenant string
	from, until  time.Time
	load         func(at time.Time) (busy, iowait float64)
}

func ago(d time.Duration) time.Time { return monthEnd.Add(-d) }

const day = 24 * time.Hour

func month() []machine {
	always := func(m machine) machine { m.from, m.until = monthBegin, monthEnd; return m }
	all := []machine{
		// Made four days ago on trial, and pinned ever since.
		{"vm-miner", "newcomer", ago(4 * day), monthEnd, func(at time.Time) (float64, float64) {
			if at.Sub(ago(4*day)) < 40*time.Minute {
				return 0.1, 0
			}
			return 0.999, 0
		}},
		always(machine{name: "atelier-batch-1", tenant: "atelier", load: nightly}),
		always(machine{name: "atelier-batch-2", tenant: "atelier", load: nightly}),
		always(machine{name: "studio-ci", tenant: "studio", load: func(at time.Time) (float64, float64) {
			if wd := at.Weekday(); wd != time.Saturday && wd != time.Sunday && (at.Hour() == 10 || at.Hour() == 15) {
				return 0.96, 0.01
			}
			return 0.05, 0
		}}),
		always(machine{name: "twoco-db", tenant: "twoco", load: func(at time.Time) (float64, float64) { return 0.12, 0.7 }}),
		always(machine{name: "twoco-web", tenant: "twoco", load: quiet}),
		always(machine{name: "studio-web", tenant: "studio", load: quiet}),
		always(machine{name: "old-web-1", tenant: "oldfirm", load: quiet}),
		always(machine{name: "old-web-2", tenant: "oldfirm", load: quiet}),
	}
	// A script over all rows of a database, on three machines that were made for it.
	for i := range 3 {
		all = append(all, machine{fmt.Sprintf("twoco-job-%d", i+1), "twoco", ago(11 * day), ago(11*day - 9*time.Hour), func(at time.Time) (float64, float64) {
			if at.Sub(ago(11*day)) < 10*time.Minute {
				return 0.2, 0
			}
			return 0.998, 0.001
		}})
	}
	return all
}

func quiet(at time.Time) (float64, float64) {
	return 0.04 + 0.03*float64(at.Hour())/24, 0.002
}

func nightly(at time.Time) (float64, float64) {
	if h := at.Hour(); h >= 2 && h < 5 {
		return 0.997, 0.001
	}
	return 0.03, 0
}

// jitter is up to a two-hundredth of what is idle, the same in every run.
func jitter(at time.Time, salt int) float64 {
	x := uint64(at.Unix()/60+int64(salt)*7919) * 0x9e3779b97f4a7c15
	return float64(x>>54) / 1024 / 200
}

// writeMonth writes it in OpenMetrics, as promtool reads it.
func writeMonth(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "month.txt")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, "# TYPE node_cpu_seconds counter")
	for i, m := range month() {
		idle, iowait := 1000.0, 10.0
		walk(m, func(at time.Time, scraped bool) {
			b, wait := m.load(at)
			b -= jitter(at, i) * (1 - b)
			idle += 60 * (1 - b - wait)
			iowait += 60 * wait
			if !scraped {
				return
			}
			cpu := func(mode string, value float64) {
				fmt.Fprintf(w, "node_cpu_seconds_total{cpu=\"0\",instance=\"%s:9100\",job=\"node\",mode=%q} %.3f %d.217\n", m.name, mode, value, at.Unix())
			}
			cpu("idle", idle)
			cpu("iowait", iowait)
			if m.tenant == "newcomer" { // what is not asked for
				cpu("user", 60*b*float64(at.Unix()-monthBegin.Unix()+60))
			}
		})
	}
	for _, way := range []string{"receive", "transmit"} {
		fmt.Fprintf(w, "# TYPE node_network_%s_bytes counter\n", way)
		for _, m := range month() {
			bytes := 0.0
			walk(m, func(at time.Time, scraped bool) {
				bytes += 60 * 20_000
				if scraped && at.Minute()%5 == 0 {
					fmt.Fprintf(w, "node_network_%s_bytes_total{device=\"eth0\",instance=\"%s:9100\",job=\"node\"} %.0f %d.217\n", way, m.name, bytes, at.Unix())
				}
			})
		}
	}
	writeCollected(w)
	fmt.Fprintln(w, "# EOF")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// collected are machines and containers of the last hours whose metrics came from a Collector of
// OpenTelemetry or from cAdvisor, under each of the names that they have in a Prometheus. All are pinned but
// one, that waits for its disks.
var collected = []struct{ asset, metric, kind, labels, idle, wait, busy string }{
	{"otel-old", "system_cpu_time_seconds", "counter", `cpu="cpu0",host_name="otel-old"`, `state="idle"`, `state="wait"`, `state="user"`},
	{"otel-new", "system_cpu_time_seconds", "counter", `cpu_logical_number="0",host_id="otel-new",host_name="x",instance="collector:8889"`, `cpu_mode="idle"`, `cpu_mode="iowait"`, `cpu_mode="user"`},
	{"otel-waits", "system_cpu_time_seconds", "counter", `cpu="cpu0",instance="otel-waits:9464"`, `state="idle"`, `state="wait"`, `state="user"`},
	{"otel-share", "system_cpu_utilization_ratio", "gauge", `cpu="cpu0",host_name="otel-share"`, `state="idle"`, `state="wait"`, `state="user"`},
	{"pod-1", "container_cpu_time_seconds", "counter", `evenkeel_asset="pod-1",instance="node-1:8889"`, "", "", `cpu_mode="user"`},
	{"pod-2", "container_cpu_usage_seconds", "counter", `evenkeel_asset="pod-2",instance="node-1:10250",cpu="total"`, "", "", `image="x"`},
}

const collectedFor = 3 * time.Hour

func writeCollected(w io.Writer) {
	metric := ""
	for _, c := range collected {
		total, idle, wait := "", 0.001, 0.001
		if c.kind == "counter" {
			total = "_total"
		}
		if c.asset == "otel-waits" {
			wait = 0.9
		}
		if c.metric != metric {
			metric = c.metric
			fmt.Fprintf(w, "# TYPE %s %s\n", metric, c.kind)
		}
		for state, share := range map[string]float64{c.idle: idle, c.wait: wait, c.busy: 1 - idle - wait} {
			value := share
			for at := ago(collectedFor); at.Before(monthEnd) && state != ""; at = at.Add(time.Minute) {
				fmt.Fprintf(w, "%s%s{%s,%s,job=\"collector\"} %.3f %d.217\n", metric, total, c.labels, state, value, at.Unix())
				if c.kind == "counter" {
					value += 60 * share
				}
			}
		}
	}
}

// walk goes over the minutes of a machine, and says which of them were scraped.
func walk(m machine, each func(at time.Time, scraped bool)) {
	for at := m.from; at.Before(m.until); at = at.Add(time.Minute) {
		now := evenkeel.MomentOf(at)
		each(at, at.Unix()/60%m.apart(at) == 0 && (now < outage.From || now >= outage.Until))
	}
}

// apart is how many minutes lie between two readings. Where little happens they are few, so that a
// month can be remembered in seconds.
func (m *machine) apart(at time.Time) int64 {
	busy, _ := m.load(at.Add(20 * time.Minute))
	was, _ := m.load(at.Add(-20 * time.Minute))
	switch {
	// Where the last sample is repeated until the next one, as a range query does, a machine
	// that is read every four minutes looks busy in three of them.
	case m.name == "old-web-2":
		return 4
	case max(busy, was) < 0.5:
		return 12
	}
	return 1
}

// writeBooks writes the inventory.
func writeBooks(t *testing.T, dir string) string {
	t.Helper()
	var lines []byte
	event := func(id, kind string, at time.Time, data string, args ...any) {
		lines = fmt.Appendf(lines, `{"specversion":"1.0","id":%q,"source":"books","type":"evenkeel.%s.v1","time":%q,"data":{%s}}`+"\n", id, kind, at.Format(time.RFC3339), fmt.Sprintf(data, args...))
	}
	before := monthBegin.Add(-day)
	event("t-1", "tenant", ago(4*day), `"tenant":"newcomer","since":"%s","standing":"trial","paid_total":"0","currency":"EUR","run_rate_month":"12.00"`, ago(4*day).Format(time.RFC3339))
	event("t-2", "tenant", before, `"tenant":"atelier","since":"2021-03-01","standing":"invoiced","paid_total":"9400.00","currency":"EUR","run_rate_month":"180.00"`)
	event("t-3", "tenant", before, `"tenant":"studio","since":"2026-03-20","standing":"prepaid","paid_total":"60.00","currency":"EUR","run_rate_month":"31.00"`)
	event("t-4", "tenant", before, `"tenant":"twoco","since":"2024-02-11","standing":"on_credit","paid_total":"0","currency":"EUR","run_rate_month":"140.00"`)
	event("t-5", "tenant", before, `"tenant":"oldfirm","since":"2019-01-01","standing":"invoiced","paid_total":"5200.00","currency":"EUR","run_rate_month":"40.00"`)
	for _, m := range month() {
		made := m.from
		if made.Equal(monthBegin) {
			made = monthBegin.Add(-100 * day)
		}
		event("c-"+m.name, "lifecycle", made, `"asset":%q,"tenant":%q,"action":"create","vcpus":1`, m.name, m.tenant)
		if m.until.Before(monthEnd) {
			event("d-"+m.name, "lifecycle", m.until, `"asset":%q,"tenant":%q,"action":"delete"`, m.name, m.tenant)
		}
	}
	for _, c := range collected {
		made := ago(collectedFor + 10*time.Minute)
		event("t-"+c.asset, "tenant", made, `"tenant":%q,"since":%q,"standing":"trial","paid_total":"0","currency":"EUR","run_rate_month":"12.00"`, "t-"+c.asset, made.Format(time.RFC3339))
		event("c-"+c.asset, "lifecycle", made, `"asset":%q,"tenant":%q,"action":"create","vcpus":1`, c.asset, "t-"+c.asset)
	}
	path := filepath.Join(dir, "books.jsonl")
	if err := os.WriteFile(path, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
