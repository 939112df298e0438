package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/sorted"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

var start = evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))

// reading is a line of OTLP: how busy one machine's CPU was.
func reading(asset string, at evenkeel.Moment, busy float64) string {
	return fmt.Sprintf(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":%q}}]},"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"%d","asDouble":%g}]}}]}]}]}`,
		asset, int64(at), busy)
}

func event(id, kind string, at evenkeel.Moment, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"test","type":"evenkeel.%s.v1","time":%q,"data":{%s}}`, id, kind, at, data)
}

// day is a trial account's machine that mines, a paying customer's that is as busy, and one
// that nobody is known to hold and that speaks Stratum: a file of OTLP and one of events.
func day() (telemetry, books []string) {
	for m := range 40 * 4 {
		at := start.Add(time.Duration(m) * 15 * time.Second)
		for _, vm := range []string{"vm-trial", "vm-paying", "vm-nobody"} {
			telemetry = append(telemetry, reading(vm, at, 0.9995))
		}
	}
	books = append(books, event("flow-1", "flow", start.Add(20*time.Minute), `"asset":"vm-nobody","direction":"out","app":"stratum"`))
	for i, t := range []struct{ tenant, facts string }{
		{"trial", `"standing":"trial","paid_total":"0","currency":"EUR","since":"2026-02-28"`},
		{"paying", `"standing":"prepaid","paid_total":"900.00","currency":"EUR","since":"2024-01-01"`},
	} {
		books = append(books,
			event(fmt.Sprintf("t%d", i), "tenant", start.Add(-time.Hour), fmt.Sprintf(`"tenant":%q,%s`, t.tenant, t.facts)),
			event(fmt.Sprintf("c%d", i), "lifecycle", start.Add(-10*time.Minute), fmt.Sprintf(`"asset":"vm-%s","tenant":%q,"action":"create","vcpus":1`, t.tenant, t.tenant)))
	}
	return telemetry, books
}

