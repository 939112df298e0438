package courier

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// said renders a notice in a language, each run of spaces as one.
func said(t *testing.T, n *evenkeel.Notice, lang string) string {
	t.Helper()
	m, err := Render(n, Recipient{Lang: lang}, doors, office)
	if err != nil {
		t.Fatal(err)
	}
	return m.Subject + "\n" + strings.Join(strings.Fields(m.Text), " ")
}

func expectWords(t *testing.T, text string, has []string, hasNot ...string) {
	t.Helper()
	for _, w := range has {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
	for _, w := range hasNot {
		if strings.Contains(text, w) {
			t.Errorf("it says %q:\n%s", w, text)
		}
	}
}

// TestWhatOthersReportIsNotWhatWeSaw (R3): nobody of ours saw what is only reported, and no letter says so.
func TestWhatOthersReportIsNotWhatWeSaw(t *testing.T) {
	n := notice(evenkeel.MeasureNotify, "203.0.113.9")
	n.Family, n.Seen = "report", []evenkeel.Term{{
		Name: "attack", Family: evenkeel.EvidenceReport, Value: known(1), Threshold: known(1), Weight: 1, Says: "Others report attacks from it: 1 report.",
	}}
	expectWords(t, said(t, &n, "en"), []string{"Question about reports: 203.0.113.9 (account acme, case ", "We did not see it ourselves.", "What others report"}, "We saw", "What we saw", "was measured", "measured: 1")
	expectWords(t, said(t, &n, "zh"), []string{"关于他人举报的询问：203.0.113.9", "这并非我们自己看到的", "他人举报此处发起攻击：1 件举报。"}, "我们在", "Others report")
	head := office
	head.Reported = []Reported{{Asset: "203.0.113.9", Class: "connection/login_attack", At: written.Add(-3600e9)}}
	m, err := Render(&n, Recipient{Lang: "en"}, doors, head)
	if err != nil || !strings.Contains(strings.Join(strings.Fields(m.Text), " "), "Reported of 203.0.113.9: connection/login_attack, at 4 March 2026, 07:47 UTC.") {
		t.Errorf("the report is not named, %v:\n%s", err, m.Text)
	}
	closed := turned(n, evenkeel.Lifted)
	closed.Automatic, closed.Outcome = false, evenkeel.OutcomeFalsePositive
	expectWords(t, said(t, &closed, "en"), []string{"what was reported about 203.0.113.9", "Nothing is held against you"}, "Others report attacks", "what we saw")
}

// TestWhatWasWeighedIsPutToTheTenant (R5): the list that a person answers is written for whoever decides; a
// letter puts it to its reader, in their language, and the receipt of an appeal does not repeat it.
func TestWhatWasWeighedIsPutToTheTenant(t *testing.T) {
	n := notice(evenkeel.MeasureIsolate, "m-1")
	n.Automatic, n.Says = false, "It goes on.\n\nPoint by point:\n1. What does the tenant say that it runs, and does what was seen agree with it?\n   Speaks against the tenant. It says nothing.\n2. Our own?\n   Cannot tell."
	expectWords(t, said(t, &n, "en"), []string{"1. What you say that you run, and whether what was seen agrees with it It speaks against you. It says nothing.", "2. Our own? It could not be told."}, "the tenant")
	expectWords(t, said(t, &n, "zh"), []string{"逐项考虑的内容：", "1. 您说明运行的内容，以及所见情况是否与之相符 对您不利。 It says nothing.", "2. Our own? 无法判断。"}, "Point by point", "Speaks against")
	r := appealed(n, written.Add(3*3600e9), written.Add(27*3600e9))
	expectWords(t, said(t, &r, "en"), []string{"It goes on.", "If what you run is down because of this, say so on the page behind the link: that calls people at once"}, "against you", "What you say that you run")
}

// TestNumbersAreSaidAsTheSentenceSaysThem: a share as one of a hundred, and nothing beside what is counted from
// the first on.
func TestNumbersAreSaidAsTheSentenceSaysThem(t *testing.T) {
	n := notice(evenkeel.MeasureThrottle, "m-1", "m-2", "m-3", "m-4")
	expectWords(t, said(t, &n, "en"), []string{"CPU limit: m-1, m-2 and 2 others (account acme, case ", "(measured: 99.9 %; the limit is 99.5 %)", "(measured: 1 hour 30 minutes; the limit is 7 days)"}, "0.995", "measured: 12")
}
