package courier

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// TestEveryPhraseIsThereInEveryLanguage, with as many places for others as in English.
func TestEveryPhraseIsThereInEveryLanguage(t *testing.T) {
	for _, p := range languages {
		same(t, p.lang, reflect.ValueOf(*p), reflect.ValueOf(english))
	}
	for o := evenkeel.OutcomeConfirmed; o.String() != "invalid"; o++ {
		if w := english.outcomes[o]; w.name == "" || w.says == "" && !o.Cleared() {
			t.Errorf("%s has no words", o)
		}
	}
	for _, w := range english.measures {
		for _, s := range []string{w.is, w.will, w.the} {
			if strings.Count(s, "%s") != 1 {
				t.Errorf("%q does not say which assets", s)
			}
		}
	}
}

func same(t *testing.T, where string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.String:
		for _, place := range []string{"%s", "%d"} {
			if n, want := strings.Count(a.String(), place), strings.Count(b.String(), place); n != want {
				t.Errorf("%s: %q has %d places %s; expected %d", where, a, n, place, want)
			}
		}
		if (a.String() == "") != (b.String() == "") || a.String() == "" && !strings.Contains(where, ".outcomes[") {
			t.Errorf("%s is empty", where)
		}
	case reflect.Array:
		for i := range a.Len() {
			same(t, where+"["+string(rune('0'+i))+"]", a.Index(i), b.Index(i))
		}
	case reflect.Struct:
		for i := range a.NumField() {
			same(t, where+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	}
}

// TestEveryMeasureInEveryStateHasWords of its own, and names its assets.
func TestEveryMeasureInEveryStateHasWords(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		subjects, firsts := map[string]string{}, map[string]string{}
		for m := evenkeel.MeasureNone; m.String() != "invalid"; m++ {
			for s := evenkeel.Proposed; s.String() != "invalid"; s++ {
				n := turned(notice(m, "web-7"), s)
				got, err := Render(&n, Recipient{Lang: lang}, doors, office)
				if err != nil {
					t.Fatal(err)
				}
				what := m.String() + " " + s.String()
				first, _, _ := strings.Cut(got.Text, "\n\n")
				if !strings.Contains(strings.ReplaceAll(first, "\n", " "), "web-7") || strings.Contains(got.Text+got.HTML, "%!") {
					t.Errorf("%s, %s: %s", lang, what, got.Text)
				}
				if was := firsts[first]; was != "" {
					t.Errorf("%s: %s begins as %s does: %s", lang, what, was, first)
				}
				firsts[first] = what
				if was := subjects[got.Subject]; was != "" && !(s == evenkeel.Refused || s == evenkeel.Suppressed) {
					t.Errorf("%s: %s has the subject of %s: %s", lang, what, was, got.Subject)
				}
				subjects[got.Subject] = what
			}
		}
	}
}

// TestEveryOutcomeIsToldAsWhatItIs, whatever became of the measure: nobody reads that a measure
// goes on which is over, or is asked about what is closed.
func TestEveryOutcomeIsToldAsWhatItIs(t *testing.T) {
	oneLine := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for _, m := range []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle} {
		for _, s := range []evenkeel.DecisionState{evenkeel.InForce, evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Refused} {
			firsts := map[string]bool{}
			for o := evenkeel.OutcomeConfirmed; o.String() != "invalid"; o++ {
				for _, automatic := range []bool{false, true} {
					n := closed(turned(notice(m, "web-7"), s), o, written.Add(30*time.Hour))
					n.Automatic = automatic
					got, err := Render(&n, Recipient{Lang: "en"}, doors, office)
					if err != nil {
						t.Fatal(err)
					}
					what, text := m.String()+" "+s.String()+" "+o.String(), oneLine(got.Text)
					first, _, _ := strings.Cut(got.Text, "\n\n")
					if firsts[first] && !(automatic && o.Cleared()) || !strings.Contains(first, "web-7") {
						t.Errorf("%s begins as another: %s", what, first)
					}
					firsts[first] = true
					if !automatic != strings.Contains(first, "A person looked at") && !o.Cleared() {
						t.Errorf("%s, by a machine: %t: %s", what, automatic, first)
					}
					goesOn := s == evenkeel.InForce && m.Enforced() && !o.Cleared()
					if strings.Contains(text, "stays until its end") != goesOn {
						t.Errorf("%s: %s", what, got.Text)
					}
					for _, wrong := range []string{"Please answer", "It helps us", "It is not a verdict", "Ended: 5 March"} {
						if strings.Contains(text, wrong) {
							t.Errorf("%s says %q", what, wrong)
						}
					}
					if !strings.Contains(text, "Case closed as: "+english.outcomes[o].name) {
						t.Errorf("%s does not say how it was closed", what)
					}
				}
			}
		}
	}
}