func write(t interface {
	Helper()
	Fatal(...any)
}, dir, name string, lines []string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func shipped(t interface {
	Helper()
	Fatal(...any)
}) []*rule.Rule {
	t.Helper()
	rules, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// output replays and returns what came out, a line each.
func output(t interface {
	Helper()
	Fatal(...any)
}, s Script) (string, Summary) {
	t.Helper()
	var out bytes.Buffer
	sum, err := Run(context.Background(), s, func(f evenkeel.Finding) error {
		line, err := json.Marshal(f)
		out.Write(append(line, '\n'))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), sum
}

func TestReplayFindsAttributesAndHolds(t *testing.T) {
	dir := t.TempDir()
	telemetry, books := day()
	out, sum := output(t, Script{
		Rules: shipped(t), Files: []string{write(t, dir, "telemetry.jsonl", telemetry)}, Inventory: []string{write(t, dir, "books.jsonl", books)},
	})
	if sum.Findings != 1 || sum.Held != 2 {
		t.Errorf("%d final findings, %d held; expected the trial's machine, and nobody's, provisional and final\n%s", sum.Findings, sum.Held, out)
	}
	if !strings.Contains(out, `"tenant":"trial"`) || strings.Contains(out, "vm-paying") {
		t.Errorf("expected the trial's machine and not the paying customer's:\n%s", out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"held":"nobody is known to hold asset vm-nobody`) {
		t.Errorf("what nobody holds comes last; got %s", last)
	}
	if sum.From != start.Add(-time.Hour) || sum.Read.Records != int64(len(telemetry)+len(books)) {
		t.Errorf("%+v", sum)
	}
}

func TestProvisionalFindingsThatWereNotConfirmedAreCounted(t *testing.T) {
	spike, err := rule.Parse("spike.yaml", []byte(`rule: spike
version: 1
family: test
mode: live
subject: asset
about: A minute at full CPU.
windows:
  cpu: {of: cpu.busy, for: 1m, pane: 1m}
terms:
  - {name: busy, family: usage, when: cpu.mean >= 0.9, weight: 1, says: "Busy."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(readings ...string) (string, Summary) {
		_, books := day()
		return output(t, Script{Rules: spike, Files: []string{write(t, dir, "telemetry", readings)}, Inventory: []string{write(t, dir, "books", books)}})
	}
	at := func(s int) evenkeel.Moment { return start.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		name     string
		readings []string
		want     int
	}{
		{"the minute went on idle", []string{reading("vm-trial", at(1), 1), reading("vm-trial", at(30), 0), reading("vm-trial", at(300), 0)}, 1},
		{"the minute stayed busy", []string{reading("vm-trial", at(1), 1), reading("vm-trial", at(300), 0)}, 0},
		{"nobody holds the machine", []string{reading("vm-nobody", at(1), 1), reading("vm-nobody", at(30), 0), reading("vm-nobody", at(300), 0)}, 0},
	} {
		out, sum := run(c.readings...)
		if !strings.Contains(out, `"provisional"`) {
			t.Fatalf("%s: nothing was provisional:\n%s", c.name, out)
		}
		if sum.Unconfirmed != c.want {
			t.Errorf("%s: %d unconfirmed; want %d\n%s", c.name, sum.Unconfirmed, c.want, out)
		}
	}
}

func TestOrderOfLinesAndFilesChangesNothing(t *testing.T) {
	telemetry, books := day()
	rules := shipped(t)
	dir := t.TempDir()
	want, _ := output(t, Script{Rules: rules, Files: []string{write(t, dir, "telemetry", telemetry), write(t, dir, "books", books)}})
	if strings.Count(want, "\n") < 4 {
		t.Fatalf("too little to compare:\n%s", want)
	}
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		s := Script{Rules: rules, Sort: sorted.Options{Dir: dir, Budget: rapid.Int64Range(1, 1<<16).Draw(rt, "memory")}}
		for _, lines := range [][]string{telemetry, books} { // a file is of one format
			all := append([]string(nil), lines...)
			rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for len(all) > 0 {
				cut := rapid.IntRange(1, len(all)).Draw(rt, "cut")
				s.Files = append(s.Files, write(rt, dir, fmt.Sprintf("part-%d", len(s.Files)), all[:cut]))
				all = all[cut:]
			}
		}
		rnd.Shuffle(len(s.Files), func(i, j int) { s.Files[i], s.Files[j] = s.Files[j], s.Files[i] })
		if got, _ := output(rt, s); got != want {
			rt.Fatalf("shuffled:\n%s\nexpected:\n%s", got, want)
		}
	})
}

func TestTheSameFilesTwiceAreOnce(t *testing.T) {
	dir := t.TempDir()
	telemetry, books := day()
	s := Script{Rules: shipped(t), Files: []string{write(t, dir, "telemetry", telemetry)}, Inventory: []string{write(t, dir, "books", books)}}
	once, _ := output(t, s)
	s.Files, s.Inventory = append(s.Files, s.Files[0]), append(s.Inventory, s.Inventory[0])
	twice, sum := output(t, s)
	if once != twice {
		t.Errorf("once:\n%s\ntwice:\n%s", once, twice)
	}
	if sum.Watched.Repeated < uint64(len(telemetry)) {
		t.Errorf("%d of %d repetitions noticed", sum.Watched.Repeated, len(telemetry))
	}
}

func TestMalformedLinesCostThemselvesOnly(t *testing.T) {
	dir := t.TempDir()
	telemetry, books := day()
	path := write(t, dir, "telemetry", telemetry)
	want, _ := output(t, Script{Rules: shipped(t), Files: []string{path}, Inventory: []string{write(t, dir, "books", books)}})
	broken := append([]string{`{"resourceMetrics":[{`, "not JSON at all"}, telemetry...)
	broken = append(broken, `{"resourceMetrics":7}`)
	var told []string
	got, sum := output(t, Script{
		Rules: shipped(t), Files: []string{write(t, dir, "broken", broken)}, Inventory: []string{filepath.Join(dir, "books")},
		Format: feed.FormatOTLP, Problem: func(p feed.Problem) { told = append(told, p.String()) },
	})
	if got != want || sum.Read.Malformed != 3 || len(told) != 3 {
		t.Errorf("%d malformed, told %q; the rest gave\n%s\nexpected\n%s", sum.Read.Malformed, told, got, want)
	}
}

func TestReplayEndsWithTheErrorOfWhoeverEndsIt(t *testing.T) {
	dir := t.TempDir()
	telemetry, books := day()
	s := Script{Rules: shipped(t), Files: []string{write(t, dir, "telemetry", telemetry)}, Inventory: []string{write(t, dir, "books", books)}}
	if _, err := Run(t.Context(), s, func(evenkeel.Finding) error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a consumer that ends: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, s, func(evenkeel.Finding) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Files = []string{filepath.Join(dir, "not there")}
	if _, err := Run(t.Context(), s, func(evenkeel.Finding) error { return nil }); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("a missing file: %v", err)
	}
}
