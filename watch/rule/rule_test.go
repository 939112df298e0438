package rule

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

func TestARuleHasAShortSlotVector(t *testing.T) {
	r := parseOne(t, "testdata/good.yaml")
	if r.ID != "probe" || r.Version != 1 || r.Family != "mining" || r.Mode != evenkeel.ModeLive || r.Subject != evenkeel.SubjectAsset ||
		r.About != "Looks for a probe." || r.Score != 5 || r.Quiet != 20*time.Minute || r.Source != "test.yaml:1" {
		t.Errorf("%+v", r)
	}
	if r.Slots() != 3 { // cpu.mean, cpu.panes, out.distinct
		t.Errorf("%d slots: %v", r.Slots(), r.vars)
	}
	cpu, out := &r.Windows[0], &r.Windows[1]
	for _, c := range []struct {
		w    *Window
		f    Feature
		slot int
	}{{cpu, FeatureMean, 0}, {cpu, FeaturePanes, 1}, {cpu, FeatureMin, -1}, {out, FeatureDistinct, 2}, {out, FeatureCount, -1}} {
		if got := c.w.Slot(c.f); got != c.slot {
			t.Errorf("slot of %s.%s is %d, want %d", c.w.Name, c.f, got, c.slot)
		}
	}
	if len(r.Facts()) != 0 {
		t.Errorf("facts %v", r.Facts())
	}
	if w := r.Terms[1].Weight; w != 2.5 || !r.Terms[0].Required || r.Terms[1].Required {
		t.Errorf("weight %v, required %v %v", w, r.Terms[0].Required, r.Terms[1].Required)
	}
	if got := fmt.Sprint(r.Hit, r.Miss); got != "[probe-hit.txtar] [probe-miss.txtar]" {
		t.Errorf("stories %s", got)
	}
}

const cohorts = `
rule: cohorts
version: 1
family: f
mode: shadow
subject: principal
about: Compares with a cohort.
windows:
  made: {of: lifecycle, for: 5m, pane: 1m, sum: vcpus, history: true, cohort: 'tenant.age < days(7) ? "new" : tenant.standing'}
terms:
  - {name: t, family: usage, when: made.count > made.cohort_q99 && made.sum > made.cohort_sum_q999, weight: 1, says: "{tenant.run_rate}, {made.own_age}"}
score: 1
tests: {hit: [a.txtar], miss: [b.txtar]}
`

func TestACohortHasItsOwnFacts(t *testing.T) {
	r := parseText(t, cohorts)
	w := &r.Windows[0]
	if got := r.Facts(); len(got) != 1 || got[0].Fact != TenantRunRate {
		t.Errorf("facts of the terms: %v", got)
	}
	list := w.Cohort.Facts()
	if len(list) != 2 || list[0].Fact != TenantStanding || list[1].Fact != TenantAge {
		t.Fatalf("facts of the cohort: %v", list)
	}
	slots := vector(t, r, nil)
	if _, ok := w.Cohort.Of(slots); ok {
		t.Error("a cohort from unknown facts")
	}
	slots[list[1].Slot] = ternary.Duration(time.Hour)
	if got, ok := w.Cohort.Of(slots); !ok || got != "new" {
		t.Errorf("cohort %q %v", got, ok)
	}
	slots[list[1].Slot] = ternary.Duration(30 * 24 * time.Hour)
	slots[list[0].Slot] = ternary.String("trial")
	if got, ok := w.Cohort.Of(slots); !ok || got != "trial" {
		t.Errorf("cohort %q %v", got, ok)
	}
	if r.Quiet != leastQuiet {
		t.Errorf("quiet %v, want %v", r.Quiet, leastQuiet)
	}
	if w.Slot(FeatureCohortSumQ999) < 0 || w.Slot(FeatureCohortQ999) >= 0 || w.Unit != "vcpus" {
		t.Errorf("slots %v, unit %s", w.slots, w.Unit)
	}
}

