package promwrite

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestTheDocumentTellsTheMetrics holds the part of docs/intake.md about Prometheus to series.go,
// in both directions.
func TestTheDocumentTellsTheMetrics(t *testing.T) {
	for _, says := range checkDocument(document(t)) {
		t.Error(says)
	}
}

func TestTheDocumentCanBeWrong(t *testing.T) {
	text := document(t)
	for _, c := range []struct{ name, old, new, says string }{
		{"a metric is missing", "| `node_disk_read_bytes_total` |", "| node_disk_read_bytes_total |", "node_disk_read_bytes_total is not in the table"},
		{"a metric is not one of ours", "| `node_cpu_seconds_total` |", "| `node_cpu_minutes_total` |", "node_cpu_minutes_total is not known"},
		{"a signal is wrong", "`disk.bytes`, `disk.write.bytes`", "`disk.bytes`, `disk.read.bytes`", "node_disk_written_bytes_total becomes disk.write.bytes"},
		{"a device is missing", "`docker`, ", "", `"docker"`},
		{"a mode is missing", "`softirq`, ", "", `"softirq"`},
		{"the labels stand in another order", "1. `evenkeel_asset`\n  2. `instance`", "1. `instance`\n  2. `evenkeel_asset`", "name the asset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(text, c.old) {
				t.Fatalf("the document has no %q", c.old)
			}
			said := strings.Join(checkDocument(strings.ReplaceAll(text, c.old, c.new)), "\n")
			if !strings.Contains(said, c.says) {
				t.Errorf("the check says %q; expected %q", said, c.says)
			}
		})
	}
}

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/intake.md")
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	_, part, ok := strings.Cut(string(text), "\n## Prometheus\n")
	if !ok {
		t.Fatal("the document has no part about Prometheus")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	return part
}

var (
	row    = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|.*\\| ([^|]+) \\|$")
	listed = regexp.MustCompile("(?m)^ *[0-9]\\. `([a-z_]+)`")
)

// signals are the words of the meters' parts, as the rules use them.
var signals = map[evenkeel.Meter]map[evenkeel.Part]string{
	evenkeel.MeterCPUTime: {0: "cpu.busy"},
	evenkeel.MeterNetwork: {evenkeel.PartReceive: "network.in.bytes", evenkeel.PartTransmit: "network.out.bytes"},
	evenkeel.MeterDisk:    {evenkeel.PartRead: "disk.read.bytes", evenkeel.PartWrite: "disk.write.bytes"},
}

func checkDocument(text string) (complaints []string) {
	told := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		name, becomes := m[1], m[2]
		s := known[name]
		if s == nil {
			complaints = append(complaints, name+" is not known")
			continue
		}
		told[name] = true
		if signal := signals[s.meter][s.part]; !strings.Contains(becomes, "`"+signal+"`") {
			complaints = append(complaints, name+" becomes "+signal)
		}
	}
	for name := range known {
		if !told[name] {
			complaints = append(complaints, name+" is not in the table")
		}
	}
	var labels []string
	for _, m := range listed.FindAllStringSubmatch(text, -1) {
		labels = append(labels, m[1])
	}
	if !slices.Equal(labels, DefaultLabels()) {
		complaints = append(complaints, "the document has "+strings.Join(labels, ", ")+" name the asset")
	}
	words := slices.Concat(innerInterfaces, stackedDisks, []string{"lo", "idle", "iowait"}, busyModes)
	for _, w := range words {
		if !strings.Contains(text, "`"+w+"`") {
			complaints = append(complaints, `the document does not say "`+w+`"`)
		}
	}
	return complaints
}
