package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The finding that the README shows is the one that its inventory and 40 minutes at 99.9 %
// give.
func TestTheReadmeShowsWhatReplayPrints(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	var shown map[string]any
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1) {
		if bytes.Contains(block[1], []byte("specversion")) {
			events = append(events, string(block[1]))
		} else if err := json.Unmarshal(block[1], &shown); err != nil {
			t.Fatalf("the README's finding: %v", err)
		}
	}
	if len(events) != 1 || shown == nil {
		t.Fatalf("the README has %d blocks of events and a finding %v", len(events), shown)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var metrics strings.Builder
	from := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range 40 * 4 {
		fmt.Fprintf(&metrics, `{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":"vm-1"}}]},"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"%d","asDouble":0.999}]}}]}]}]}`+"\n",
			from.Add(time.Duration(i)*15*time.Second).UnixNano())
	}
	var out, says bytes.Buffer
	p := &process{stdin: strings.NewReader(""), stdout: bufio.NewWriter(&out), stderr: &says, now: time.Now}
	if code := run(t.Context(), p, []string{"replay", "--inventory", write("books", events[0]), write("metrics", metrics.String())}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &says)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var printed map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &printed); err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	delete(printed, "unmet")
	delete(printed, "panes")
	if !reflect.DeepEqual(shown, printed) {
		t.Errorf("the README shows\n%v\nreplay prints\n%v", shown, printed)
	}
}