func TestTheDigestIsOfWhatTheDocumentSays(t *testing.T) {
	base := string(mustRead(t, "testdata/good.yaml"))
	digest := func(doc string) string { return parseText(t, doc).Digest }
	one := digest(base)
	if len(one) != 64 {
		t.Errorf("digest %q", one)
	}
	if digest("# a comment\n\n"+strings.ReplaceAll(base, "\n", "\r\n")) != one {
		t.Error("comments and line ends are part of the digest")
	}
	if digest(strings.Replace(base, "for: 20m", "for: 1200s", 1)) != one {
		t.Error("the spelling of a duration is part of the digest")
	}
	for _, change := range [][2]string{
		{"version: 1", "version: 2"}, {"weight: 2.5", "weight: 2.501"}, {"busy over", "busy for"}, {"mode: live", "mode: shadow"},
		{"port == 22", "port == 23"}, {"require: [pinned]", "require: [many-remotes]"}, {"probe-miss", "probe-other"},
		{"threshold: 0.995", "threshold: 0.99"}, {"score: 5", "score: 5\nquiet: 20m"},
	} {
		if digest(strings.Replace(base, change[0], change[1], 1)) == one {
			t.Errorf("%s and %s have one digest", change[0], change[1])
		}
	}
}

func TestSeveralDocumentsStandInOneFile(t *testing.T) {
	base := string(mustRead(t, "testdata/good.yaml"))
	rules, err := Parse("two.yaml", []byte(base+"---\n"+strings.Replace(base, "rule: probe", "rule: another", 1)))
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewSet(rules)
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Rules(); len(got) != 2 || got[0].ID != "another" || got[0].Source != "two.yaml:29" {
		t.Errorf("%v", got)
	}
	if set.Find("probe") == nil || set.Find("prob") != nil || set.Find("zebra") != nil {
		t.Error("rules are not found by id")
	}
	slices.Reverse(rules)
	if again, _ := NewSet(rules); again.Digest() != set.Digest() || len(set.Digest()) != 64 {
		t.Error("the order of rules is part of the set's digest")
	}
}

