package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// The tenant's answer, by class: the shortest time of what is met counts, and what is not met has none.
func TestHowLongTheTenantHasToAnswerGoesByTheClassOfReport(t *testing.T) {
	other, _ := builtIn(t, "default").Family("report")
	met := func(name string) evenkeel.Term { return evenkeel.Term{Name: name, Weight: 1, Says: "It is so."} }
	for _, c := range []struct {
		name  string
		terms []evenkeel.Term
		want  time.Duration
	}{
		{"phishing", []evenkeel.Term{met("phishing")}, day},
		{"a flood", []evenkeel.Term{met("attack")}, day},
		{"a scan", []evenkeel.Term{met("scan")}, 2 * day},
		{"an open service", []evenkeel.Term{met("exposure")}, 7 * day},
		{"copyright", []evenkeel.Term{met("copyright")}, 7 * day},
		{"a class without a time of its own", []evenkeel.Term{met("spam")}, day},
		{"two classes: the shorter", []evenkeel.Term{met("copyright"), met("scan")}, 2 * day},
		{"one of them without a time of its own", []evenkeel.Term{met("copyright"), met("spam")}, day},
		{"what was not met has no time", []evenkeel.Term{met("copyright"), {Name: "phishing", Weight: 1, Unknown: "no records"}}, 7 * day},
		{"what speaks for the tenant has none", []evenkeel.Term{met("copyright"), {Name: "scan", Weight: -1, Says: "It was announced."}}, 7 * day},
		{"nothing", nil, day},
	} {
		if got := other.Clocks.AnswerTo(c.terms); got != c.want {
			t.Errorf("%s: %s; expected %s", c.name, got, c.want)
		}
	}
}

func TestTimesToAnswerByClassAreChecked(t *testing.T) {
	good := string(mustRead(t, "testdata/good.yaml"))
	with := func(answers string) string {
		return strings.Replace(good, "tenant_answer: 24h", "tenant_answer: 24h, answers: "+answers, 1)
	}
	p, err := Parse("p.yaml", []byte(with("{copyright: 7d}")))
	if err != nil {
		t.Fatal(err)
	}
	if fam, _ := p.Family("mining"); fam.Clocks.Answers["copyright"] != 7*day {
		t.Errorf("%+v; expected the time of copyright", fam.Clocks)
	}
	for answers, says := range map[string]string{
		"{Copy Right: 7d}": "expected the name of a term", "{copyright: 0h}": "expected more than 0", "{copyright: 9000d}": "at most 366d", "{copyright: soon}": "expected one like 30m",
	} {
		if _, err := Parse("p.yaml", []byte(with(answers))); err == nil || !strings.Contains(err.Error()+evenkeel.HintOf(err), says) {
			t.Errorf("%s: %v; expected %q", answers, err, says)
		}
	}
}
