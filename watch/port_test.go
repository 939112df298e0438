package watch

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

const portRule = `
rule: port-rule
version: 1
family: flood
mode: live
subject: asset
about: It sends.
windows:
  syns:   {of: port.syns.out, for: 30s, pane: 10s}
  octets: {of: port.bytes.out, for: 30s, pane: 10s}
  mining: {of: port.mining, for: 20m, pane: 1m}
  out:    {of: port.reflected.out, for: 30s, pane: 10s}
terms:
  - {name: syns, family: wire, when: syns.sum >= 7, value: syns.sum, weight: 1, says: "{syns.sum:count} and {syns.peak:count}."}
  - {name: bytes, family: wire, when: octets.sum >= 2048, value: octets.sum, weight: 1, says: "{octets.rate:number} a second."}
  - {name: mining, family: wire, when: mining.max >= 0.7, value: mining.max, weight: 1, says: "{mining.max:percent}."}
  - {name: out, family: wire, when: out.sum >= 4096, value: out.sum, weight: 1, says: "It is {out.sum:bytes}."}
score: 4
tests: {hit: [a.txtar], miss: [b.txtar]}
`

// portRecord is a second of a port, told at its end.
func portRecord(b *evenkeel.Batch, m evenkeel.Meter, p evenkeel.Part, at evenkeel.Moment, v float64) {
	b.AddUsage(evenkeel.Usage{At: at, Since: at.Add(-time.Second), ID: uint64(len(b.Records) + 1), Asset: "vm-1", Meter: m, Part: p, Form: evenkeel.FormDelta, Line: uint64(m)<<8 | uint64(p), Value: v})
}

func TestAPortsReadingsAreAddedUpInTheirUnits(t *testing.T) {
	b := evenkeel.NewBatch("host-7", 0)
	for i := range 3 {
		portRecord(b, evenkeel.MeterPort, evenkeel.PartSynsOut, start.Add(time.Duration(i+1)*time.Second), float64(2+i))
	}
	at := start.Add(4 * time.Second)
	portRecord(b, evenkeel.MeterPort, evenkeel.PartBytesOut, at, 2048)
	portRecord(b, evenkeel.MeterPort, evenkeel.PartMining, at, 0.8)
	portRecord(b, evenkeel.MeterReflectedOut, 1, at, 1024)
	portRecord(b, evenkeel.MeterReflectedOut, 4, at, 3072)
	portRecord(b, evenkeel.MeterPort, 200, at, 1)
	found, engine := run(t, rules(t, portRule), Options{}, holder(), b)
	if len(found) == 0 || found[0].At != at {
		t.Fatalf("%+v; expected a finding at once", found)
	}
	var said []string
	for _, s := range found[0].Terms {
		said = append(said, s.Says)
	}
	if got := strings.Join(said, " "); got != "9 and 9. 204.8 a second. 80 %. It is 4 KiB." {
		t.Errorf("said %q", got)
	}
	if n := engine.Tally(); n.Unusable != 1 || n.Counted != 7 {
		t.Errorf("%+v; expected the part that this version does not know to be unusable", n)
	}
	for _, p := range found[0].Panes {
		if p.Name == "syns" && (p.Unit != "packets" || p.Values[len(p.Values)-1].Value != 9) {
			t.Errorf("drawn: %+v", p)
		}
	}
}

// A machine whose port nobody watches costs the rules about ports nothing.
func TestReadingsOfAMeterThatNoRuleIsOverMakeNoState(t *testing.T) {
	b := evenkeel.NewBatch("cpus", 0)
	busy(b, "vm-1", start, time.Minute, time.Hour, 0.9)
	e, err := New(rules(t, portRule), Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Observe(b, holder())
	if e.born != 0 || e.Tally().Idle != uint64(len(b.Records)) {
		t.Errorf("%d states were made; %+v", e.born, e.Tally())
	}
}