func TestTwoRulesWithOneIDAreNoSet(t *testing.T) {
	data := mustRead(t, "testdata/good.yaml")
	a, _ := Parse("a.yaml", data)
	b, _ := Parse("b.yaml", data)
	_, err := NewSet(append(a, b...))
	if err == nil || err.Error() != "b.yaml:1: rule probe is there twice; the other one is at a.yaml:1" ||
		evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestADocumentIsBoundedInSize(t *testing.T) {
	base := string(mustRead(t, "testdata/good.yaml"))
	second := strings.Replace(base, "rule: probe", "rule: another", 1)
	_, err := Parse("big.yaml", []byte(second+"---\n"+base+strings.Repeat("# filler\n", MaxDocument/9)+"---\n"+
		strings.Replace(base, "rule: probe", "rule: third", 1)))
	if err == nil || !strings.HasPrefix(err.Error(), "big.yaml:29:1: the document has 66") {
		t.Errorf("%v", err)
	}
}

func TestVarsNameEverythingThatExpressionsMayUse(t *testing.T) {
	vars := parseText(t, cohorts).Vars()
	want := "made.sum made.rate made.peak made.count made.own_max made.own_bursts made.own_age made.cohort_n made.cohort_q50 " +
		"made.cohort_q99 made.cohort_q999 made.cohort_q9999 made.cohort_sum_q50 made.cohort_sum_q99 made.cohort_sum_q999 " +
		"made.cohort_sum_q9999 tenant.standing tenant.age tenant.paid tenant.run_rate"
	if got := strings.Join(varNames(vars), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, v := range vars {
		if v.Doc == "" || v.Type == 0 {
			t.Errorf("%s has no meaning or type", v.Name)
		}
	}
}

func TestTheReferenceSaysWhatTheCompilerTakes(t *testing.T) {
	golden(t, "testdata/reference.golden", Reference())
}

func TestTheReferenceKnowsEveryKeyOfTheDecoder(t *testing.T) {
	for _, c := range []struct {
		rows []keyRow
		doc  reflect.Type
	}{
		{ruleKeys, reflect.TypeFor[document]()}, {windowKeys, reflect.TypeFor[windowDoc]()},
		{termKeys, reflect.TypeFor[termDoc]()}, {testKeys, reflect.TypeFor[testsDoc]()},
	} {
		var said, taken []string
		for _, row := range c.rows {
			said = append(said, row.name)
		}
		for i := range c.doc.NumField() {
			key, _, _ := strings.Cut(c.doc.Field(i).Tag.Get("yaml"), ",")
			taken = append(taken, key)
		}
		if !slices.Equal(said, taken) {
			t.Errorf("%v: the reference says %v, the decoder takes %v", c.doc, said, taken)
		}
	}
}

func TestEveryRowOfTheTablesIsFilled(t *testing.T) {
	for s := Signal(1); int(s) < len(signals); s++ {
		if row := signals[s]; row.name == "" || row.about == "" || row.kind == 0 || row.record == 0 || row.unit == "" || row.at == nil {
			t.Errorf("signal %d: %+v", s, row)
		}
	}
	for f := range Feature(Features) {
		if row := features[f]; row.name == "" || row.typ == 0 || row.about == "" || row.owner.has == nil {
			t.Errorf("feature %d: %s", f, row.name)
		}
		q, sums := f.Quantile()
		if strings.HasPrefix(f.String(), "cohort_q") != (q > 0 && !sums) || strings.HasPrefix(f.String(), "cohort_sum_q") != (q > 0 && sums) {
			t.Errorf("feature %s: quantile %v of sums %v", f, q, sums)
		}
	}
	for f := FieldNone + 1; f < fieldCount; f++ {
		if row := fieldRows[f]; row.name == "" || row.typ == 0 || row.about == "" || row.of == 0 || row.value == nil {
			t.Errorf("field %d: %s", f, row.name)
		}
	}
	for f := range Fact(Facts) {
		if facts[f].Doc == "" || f.OfAsset() != strings.HasPrefix(f.String(), "asset.") {
			t.Errorf("fact %d: %+v", f, facts[f])
		}
	}
	for _, k := range []evenkeel.RecordKind{evenkeel.KindFlow, evenkeel.KindLifecycle, evenkeel.KindHostEvent, evenkeel.KindPayment, evenkeel.KindReport, evenkeel.KindRequest} {
		if n := len(fieldsOf(k, anyField)); n == 0 || n > mostFields {
			t.Errorf("%v has %d fields", k, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mustRead(f, "testdata/good.yaml"))
	f.Add([]byte(six))
	f.Add([]byte(cohorts))
	f.Add(mustRead(f, "testdata/bad/several-faults-in-several-documents.yaml"))
	f.Add(mustRead(f, "testdata/bad/says-in-a-block-unknown-name.yaml"))
	f.Add(mustRead(f, "testdata/bad/when-asks-not-known.yaml"))
	f.Add(mustRead(f, "testdata/bad/sum-and-distinct.yaml"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := Parse("fuzz.yaml", data)
		if err != nil {
			if rules != nil || evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.HasPrefix(err.Error(), "fuzz.yaml:") {
				t.Fatalf("%v %v", rules, err)
			}
			return
		}
		for _, r := range rules {
			slots := make([]ternary.Value, r.Slots())
			var v Verdict
			r.Weigh(slots, &v)
			if v.Fires {
				t.Fatal("fires on nothing")
			}
			if met, unmet := r.State(slots, &v); len(met) != 0 || len(unmet) != len(r.Terms) {
				t.Fatalf("%d met, %d unmet of %d", len(met), len(unmet), len(r.Terms))
			}
			for i := range r.Windows {
				if r.Windows[i].Bytes() <= 0 {
					t.Fatal("a window without state")
				}
			}
		}
	})
}