// TestACorrectionTakesBackWhatWasTold: in no language and of no measure does a letter say that
// something is limited that nobody limits, or what is left under it; nor that a closed case goes on.
func TestACorrectionTakesBackWhatWasTold(t *testing.T) {
	oneLine := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for _, p := range languages {
		for m := evenkeel.MeasureNone; m.String() != "invalid"; m++ {
			for _, o := range []evenkeel.Outcome{evenkeel.OutcomeNone, evenkeel.OutcomeConfirmed} {
				if !m.Enforced() {
					continue
				}
				undone := notice(m, "web-7")
				undone.ID, undone.Undone, undone.Outcome = evenkeel.NewUndoneID(undone.Decision, true), true, o
				after := undone
				after.ID, after.Undone = evenkeel.NewUndoneID(undone.Decision, false), false
				is := oneLine(fill(p.measures[m].is, "web-7"))
				for _, c := range []struct {
					n     evenkeel.Notice
					says  []string
					wrong []string
				}{
					{undone, []string{p.lead.undoneState, p.lead.unfelt}, []string{is, p.theirs(undone.Keeps[0], "en").Text, p.rows.state + p.colon + p.states[evenkeel.InForce].name}},
					{after, []string{is, p.theirs(after.Keeps[0], "en").Text}, []string{p.lead.undoneState, p.lead.unfelt}},
				} {
					got, err := Render(&c.n, Recipient{Lang: p.lang}, doors, office)
					if err != nil {
						t.Fatal(err)
					}
					text := strings.ReplaceAll(oneLine(got.Text), " ", "")
					for _, s := range c.says {
						if !strings.Contains(text, strings.ReplaceAll(s, " ", "")) {
							t.Errorf("%s, %s: the letter does not say %q:\n%s", p.lang, m, s, got.Text)
						}
					}
					for _, s := range c.wrong {
						if strings.Contains(text, strings.ReplaceAll(s, " ", "")) {
							t.Errorf("%s, %s: the letter says %q:\n%s", p.lang, m, s, got.Text)
						}
					}
					goesOn := strings.ReplaceAll(strings.TrimPrefix(p.lead.goesOn, "%s"), " ", "")
					if strings.Contains(text, goesOn) != (c.n.Undone && o == evenkeel.OutcomeNone) {
						t.Errorf("%s, %s, closed as %s: that the case goes on is said wrongly:\n%s", p.lang, m, o, got.Text)
					}
				}
			}
		}
	}
}

