package main

import (
	"bufio"
	"bytes"
	"encoding/json"
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
	var out, says bytes.Buffer
	p := &process{stdin: strings.NewReader(""), stdout: bufio.NewWriter(&out), stderr: &says, now: time.Now}
	if code := run(t.Context(), p, []string{"replay", "--inventory", write("books", events[0]), write("metrics", busy("vm-1", 40))}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &says)
	}
	var printed map[string]any
	findings := 0
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, `{"type":"finding"`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &printed); err != nil {
			t.Fatal(err)
		}
		findings++
	}
	if findings != 2 {
		t.Fatalf("%d findings in\n%s", findings, &out)
	}
	delete(printed, "unmet")
	delete(printed, "panes")
	if !reflect.DeepEqual(shown, printed) {
		t.Errorf("the README shows\n%v\nreplay prints\n%v", shown, printed)
	}
}
