package rule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"pgregory.net/rapid"
)

// six is a rule of six terms about windows and facts.
const six = `
rule: six
version: 1
family: mining
mode: live
subject: asset
about: A rule of six terms.
windows:
  cpu:     {of: cpu.busy, for: 20m, pane: 1m}
  io:      {of: disk.bytes, for: 20m, pane: 5m}
  stratum: {of: flow, where: 'direction == "out" && app == "stratum"', for: 24h, keep: mark}
terms:
  - {name: pinned, family: usage, when: cpu.panes >= 15 && cpu.mean >= 0.95, value: cpu.mean, threshold: 0.95, weight: 0.1, says: "CPU {cpu.mean:percent} over {cpu.for}"}
  - {name: steady, family: usage, when: cpu.cov <= 0.03, value: cpu.cov, threshold: 0.03, weight: 0.2, says: "spread {cpu.cov}"}
  - {name: no-disk, family: usage, when: io.rate < 50000.0, weight: 0.3, says: "disk {io.rate:bytes}/s"}
  - {name: young, family: usage, when: tenant.age < days(7), value: tenant.age, threshold: days(7), weight: 0.4, says: "customer for {tenant.age}"}
  - {name: pays, family: usage, when: tenant.paid > 1000.0, value: tenant.paid, threshold: 1000, weight: -0.5, says: "has paid {tenant.paid}"}
  - {name: stratum, family: wire, conclusive: true, when: stratum.seen, value: stratum.count, threshold: 1, weight: 0.6, says: "Stratum {stratum.ago} ago"}
require: [stratum]
score: 1.5
tests: {hit: [six-hit.txtar], miss: [six-miss.txtar]}
`

// vector fills the slot vector of a rule by name; what is not named is unknown.
func vector(t testing.TB, r *Rule, known map[string]ternary.Value) []ternary.Value {
	t.Helper()
	out := make([]ternary.Value, r.Slots())
	left := len(known)
	for i, v := range r.vars {
		out[i] = ternary.Unknown("not told")
		if k, ok := known[v.Name]; ok {
			out[i], left = k, left-1
		}
	}
	if left > 0 {
		t.Fatalf("the rule reads none of some names in %v", known)
	}
	return out
}

func TestScoresAreExactSumsOfDecimals(t *testing.T) {
	r := parseText(t, six)
	slots := vector(t, r, map[string]ternary.Value{
		"cpu.panes": ternary.Int(20), "cpu.mean": ternary.Double(0.99), "cpu.cov": ternary.Double(0.01),
		"io.rate": ternary.Double(10), "tenant.age": ternary.Duration(time.Hour), "stratum.seen": ternary.Bool(true),
		"tenant.paid": ternary.Double(0),
	})
	var v Verdict
	r.Weigh(slots, &v)
	if v.Score != 1.6 || !v.Fires { // 0.1+0.2+0.3+0.4+0.6 in floats is 1.6 only by luck
		t.Errorf("score %v, fires %v", v.Score, v.Fires)
	}
	slots = vector(t, r, map[string]ternary.Value{
		"cpu.panes": ternary.Int(20), "cpu.mean": ternary.Double(0.99), "cpu.cov": ternary.Double(0.01),
	})
	r.Weigh(slots, &v)
	if v.Score != 0.3 { // in floats 0.1+0.2 is 0.30000000000000004
		t.Errorf("score %v, want 0.3", v.Score)
	}
}

