package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestRuleInShadowChangesNothingThatLiveRulesSay(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-0", start.Add(7*time.Second), 5*time.Second, 20*time.Minute, 1)
	for i := range 4 {
		creates(b, "t-0", "ci", start.Add(time.Duration(i)*24*time.Hour), 5)
	}
	creates(b, "t-0", "ci", start.Add(5*24*time.Hour), 40)
	slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
	shadow := func(doc string, from, to string) string {
		doc = strings.Replace(doc, "mode: live", "mode: shadow", 1)
		return strings.Replace(strings.Replace(doc, "rule: ", "rule: shadow-", 1), from, to, 1)
	}
	fine := shadow(pinnedRule, "for: 10m, pane: 1m", "for: 10m, pane: 10s")
	always := shadow(burstRule, "creates.count > 3 * creates.own_max", "creates.count >= 1")
	alone, _ := run(t, rules(t, pinnedRule, burstRule), Options{}, fourTenants(), b)
	beside, _ := run(t, rules(t, pinnedRule, burstRule, fine, always), Options{}, fourTenants(), b)
	live := slices.DeleteFunc(slices.Clone(beside), func(f evenkeel.Finding) bool { return f.Mode == evenkeel.ModeShadow })
	if a, b := lines(t, alone, true), lines(t, live, true); a != b || len(alone) < 4 {
		t.Errorf("alone:\n%s\nbeside rules in shadow:\n%s", a, b)
	}
	if len(live) == len(beside) {
		t.Error("the rules in shadow said nothing: nothing was tried")
	}
}

func TestEveryBurstIsLearntWithoutAnyOtherTraffic(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	for i := range 10 {
		creates(b, "acme", "ci", start.Add(time.Duration(i)*24*time.Hour), 2)
	}
	creates(b, "acme", "ci", start.Add(11*24*time.Hour), 20)
	found, _ := run(t, rules(t, burstRule), Options{}, invoiced("acme"), b)
	if len(found) == 0 || !strings.Contains(found[0].Terms[0].Says, "in 10 earlier bursts") {
		t.Errorf("%+v; expected ten earlier bursts", found)
	}
}

func TestCohortThatSpeaksForATenantIsAsked(t *testing.T) {
	// Without facts among its terms, the rule's only knowledge from outside is a cohort.
	doc := strings.Replace(burstRule, "score: 1", "score: 1\nrequire: [many]", 1)
	doc = strings.Replace(doc, "terms:\n", `terms:
  - {name: many, family: usage, when: 'creates.count >= 5', weight: 1, says: "Many."}
  - {name: usual, family: usage, when: 'creates.count <= creates.cohort_q50', weight: -10, says: "Usual."}
`, 1)
	b := evenkeel.NewBatch("test", 0)
	for i := range 40 {
		creates(b, evenkeel.TenantID(fmt.Sprintf("t-%d", i)), "p", start.Add(time.Duration(i)*time.Hour), 8)
	}
	var tenants []evenkeel.TenantID
	for i := range 40 {
		tenants = append(tenants, evenkeel.TenantID(fmt.Sprintf("t-%d", i)))
	}
	found, _ := run(t, rules(t, strings.Replace(doc, "mode: live", "mode: shadow", 1)), Options{}, invoiced(tenants...), b)
	for _, f := range found {
		if f.At > start.Add(25*time.Hour) {
			t.Errorf("found %s at %v, though half of its cohort does the same", f.Subject.Tenant, f.At)
		}
	}
	if len(found) == 0 {
		t.Error("nothing was found before the cohort was known: nothing was tried")
	}
}

func TestSourceThatAlwaysComesSecondForgetsItsIdentities(t *testing.T) {
	e, err := New(rules(t, pinnedRule), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for minute := range 120 {
		at := start.Add(time.Duration(minute) * time.Minute)
		for _, source := range []string{"first", "second"} {
			b := evenkeel.NewBatch(source, 0)
			busy(b, "vm-0", at, 10*time.Second, time.Minute, 0.5)
			e.Observe(b, fourTenants())
		}
	}
	if n := e.Footprint().Identities; n > 200 {
		t.Errorf("%d identities after two hours; expected those of the last minutes", n)
	}
}

func TestCounterLinesThatEndedAreGivenBack(t *testing.T) {
	e, err := New(rules(t, showRule), Options{Lines: 64 * 64, TenantShare: 2})
	if err != nil {
		t.Fatal(err)
	}
	for hour := range 24 { // every three hours the host comes back with ever new names
		b := evenkeel.NewBatch("test", 0)
		at := start.Add(time.Duration(hour*3) * time.Hour)
		for line := range 30 {
			for reading := range 2 {
				b.AddUsage(evenkeel.Usage{At: at.Add(time.Duration(reading) * time.Minute), ID: uint64(hour*1000+line*10+reading) + 1, Asset: "vm-1",
					Line: uint64(hour*1000 + line + 1), Meter: evenkeel.MeterNetwork, Part: evenkeel.PartReceive, Form: evenkeel.FormCumulative, Value: 1})
			}
		}
		slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
		e.Observe(b, holder())
	}
	if n := e.Tally(); n.OverQuota != 0 {
		t.Errorf("%d readings were over quota; lines that ended hours ago still count", n.OverQuota)
	}
}

func TestLastWidePaneIsLookedAtThoughNothingFollows(t *testing.T) {
	doc := strings.Replace(showRule, "disk: {of: disk.bytes, for: 10m, pane: 5m}", "disk: {of: disk.bytes, for: 20m, pane: 5m}", 1)
	b := evenkeel.NewBatch("test", 0)
	b.AddUsage(evenkeel.Usage{At: start.Add(time.Minute), ID: 1, Asset: "vm-1", Line: 1, Meter: evenkeel.MeterDisk, Form: evenkeel.FormDelta, Value: 5 << 20})
	found, _ := run(t, rules(t, doc), Options{}, holder(), b)
	if len(found) != 2 || found[1].Revision != evenkeel.Final || found[1].Until != start.Add(5*time.Minute) {
		t.Errorf("%+v; expected a final finding when the five minutes have closed", found)
	}
}

func TestRecordOfALaterVersionsKindIsLeftAlone(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-0", start, 15*time.Second, 20*time.Minute, 1)
	b.Records = append(b.Records, evenkeel.Record{Kind: 200, At: start.Add(20 * time.Minute), Asset: b.Records[0].Asset})
	strange := b.Records[0]
	strange.ID, strange.Part, strange.At = 99, 77, start.Add(21*time.Minute)
	b.Records = append(b.Records, strange)
	found, e := run(t, rules(t, pinnedRule), Options{}, fourTenants(), b)
	if n := e.Tally(); len(found) != 2 || n.Idle != 1 || n.Unusable != 1 {
		t.Errorf("%d findings, %+v; expected the unknown kind idle and the unknown part unusable", len(found), n)
	}
}

func TestLifecycleWindowsBelongToAccounts(t *testing.T) {
	doc := strings.Replace(burstRule, "subject: principal", "subject: asset", 1)
	if _, err := New(rules(t, doc), Options{}); evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
		t.Errorf("%v; expected a refusal that says what to write instead", err)
	}
}
