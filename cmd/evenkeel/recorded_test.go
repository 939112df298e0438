package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var eight = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// busy is a machine whose CPU is as good as fully busy from eight on: lines of OTLP, four a
// minute.
func busy(asset string, minutes int) string {
	var b strings.Builder
	for i := range minutes * 4 {
		fmt.Fprintf(&b, `{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":%q}}]},"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"%d","asDouble":0.999}]}}]}]}]}`+"\n",
			asset, eight.Add(time.Duration(i)*15*time.Second).UnixNano())
	}
	return b.String()
}

// event is a line of a CloudEvent, minutes after eight.
func event(id, kind string, minutes int, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"test","type":"evenkeel.%s.v1","time":%q,"data":{%s}}`+"\n",
		id, kind, eight.Add(time.Duration(minutes)*time.Minute).Format(time.RFC3339), data)
}

// recording is what a replay reads: names of files.
type recording struct{ telemetry, inventory, acts string }

// day is a machine of a trial account that is busy for two hours and speaks Stratum, which
// its tenant explains, and a person believes.
func day(t testing.TB) recording {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, lines ...string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flow := event("f", "flow", 40, `"asset":"vm-1","direction":"out","remote":"198.51.100.7","port":3333,"protocol":"tcp","app":"stratum","packets":40,"bytes":9000`)
	return recording{
		telemetry: write("metrics.jsonl", busy("vm-1", 120)),
		inventory: write("books.jsonl",
			event("1", "tenant", -600, `"tenant":"t-1","since":"2026-02-27","standing":"trial","paid_total":"0","run_rate_month":"20","currency":"EUR"`),
			event("2", "asset", -500, `"asset":"vm-1","kind":"vm","tenant":"t-1","from":"2026-03-01T00:00:00Z"`),
			event("3", "lifecycle", -480, `"asset":"vm-1","tenant":"t-1","action":"create","vcpus":1,"image":"ubuntu","principal":"ann"`), flow),
		acts: write("acts.jsonl",
			event("a", "answer", 60, `"tenant":"t-1","family":"mining","says":"We measure pools for a paper."`),
			event("b", "clear", 70, `"tenant":"t-1","family":"mining","by":"anna","flag":{"selector":{"assets":["vm-1"]},"until":"2026-04-01"},"says":"The paper is public.`+answered+`"`)),
	}
}

// answered are answers to the five criteria of mining, as they stand in a reason.
const answered = `\n\nPoint by point:\n1. \n   Speaks for the tenant.\n2. \n   Cannot tell.\n3. \n   Speaks for the tenant. A batch job.\n4. \n   Cannot tell.\n5. \n   Cannot tell.`

// replayed runs a replay of a recording.
func replayed(t testing.TB, r recording, more ...string) (out, says string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &process{stdin: strings.NewReader(""), stdout: bufio.NewWriter(&stdout), stderr: &stderr, now: time.Now}
	args := append([]string{"replay", "--inventory", r.inventory, "--acts", r.acts}, more...)
	code = run(t.Context(), p, append(args, r.telemetry))
	return stdout.String(), stderr.String(), code
}