func TestUnknownFactsLeaveTheRuleOpen(t *testing.T) {
	r := parseText(t, six)
	known := map[string]ternary.Value{
		"cpu.panes": ternary.Int(20), "cpu.mean": ternary.Double(0.99), "cpu.cov": ternary.Double(0.01),
		"io.rate": ternary.Double(10), "stratum.seen": ternary.Bool(true),
	}
	cases := []struct {
		name        string
		more        map[string]ternary.Value
		score, most float64
		fires, may  bool
	}{
		{"with both facts unknown it may fire", nil, 1.2, 1.6, false, true},
		{"an old customer ends it", map[string]ternary.Value{"tenant.age": ternary.Duration(365 * 24 * time.Hour)}, 1.2, 1.2, false, false},
		{"a young customer fires; payments that nobody told take nothing away",
			map[string]ternary.Value{"tenant.age": ternary.Duration(time.Hour)}, 1.6, 1.6, true, true},
		{"a young customer without payments fires",
			map[string]ternary.Value{"tenant.age": ternary.Duration(time.Hour), "tenant.paid": ternary.Double(0)}, 1.6, 1.6, true, true},
		{"payments speak for a young customer",
			map[string]ternary.Value{"tenant.age": ternary.Duration(time.Hour), "tenant.paid": ternary.Double(5000)}, 1.1, 1.1, false, false},
		{"without the required term nothing helps",
			map[string]ternary.Value{"tenant.age": ternary.Duration(time.Hour), "stratum.seen": ternary.Bool(false)}, 1.0, 1.0, false, false},
	}
	for _, c := range cases {
		all := map[string]ternary.Value{}
		for _, m := range []map[string]ternary.Value{known, c.more} {
			for k, v := range m {
				all[k] = v
			}
		}
		var v Verdict
		r.Weigh(vector(t, r, all), &v)
		if v.Score != c.score || v.Bound != c.most || v.Fires != c.fires || v.MayFire != c.may {
			t.Errorf("%s: score %v bound %v fires %v may %v", c.name, v.Score, v.Bound, v.Fires, v.MayFire)
		}
	}
}

