package courier

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// A letter about a site that others flood speaks of no machine and suspects nobody, whatever was decided and however the case was closed. The
// one machine that may stand in it is the one that decided.
func TestALetterAboutASiteSpeaksOfNoMachine(t *testing.T) {
	n := 0
	for _, p := range languages {
		for _, m := range []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut} {
			for s := evenkeel.Proposed; s.String() != "invalid"; s++ {
				for o := evenkeel.OutcomeNone; o.String() != "invalid"; o++ {
					x := turned(notice(m, "shop.example"), s)
					x.Family, x.Keeps, x.PassOn, x.Cut = "edge", []string{"the site answers"}, true, o == evenkeel.OutcomeNone && s == evenkeel.InForce && m.Enforced()
					x.Seen = scenes()["flooded"].Seen
					x.Clause = scenes()["flooded"].Clause
					if o != evenkeel.OutcomeNone {
						x = closed(x, o, written.Add(3*time.Hour))
						x.Help = o == evenkeel.OutcomeVictim
					}
					got, err := Render(&x, Recipient{Lang: p.lang}, doors, office)
					if err != nil {
						t.Fatal(err)
					}
					n++
					text := strings.ReplaceAll(strings.Join(strings.Fields(got.Text), " "), p.ground.machine, "")
					for _, wrong := range []string{"machine", "the terms do not allow", "you may do this", "got in", "what runs there", "机器", "条款不允许", "案：这是允许的", "侵入", "那里运行的是什么"} {
						if strings.Contains(strings.ReplaceAll(text, "机器 ", "机器"), wrong) {
							t.Errorf("%s, %s, %s, closed as %s: the letter says %q:\n%s", p.lang, m, s, o, wrong, got.Text)
						}
					}
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d letters were looked at", n)
	}
}

// While nothing presses nobody is asked, however long a challenge may stand: no letter says that visitors are asked until its end.
func TestALetterSaysThatVisitorsMayBeAskedAndNotThatTheyAre(t *testing.T) {
	for lang, want := range map[string][2]string{
		"en": {"Visitors of shop.example may be asked for a short check while a flood lasts, at most until 4 March 2026, 09:47 UTC (for 1 hour).", "While a flood lasts and nothing less helps, visitors of shop.example see a notice page, at most until 4 March 2026, 09:47 UTC (for 1 hour)."},
		"zh": {"只有在大量请求持续期间，shop.example 的访客才可能须先通过简短验证，至 2026年3月4日 09:47 UTC（为期 1 小时）。", "只有在大量请求持续且更轻的措施无效期间，shop.example 的访客才看到说明页面，至 2026年3月4日 09:47 UTC（为期 1 小时）。"},
	} {
		for i, name := range []string{"flooded", "flooded-page"} {
			n := scenes()[name]
			got, err := Render(&n, Recipient{Lang: lang}, doors, office)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(got.Text, "\n\n")
			squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
			if squeeze(first) != squeeze(want[i]) || strings.Contains(got.Text, "In numbers") {
				t.Errorf("%s, %s begins with %q; expected %q", lang, name, first, want[i])
			}
		}
	}
}