// TestALetterDoesNotSayWhatAnotherBelies: what was told of another measure ends first, in subject
// and first line; that nothing was limited, or everything let go, is said only where it is so.
func TestALetterDoesNotSayWhatAnotherBelies(t *testing.T) {
	for _, p := range languages {
		for _, c := range besidesOf() {
			n := c.n
			got, err := Render(&n, Recipient{Lang: p.lang}, doors, office)
			if err != nil {
				t.Fatal(err)
			}
			squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
			text := squeeze(got.Text)
			has := func(s string) bool { return strings.Contains(text, squeeze(s)) }
			what := fmt.Sprintf("%s: %s, %s, undone %t, beside %v", p.lang, n.Measure, n.State, n.Undone, n.Beside)
			for phrase, want := range map[string]bool{
				p.lead.nothing:      n.State == evenkeel.InForce && !n.Measure.Enforced() && len(n.Beside) == 0,
				p.lead.letGo:        (n.State == evenkeel.Lapsed || n.State == evenkeel.Lifted) && n.Measure.Enforced() && !n.Undone,
				p.lead.letGoBefore:  c.ended && !c.undone,
				p.lead.unfeltBefore: c.ended && c.undone,
				strings.TrimPrefix(p.lead.from, p.lead.fromThen): n.State == evenkeel.Held && len(n.Beside) == 0,
			} {
				if has(phrase) != want {
					t.Errorf("%s: that it says %q is %t:\n%s", what, phrase, !want, got.Text)
				}
			}
			for _, b := range n.Beside {
				m := p.measures[b.Measure]
				words := map[bool]string{true: p.lead.overNow, false: p.lead.stands}[c.ended]
				if c.undone {
					words = p.lead.undone
				}
				says, first := fill(words, fill(m.the, "db-1")), got.Text
				if c.ended {
					first, _, _ = strings.Cut(first, "\n\n")
				}
				if !strings.Contains(squeeze(first), squeeze(says)) || c.ended != strings.Contains(got.Subject, fill(p.lead.insteadShort, p.measures[n.Measure].name, m.name, "")) {
					t.Errorf("%s: the letter %q does not say %q:\n%s", what, got.Subject, says, got.Text)
				}
			}
			if is := fill(p.measures[n.Measure].is, "web-7"); n.State == evenkeel.InForce && !n.Undone && !has(is) {
				t.Errorf("%s: the letter does not say %q:\n%s", what, is, got.Text)
			}
		}
	}
}

// saidBeside is a notice, what it tells of another measure, and whether that could be carried out.
type saidBeside struct {
	n             evenkeel.Notice
	ended, undone bool
}

func besidesOf() (all []saidBeside) {
	for _, m := range []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate} {
		for _, s := range []evenkeel.DecisionState{evenkeel.InForce, evenkeel.Held, evenkeel.Lapsed, evenkeel.Lifted} {
			n := turned(notice(m, "web-7"), s)
			all = append(all, saidBeside{n: n})
			if s.Over() && m.Enforced() {
				n.Undone = true
				all = append(all, saidBeside{n: n})
				continue
			}
			for _, undone := range []bool{false, true} {
				n.Beside = []evenkeel.Beside{{Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"db-1"}, State: evenkeel.InForce, Undone: undone}}
				if !s.Over() {
					all = append(all, saidBeside{n: n, undone: undone})
				}
				if s == evenkeel.InForce {
					n.Beside = slices.Clone(n.Beside)
					n.Beside[0].State = evenkeel.Superseded
					all = append(all, saidBeside{n, true, undone})
				}
			}
		}
	}
	return all
}

// TestAMeasureThatNeverWasIsNotToldAsOneThatEnded, whatever ended it and whoever closed the case.
func TestAMeasureThatNeverWasIsNotToldAsOneThatEnded(t *testing.T) {
	for _, p := range languages {
		for _, s := range []evenkeel.DecisionState{evenkeel.Lapsed, evenkeel.Lifted} {
			for o := evenkeel.OutcomeNone; o.String() != "invalid"; o++ {
				n := turned(notice(evenkeel.MeasureThrottle, "web-7"), s)
				n.Undone, n.Outcome = true, o
				for _, closing := range []bool{false, true} {
					if closing {
						n = closed(n, o, written.Add(30*time.Hour))
					}
					got, err := Render(&n, Recipient{Lang: p.lang}, doors, office)
					if err != nil {
						t.Fatal(err)
					}
					what, text := p.lang+" "+s.String()+" "+o.String(), strings.Join(strings.Fields(got.Text), "")
					squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
					never := squeeze(fill(p.lead.undone, fill(p.measures[evenkeel.MeasureThrottle].the, "web-7")))
					if !closing && o == evenkeel.OutcomeNone {
						never = squeeze(fill(map[bool]string{true: p.lead.neverLifted, false: p.lead.neverLapsed}[s == evenkeel.Lifted], fill(p.measures[evenkeel.MeasureThrottle].the, "web-7")))
					}
					if !strings.Contains(text, never) || !strings.Contains(text, squeeze(fill(p.lead.neverState, p.states[s].name))) {
						t.Errorf("%s: the letter does not say that it never was:\n%s", what, got.Text)
					}
					if o.Cleared() != strings.Contains(text, squeeze(p.lead.free)) || strings.Contains(text, squeeze(p.lead.letGo)) || strings.Contains(text, squeeze(p.rows.end+p.colon)) {
						t.Errorf("%s: what holds now is said wrongly:\n%s", what, got.Text)
					}
				}
			}
		}
	}
}

