package watch

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Each term would be met by a zero; none of its windows ever holds a record.
const absenceRule = `
rule: absence
version: 1
family: mining
mode: live
subject: asset
about: Terms that a missing sensor must not meet.
windows:
  cpu: {of: cpu.busy, for: 10m, pane: 1m}
  inn: {of: network.in.bytes, for: 10m, pane: 5m}
  hosts: {of: flow, for: 10m, pane: 1m, distinct: remote}
  flows: {of: flow, for: 10m, pane: 1m}
  login: {of: hostevent, where: 'what == "login"', for: 1h, keep: mark}
terms:
  - {name: cpu, family: usage, when: cpu.panes >= 1, weight: 1, says: "There are readings."}
  - {name: sum, family: wire, when: inn.sum < 1000, weight: 1, says: "Little came in."}
  - {name: rate, family: wire, when: inn.rate < 1000.0, weight: 1, says: "Little came in a second."}
  - {name: peak, family: wire, when: inn.peak < 1000, weight: 1, says: "Never much came in."}
  - {name: hosts, family: wire, when: hosts.distinct <= 2, weight: 1, says: "All of it went to few."}
  - {name: flows, family: wire, when: flows.count < 5, weight: 1, says: "There were few flows."}
  - {name: login, family: process, when: login.count < 5, weight: 1, says: "There were few logins."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`

func TestMissingTelemetryMeetsNoTerm(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-1", start, time.Minute, 10*time.Minute, 0.5)
	found, _ := run(t, rules(t, absenceRule), Options{}, holder(), b)
	if len(found) == 0 {
		t.Fatal("nothing found")
	}
	for _, f := range found {
		if len(f.Terms) != 1 || f.Terms[0].Name != "cpu" {
			t.Errorf("met %+v; expected only the term that has readings", f.Terms)
		}
		for _, n := range f.Unmet {
			if n.Unknown == "" {
				t.Errorf("term %s was judged, though nothing was measured", n.Name)
			}
		}
	}
}

func TestIntervalOfAFindingHoldsItsEvidenceAndBeginsNoSoonerThanTheMachine(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	b.AddFlow(evenkeel.Flow{At: start.Add(30*time.Second + time.Millisecond), ID: 1, Asset: "vm-1", App: "stratum"})
	wire := strings.Replace(pinnedRule, "score: 4", "score: 2", 1)
	found, _ := run(t, rules(t, wire), Options{}, holder(), b)
	if len(found) != 2 || found[1].From != start.Add(30*time.Second) || found[1].Until != start.Add(time.Minute) {
		t.Fatalf("%+v; expected the final finding to cover the record at 12:00:30", found)
	}
	// A pane of five minutes begins before the machine was made.
	made := start.Add(150 * time.Second)
	b = evenkeel.NewBatch("test", 0)
	b.AddUsage(evenkeel.Usage{At: made.Add(time.Minute), ID: 1, Asset: "vm-1", Line: 1, Meter: evenkeel.MeterDisk, Form: evenkeel.FormDelta, Value: 1 << 20})
	found, _ = run(t, rules(t, showRule), Options{}, (&books{}).hold("vm-1", "acme", made, 0), b)
	for _, f := range found {
		if f.From != made {
			t.Errorf("from %v; the machine was made at %v", f.From, made)
		}
	}
	if len(found) == 0 {
		t.Error("nothing found")
	}
}