func TestStateSaysWhatWasMetAndWhyTheRestWasNot(t *testing.T) {
	r := parseText(t, six)
	slots := vector(t, r, map[string]ternary.Value{
		"cpu.panes": ternary.Int(20), "cpu.mean": ternary.Double(0.5), "stratum.seen": ternary.Bool(true),
		"stratum.count": ternary.Int(12), "stratum.ago": ternary.Duration(90 * time.Second),
		"tenant.age": ternary.Duration(50 * time.Hour),
	})
	var v Verdict
	r.Weigh(slots, &v)
	met, unmet := r.State(slots, &v)
	var b strings.Builder
	for _, list := range [][]evenkeel.Term{met, unmet} {
		for _, x := range list {
			fmt.Fprintf(&b, "%s %v %v %+v %+v %v %q %q\n", x.Name, x.Family, x.Conclusive, x.Value, x.Threshold, x.Weight, x.Says, x.Unknown)
		}
		b.WriteString("--\n")
	}
	want := `young usage false {Value:180000 Known:true} {Value:604800 Known:true} 0.4 "customer for 2 days 2 hours" ""
stratum wire true {Value:12 Known:true} {Value:1 Known:true} 0.6 "Stratum 1 minute 30 seconds ago" ""
--
pinned usage false {Value:0.5 Known:true} {Value:0.95 Known:true} 0.1 "" ""
steady usage false {Value:0 Known:false} {Value:0.03 Known:true} 0.2 "" "cpu.cov (not told)"
no-disk usage false {Value:0 Known:false} {Value:0 Known:false} 0.3 "" "io.rate (not told)"
pays usage false {Value:0 Known:false} {Value:1000 Known:true} -0.5 "" "tenant.paid (not told)"
--
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// conditions are what drawn rules are made of.
var conditions = []string{
	"cpu.mean > 0.5", "cpu.mean > 0.5 && cpu.panes > 3", "cpu.mean > 0.5 || tenant.age < days(3)", "!(cpu.panes > 3)",
	"tenant.age < days(3)", "tenant.paid > 2.0 * tenant.run_rate", "tenant.paid / tenant.run_rate < 1.0",
	`tenant.standing in ["trial", "prepaid"]`, "mark.seen", "!mark.seen && cpu.mean > 0.2", "mark.ago < minutes(5)",
	"cpu.mean > 0.5 ? tenant.age < days(3) : mark.seen", "max(cpu.panes, 3) > 3",
}

// drawRule compiles drawn terms and then draws which of them are required and what they must reach:
// Parse would refuse rules that fire on facts alone or never.
func drawRule(t *rapid.T) *Rule {
	var b strings.Builder
	b.WriteString("rule: drawn\nversion: 1\nfamily: f\nmode: live\nsubject: asset\nabout: drawn\nwindows:\n" +
		"  cpu: {of: cpu.busy, for: 20m, pane: 1m}\n  mark: {of: flow, for: 1h, keep: mark}\nterms:\n" +
		"  - {name: all, family: usage, when: cpu.max > 0.1 && mark.count > 0, weight: 100, says: x}\n")
	for i := range rapid.IntRange(1, 8).Draw(t, "terms") {
		fmt.Fprintf(&b, "  - {name: t%d, family: usage, when: '%s', weight: %d.%03d, says: x}\n", i,
			rapid.SampledFrom(conditions).Draw(t, "when"), rapid.IntRange(-9, 9).Draw(t, "weight"), rapid.IntRange(0, 999).Draw(t, "decimals"))
	}
	b.WriteString("require: [all]\nscore: 1\ntests: {hit: [a.txtar], miss: [b.txtar]}\n")
	rules, err := Parse("drawn.yaml", []byte(b.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	r := rules[0]
	for i := range r.Terms {
		r.Terms[i].Required = rapid.IntRange(0, 4).Draw(t, "required") == 0
	}
	r.score = rapid.Int64Range(1, 20*perPoint).Draw(t, "score")
	r.Score = points(r.score)
	return r
}

func drawValue(t *rapid.T, typ ternary.Type) ternary.Value {
	switch typ {
	case ternary.BoolType:
		return ternary.Bool(rapid.Bool().Draw(t, "bool"))
	case ternary.IntType:
		return ternary.Int(rapid.Int64Range(0, 6).Draw(t, "int"))
	case ternary.DoubleType:
		return ternary.Double(rapid.SampledFrom([]float64{0, 0.3, 0.9, 2}).Draw(t, "double"))
	case ternary.DurationType:
		return ternary.Duration(rapid.SampledFrom([]time.Duration{0, time.Minute, 9 * 24 * time.Hour}).Draw(t, "duration"))
	}
	return ternary.String(rapid.SampledFrom([]string{"trial", "invoiced"}).Draw(t, "string"))
}

// firesOnWhatIsMet judges as if every undecided term were refuted.
func firesOnWhatIsMet(r *Rule, v *Verdict) bool {
	var sum int64
	for i := range r.Terms {
		if v.Met[i] == ternary.True {
			sum += r.Terms[i].weight
		} else if r.Terms[i].Required {
			return false
		}
	}
	return sum >= r.score
}

func TestNoCompletionOfUnknownsLeavesTheBoundsOfAVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRule(t)
		for range 20 {
			full, part := make([]ternary.Value, r.Slots()), make([]ternary.Value, r.Slots())
			for i, v := range r.vars {
				if rapid.IntRange(0, 9).Draw(t, "stays unknown") > 0 {
					full[i] = drawValue(t, v.Type)
				}
				if rapid.Bool().Draw(t, "known") {
					part[i] = full[i]
				}
			}
			var less, more Verdict
			r.Weigh(part, &less)
			r.Weigh(full, &more)
			switch {
			case less.Floor > less.Score || less.Score > less.Bound:
				t.Fatalf("floor %v, score %v, bound %v", less.Floor, less.Score, less.Bound)
			case more.Score > less.Bound || more.Bound > less.Bound:
				t.Fatalf("score %v and bound %v above the bound %v", more.Score, more.Bound, less.Bound)
			case more.Score < less.Floor || more.Floor < less.Floor:
				t.Fatalf("score %v and floor %v below the floor %v", more.Score, more.Floor, less.Floor)
			case less.Fires && less.Floor >= r.Score && !more.Fires:
				t.Fatal("it fires and its floor reaches the score, but it does not always fire")
			case less.Fires != firesOnWhatIsMet(r, &less):
				t.Fatal("what was unknown helped to fire")
			case more.Fires && !less.MayFire:
				t.Fatal("it fires although it never could")
			case less.Fires && !less.MayFire:
				t.Fatal("it fires and may not")
			}
		}
	})
}

func TestWeighDoesNotAllocate(t *testing.T) {
	r := parseText(t, six)
	slots := make([]ternary.Value, r.Slots())
	var v Verdict
	if n := testing.AllocsPerRun(100, func() { r.Weigh(slots, &v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkWeighSixTerms(b *testing.B) {
	r := parseText(b, six)
	slots := vector(b, r, map[string]ternary.Value{
		"cpu.panes": ternary.Int(20), "cpu.mean": ternary.Double(0.99), "cpu.cov": ternary.Double(0.01),
		"io.rate": ternary.Double(10), "tenant.age": ternary.Duration(time.Hour), "stratum.seen": ternary.Bool(true),
		"tenant.paid": ternary.Double(0),
	})
	var v Verdict
	b.ReportAllocs()
	for b.Loop() {
		r.Weigh(slots, &v)
	}
}
