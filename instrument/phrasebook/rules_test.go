package phrasebook_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/phrasebook"
)

// TestWhatBuiltInRulesSayIsChinese (mission, R3: a reasoned notice, in the language of whoever is told): each
// sentence of a built-in rule, with what it fills in, and none that only looks like one.
func TestWhatBuiltInRulesSayIsChinese(t *testing.T) {
	files, err := filepath.Glob("../../watch/rule/builtin/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{[a-z_0-9.]+(:[a-z ]+)?\}`)
	with := map[string]string{":percent": "99.9 %", ":count": "1,024", ":duration": "2 days 2 hours", ":milliseconds": "20 minutes 10 seconds", ":ago": "2 days 2 hours ago", ":count report": "1 report", ":count flow record": "12 flow records", ":number": "9120", ":bytes": "4.01 MiB", "": "trial"}
	n := 0
	for _, file := range files {
		var rule struct{ Terms []struct{ Says string } }
		read(t, file, &rule)
		for _, x := range rule.Terms {
			n++
			said := hole.ReplaceAllStringFunc(x.Says, func(h string) string { return with[hole.FindStringSubmatch(h)[1]] })
			zh, ok := phrasebook.Chinese(said)
			if !ok || strings.Contains(zh, "{}") || strings.Contains(zh, "days") || strings.Contains(zh, "trial") || strings.Contains(said, "2 days") && !strings.Contains(zh, "2 天 2 小时") {
				t.Errorf("%s: %q is %q, %v", file, said, zh, ok)
			}
		}
	}
	if zh, _ := phrasebook.Chinese("It talked to a host under the name of a known mining pool: 1 flow record, the last one just now."); zh != "它与一台使用已知矿池域名的主机通信：1 条流记录，最近一条在刚才。" {
		t.Errorf("%q", zh)
	}
	if n < 25 {
		t.Errorf("only %d sentences were looked at", n)
	}
	for _, own := range []string{"The CPU was 99.9 % busy.", "The machine was created by Eve ago.", "The tenant has been a customer for <b>.", "Others report attacks from it: 1 report. And more."} {
		if zh, ok := phrasebook.Chinese(own); ok {
			t.Errorf("%q is said as %q, and is the operator's own", own, zh)
		}
	}
}

// TestWhatIsWeighedIsPutForTheTenant (R5: criteria are answered point by point): each criterion of the built-in
// policy is put to the tenant in the second person, in both languages.
func TestWhatIsWeighedIsPutForTheTenant(t *testing.T) {
	var policy struct {
		Families map[string]struct{ Criteria []string }
		Other    struct{ Criteria []string }
	}
	read(t, "../../judge/policy/builtin/default.yaml", &policy)
	all := policy.Other.Criteria
	for _, f := range policy.Families {
		all = append(all, f.Criteria...)
	}
	for _, c := range all {
		if en, zh, ok := phrasebook.Criterion(c); !ok || strings.Contains(strings.ToLower(en), "the tenant") || strings.Contains(zh, "租户") {
			t.Errorf("%q is put as %q and %q, %v", c, en, zh, ok)
		}
	}
	if len(all) < 20 {
		t.Errorf("only %d criteria were looked at", len(all))
	}
}