// TestWhatAPersonWroteKeepsItsLines, in both forms, within bounds: five questions and answers in
// one paragraph nobody can tell apart.
func TestWhatAPersonWroteKeepsItsLines(t *testing.T) {
	n := turned(notice(evenkeel.MeasureThrottle, "m-1"), evenkeel.Lifted)
	n.Automatic, n.Says = false, "  Because.\r\n\r\n\n\nPoint by point:\n1. Is it?\n   Yes. <b>\n\x1b2. And?\r   No.\n\n"
	got, err := Render(&n, Recipient{Lang: "en"}, doors, office)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\n\nThe person who decided writes: “Because.\n\nWhat was weighed, point by point:\n1. Is it?\nYes. <b>\n\uFFFD2. And?\nNo.”\n\n"; !strings.Contains(got.Text, want) {
		t.Errorf("the text has no %q:\n%s", want, got.Text)
	}
	if want := "“Because.<br/>\n<br/>\nWhat was weighed, point by point:<br/>\n1. Is it?<br/>\nYes. &lt;b&gt;<br/>\n\uFFFD2. And?<br/>\nNo.”</p>"; !strings.Contains(got.HTML, want) {
		t.Errorf("the page has no %q:\n%s", want, got.HTML)
	}
	for _, long := range []string{strings.Repeat("x\n", 5000), strings.Repeat("x", 50000), strings.Repeat("長い\n\n", 4000)} {
		if lines := linesOf(long); len(lines) > mostLines || len(strings.Join(lines, "\n")) > mostReason || !strings.HasSuffix(lines[len(lines)-1], "…") {
			t.Errorf("%d lines of %d bytes, the last is %q", len(lines), len(strings.Join(lines, "\n")), lines[len(lines)-1][:1])
		}
	}
	if lines := linesOf(" \n \r\n"); len(lines) != 0 {
		t.Errorf("of nothing there are the lines %q", lines)
	}
}

// TestNoWordBlames: a finding is not an attack, and a tenant is no abuser.
func TestNoWordBlames(t *testing.T) {
	blame := regexp.MustCompile(`(?i)\b(attack\w*|abuser?|abusive|malicious|violat\w*|offend\w*|guilt\w*|suspici\w*|suspect\w*|illegal|fraud\w*|punish\w*|ban(ned)?)\b|攻击|滥用|恶意|违规|违法|可疑|嫌疑|处罚|封禁|作弊`)
	for name, n := range scenes() {
		for _, lang := range []string{"en", "zh"} {
			head := office
			head.Domain, head.ReplyTo = "help.example.com", "help@example.com"
			m, err := Render(&n, Recipient{Lang: lang}, Links{}, head)
			if err != nil {
				t.Fatal(err)
			}
			if found := blame.FindString(m.Subject + "\n" + m.Text); found != "" {
				t.Errorf("%s.%s says %q", name, lang, found)
			}
		}
	}
}

func TestTheLanguageIsThatOfTheContact(t *testing.T) {
	for tag, want := range map[string]string{
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "ZH_tw": "zh-Hans", "zh-Hant-HK": "zh-Hans",
		"en": "en", "en-GB": "en", "": "en", "de": "en", "zhx": "en", "\r\n": "en",
	} {
		if got := speak(tag).lang; got != want {
			t.Errorf("%q is spoken to in %s; expected %s", tag, got, want)
		}
	}
}
