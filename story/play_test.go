package story

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// busyRule finds machines whose CPU was busy for five minutes.
const busyRule = `-- rules/busy.yaml --
rule: busy
version: 1
family: test
mode: live
subject: asset
about: Machines whose CPU is busy.
windows:
  cpu: {of: cpu.busy, for: 5m, pane: 1m}
terms:
  - name: busy
    family: usage
    when: cpu.panes >= 5 && cpu.mean >= 0.9
    value: cpu.mean
    threshold: 0.9
    weight: 1
    says: "The CPU was {cpu.mean:percent} busy."
  - name: young
    family: usage
    when: tenant.age < days(1)
    weight: 1
    says: "The tenant is new."
require: [busy]
score: 1
tests:
  hit: [a.txtar]
  miss: [b.txtar]
`

func parsed(t *testing.T, lines, more string) *Script {
	t.Helper()
	s, err := Parse("s.txtar", append(wrap(lines), more...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func played(t *testing.T, lines, more string) string {
	t.Helper()
	transcript, err := Play(parsed(t, lines, more), Parts{Rules: []*rule.Rule{}, Books: books})
	if err != nil {
		t.Fatal(err)
	}
	return transcript
}

func TestATranscriptReadsAsWritten(t *testing.T) {
	got := played(t, `tenant acme since=2019-01-01
asset a-1..a-3 tenant=acme from=2023-01-01
note "It begins."
cpu a-1..a-3 96% every 30s for 10m wobble 2%
cpu nobody 95% every 30s for 10m
+30m
note "It is over."`, busyRule)
	want, err := os.ReadFile("testdata/transcript.txt")
	if *rewrite {
		err = os.WriteFile("testdata/transcript.txt", []byte(got), 0o644)
		want = []byte(got)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the transcript is\n%s\nexpected\n%s", got, want)
	}
}

func TestTheClockOfEachSourceClosesItsOwnWindows(t *testing.T) {
	const lines = "asset a tenant=acme\nsource meters\ncpu a 99% every 30s for 6m\n+6m\nsource flows\nflow a out 192.0.2.1:80/tcp\n"
	finals := func(more string) []evenkeel.Finding {
		found, err := Findings(parsed(t, lines+more+"note end", busyRule), Parts{Rules: []*rule.Rule{}})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := finals(""); len(found) != 2 || found[1].Revision != evenkeel.Final {
		t.Fatalf("without a tick, found %d, expected the provisional finding and at the end the final one", len(found))
	}
	told := parsed(t, lines+"tick 5m\nnote after", busyRule)
	pl, err := run(told, Parts{Rules: []*rule.Rule{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	events := pl.told
	for i, e := range events {
		if e.text == "after" && (i == 0 || events[i-1].finding.Revision != evenkeel.Final) {
			t.Error("a tick did not close the windows of all sources")
		}
	}
	if last := events[len(events)-1]; last.text != "after" {
		t.Errorf("the last event is %+v; expected the note", last)
	}
}

func TestHeartbeatsAreNoRecords(t *testing.T) {
	if got := played(t, "cpu a 5%\ntick 3h", busyRule); !strings.Contains(got, "end       2 records: 2 counted") {
		t.Errorf("the transcript is\n%s\nexpected 2 records", got)
	}
}

func TestDisorderWithinTheLatenessChangesNoFinalFinding(t *testing.T) {
	text, err := Text("late-and-twice")
	if err != nil {
		t.Fatal(err)
	}
	var tidy []string
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "again") && !strings.HasPrefix(line, "shuffle") {
			tidy = append(tidy, line)
		}
	}
	s, err := Parse("tidy.txtar", []byte(strings.Join(tidy, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	disordered := builtinStory(t, "late-and-twice")
	if len(disordered.deliveries) <= len(s.deliveries) {
		t.Fatal("nothing is sent twice")
	}
	got, want := finalsText(t, disordered), finalsText(t, s)
	if got != want {
		t.Errorf("in disorder:\n%s\nin order:\n%s", got, want)
	}
}

func finalsText(t *testing.T, s *Script) string {
	t.Helper()
	found, err := Findings(s, Parts{})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range found {
		if f.Revision == evenkeel.Final {
			line, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			text += string(line) + "\n"
		}
	}
	if text == "" {
		t.Fatal("nothing was found")
	}
	return text
}

func TestARuleOfTheStoryTakesThePlaceOfAnother(t *testing.T) {
	own := strings.ReplaceAll(busyRule, "rule: busy", "rule: crypto-mining")
	s := parsed(t, "cpu a 99% every 30s for 10m", own)
	rules, err := s.rules(nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != len(all) {
		t.Errorf("%d rules; expected as many as come with the program, %d", len(rules), len(all))
	}
	for _, r := range rules {
		if r.ID == "crypto-mining" && r.Family != "test" {
			t.Error("the rule of the program is still there")
		}
	}
}

func TestRecordedLinesArriveAtTheirOwnTime(t *testing.T) {
	s := parsed(t, "note begin", `-- inventory.jsonl --
{"specversion":"1.0","type":"evenkeel.asset.v1","source":"books","id":"1","time":"2024-03-04T07:00:00Z","data":{"asset":"vm-1","tenant":"acme","kind":"vm","from":"2024-01-01T00:00:00Z"}}
-- telemetry.jsonl --
{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":"vm-1"}}]},"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"1709540400000000000","asDouble":0.02,"attributes":[{"key":"state","value":{"stringValue":"idle"}}]}]}}]}]}]}
`)
	if len(s.deliveries) != 2 {
		t.Fatalf("%d records; expected 2", len(s.deliveries))
	}
	for i, want := range []string{"2024-03-04T07:00:00Z", "2024-03-04T08:20:00Z"} {
		if got := s.deliveries[i].at.String(); got != want {
			t.Errorf("record %d arrives at %s; expected %s", i, got, want)
		}
	}
}

func TestFixturesProveARule(t *testing.T) {
	rules, err := rule.Parse("busy.yaml", []byte(strings.TrimPrefix(busyRule, "-- rules/busy.yaml --\n")))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{}
	open := func(name string) ([]byte, error) {
		if text, ok := texts[name]; ok {
			return text, nil
		}
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "not found"}
	}
	busy, idle := wrap("asset a tenant=acme\ncpu a 99% every 30s for 10m"), wrap("asset a tenant=acme\ncpu a 9% every 30s for 10m")
	for _, c := range []struct {
		name      string
		hit, miss []byte
		says      string
	}{
		{"it finds what it must and no more", busy, idle, ""},
		{"it is silent", idle, idle, "busy.yaml:1: rule busy found nothing in its hit fixture a.txtar"},
		{"it always finds", busy, busy, "rule busy found something in its miss fixture b.txtar"},
		{"a fixture is not there", busy, nil, "rule busy: fixture b.txtar: not found"},
		{"a fixture is no story", []byte("x\n"), idle, "a.txtar:1: nothing happens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clear(texts)
			texts["a.txtar"] = c.hit
			if c.miss != nil {
				texts["b.txtar"] = c.miss
			}
			err := Prove(rules[0], open)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v; expected %q", err, c.says)
			}
		})
	}
}

func TestTheRulesOfTheProgramAreProvedByTheirStories(t *testing.T) {
	rules, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) == 0 {
		t.Fatal("no rules come with the program")
	}
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			if err := Prove(r, Text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRewriteChangesTheWantedTranscriptOnly(t *testing.T) {
	for _, before := range []string{"A.\n-- script --\nat 2024-01-01\n", "A.\n-- script --\nat 2024-01-01\n-- want --\nold\n"} {
		if got, want := string(Rewrite([]byte(before), "new\n")), "A.\n-- script --\nat 2024-01-01\n-- want --\nnew\n"; got != want {
			t.Errorf("rewritten to %q; expected %q", got, want)
		}
	}
}

func TestAStoryThatDoesNotExistIsNotFound(t *testing.T) {
	_, err := Text("minor")
	if evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(err.Error(), "did you mean miner?") {
		t.Errorf("the error is %v; expected not found, and miner", err)
	}
	if !errors.As(err, new(*evenkeel.Error)) {
		t.Errorf("the error is %T", err)
	}
}
