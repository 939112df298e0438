package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/rule"
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

func TestPanesLieWhereTheWindowLookedThoughItHeldNothing(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-1", start, time.Minute, 10*time.Minute, 0.5)
	found, _ := run(t, rules(t, absenceRule), Options{}, holder(), b)
	series := map[evenkeel.Revision]int{}
	for _, f := range found {
		for _, p := range f.Panes {
			last := f.At - f.At%p.Width // the pane of the look; a final one reads closed panes only
			if f.Revision == evenkeel.Final {
				last -= p.Width
			}
			if want := last - evenkeel.Moment(len(p.Values)-1)*p.Width; p.From != want {
				t.Errorf("%v at %v: %d panes of %s from %v; expected from %v", f.Revision, f.At, len(p.Values), p.Name, p.From, want)
			}
			series[f.Revision]++
		}
	}
	if series[evenkeel.Provisional] < 3 || series[evenkeel.Final] < 3 {
		t.Errorf("%v; expected the series of cpu, inn and flows in both revisions", series)
	}
}

func TestFactsReachTheRuleAsTheyAre(t *testing.T) {
	h := evenkeel.Holding{
		Asset: "vm-1", Tenant: "acme", Kind: evenkeel.AssetVM, Created: evenkeel.KnownFact(start.Add(-3*time.Hour), start),
		VCPUs: evenkeel.KnownFact(int64(8), start), Flavour: "c-8", Image: "debian-12", Region: "ams1",
	}
	k := subjectFacts{holding: &h, account: evenkeel.Account{
		Since: evenkeel.KnownFact(start.Add(-40*24*time.Hour), start), Standing: evenkeel.KnownFact(evenkeel.StandingOnCredit, start),
		Paid: evenkeel.KnownFact(12.5, start), RunRate: evenkeel.KnownFact(400.0, start),
	}}
	nobody := subjectFacts{account: (&books{}).AccountAt("acme", start)}
	for fact, want := range map[rule.Fact]ternary.Value{
		rule.TenantAge: ternary.Duration(40 * 24 * time.Hour), rule.TenantStanding: ternary.String("on_credit"),
		rule.TenantPaid: ternary.Double(12.5), rule.TenantRunRate: ternary.Double(400), rule.AssetAge: ternary.Duration(3 * time.Hour),
		rule.AssetVCPUs: ternary.Int(8), rule.AssetKind: ternary.String("vm"), rule.AssetFlavour: ternary.String("c-8"),
		rule.AssetImage: ternary.String("debian-12"), rule.AssetRegion: ternary.String("ams1"),
	} {
		if got := k.value(fact, start); got != want {
			t.Errorf("%v is %v; expected %v", fact, got, want)
		}
		if got := nobody.value(fact, start); got.Known() || got.Why() == "" {
			t.Errorf("%v of nobody is %v; expected unknown and why", fact, got)
		}
	}
}

func TestSameTenantThatTookTheAssetAgainStartsAnew(t *testing.T) {
	k := (&books{}).hold("vm-1", "acme", start.Add(-time.Hour), start.Add(5*time.Minute)).paid("acme", 0)
	k.hold("vm-1", "acme", start.Add(5*time.Minute), 0)
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-1", start, 15*time.Second, 11*time.Minute, 1)
	if found, _ := run(t, rules(t, pinnedRule), Options{}, k, b); len(found) != 0 {
		t.Errorf("%+v; five minutes of one tenancy and six of the next are no eight", found)
	}
}

// joinRule tells usage first; the other terms join later.
const joinRule = `
rule: join
version: 1
family: mining
mode: live
subject: asset
about: Terms that join later.
windows:
  cpu: {of: cpu.busy, for: 10m, pane: 1m}
  name: {of: flow, where: 'app == "name"', for: 1h, keep: mark}
  sure: {of: flow, where: 'app == "sure"', for: 1h, keep: mark}
  kind: {of: flow, where: 'app == "kind"', for: 1h, keep: mark}
terms:
  - {name: cpu, family: usage, when: 'cpu.panes >= 2', weight: 5, says: "There are readings."}
  - {name: name, family: wire, when: name.seen, weight: 1, says: "A name."}
  - {name: sure, family: wire, conclusive: true, when: sure.seen, weight: 1, says: "A sign."}
  - {name: kind, family: wire, when: kind.seen, weight: -1, says: "Something that speaks for it."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`

func TestConclusiveTermJoinsAndOneThatSpeaksForTheTenantDoesNot(t *testing.T) {
	cases := []struct {
		name string
		apps []string
		want int // final findings
	}{
		{"a family joins", []string{"name"}, 2},
		{"a conclusive term of a family that was told joins", []string{"name", "sure"}, 3},
		{"the same term again is nothing new", []string{"name", "name"}, 2},
		{"what speaks for the tenant is no reason to say it again", []string{"kind"}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := evenkeel.NewBatch("test", 0)
			busy(b, "vm-1", start, 15*time.Second, 40*time.Minute, 0.5)
			for i, app := range c.apps {
				b.AddFlow(evenkeel.Flow{At: start.Add(time.Duration(10+10*i) * time.Minute), ID: uint64(i) + 1<<50, Asset: "vm-1", App: app})
			}
			slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
			found, _ := run(t, rules(t, joinRule), Options{}, holder(), b)
			final := 0
			for _, f := range found {
				if f.Revision == evenkeel.Final {
					final++
				}
			}
			if final != c.want {
				t.Errorf("%d final findings; expected %d", final, c.want)
			}
		})
	}
}

func TestSumThatNobodyToldIsNeitherZeroNorLearnt(t *testing.T) {
	doc := strings.Replace(burstRule, "creates.count > creates.cohort_q50 * 10", "creates.sum > creates.cohort_sum_q50", 1)
	doc = strings.Replace(doc, "value: creates.count, threshold: creates.cohort_q50 * 10", "value: creates.sum, threshold: creates.cohort_sum_q50", 1)
	doc = strings.Replace(doc, "had at most {creates.cohort_q50} machines", "had at most {creates.cohort_sum_q50}", 1)
	b := evenkeel.NewBatch("test", 0)
	var tenants []evenkeel.TenantID
	for i := range 30 { // enough bursts to state a median, were their vCPUs told
		tenants = append(tenants, evenkeel.TenantID(fmt.Sprintf("t-%d", i)))
		creates(b, tenants[i], "p", start.Add(time.Duration(i)*time.Hour), 2)
	}
	for i := range b.Records {
		b.Records[i].Count = 0
	}
	tenants = append(tenants, "told")
	creates(b, "told", "p", start.Add(40*time.Hour), 2)
	none := strings.Replace(burstRule, "creates.count > 3 * creates.own_max", "creates.sum < 1", 1)
	if found, _ := run(t, rules(t, none), Options{}, invoiced(tenants...), with(b, b.Records[:10])); len(found) != 0 {
		t.Errorf("%+v; what nobody told is not zero", found)
	}
	if found, _ := run(t, rules(t, doc), Options{}, invoiced(tenants...), b); len(found) != 0 {
		t.Errorf("%+v; no burst's vCPUs were told, so nothing is more than usual", found)
	}
}
