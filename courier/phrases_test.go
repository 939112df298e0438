package courier

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"go.yaml.in/yaml/v4"
)

// TestEveryPhraseIsThereInEveryLanguage, with as many places for others as in English.
func TestEveryPhraseIsThereInEveryLanguage(t *testing.T) {
	for _, p := range languages {
		same(t, p.lang, reflect.ValueOf(*p), reflect.ValueOf(english))
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
		if a.String() == "" {
			t.Errorf("%s is empty", where)
		}
	case reflect.Array:
		for i := range a.Len() {
			same(t, where+"["+string(rune('0'+i))+"]", a.Index(i), b.Index(i))
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if name := a.Type().Field(i).Name; name != "known" {
				same(t, where+"."+name, a.Field(i), b.Field(i))
			}
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

// TestWhatComesWithTheProgramIsTranslated: the sentences of the built-in policy and what the
// built-in rules measure.
func TestWhatComesWithTheProgramIsTranslated(t *testing.T) {
	type family struct {
		Clause   string
		Measures map[string]struct{ Keeps []string }
	}
	var policy struct {
		Families map[string]family
		Other    family
	}
	read(t, "../judge/policy/builtin/default.yaml", &policy)
	policy.Families["other"] = policy.Other
	n := 0
	for name, f := range policy.Families {
		for _, m := range f.Measures {
			for _, k := range append(m.Keeps, f.Clause) {
				if n++; chinese.known[k] == "" {
					t.Errorf("%s: %q is not translated", name, k)
				}
			}
		}
	}
	files, err := filepath.Glob("../watch/rule/builtin/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var rule struct {
			Family string
			Terms  []struct{ Name string }
		}
		read(t, file, &rule)
		for _, x := range rule.Terms {
			if n++; chinese.known[rule.Family+"/"+x.Name] == "" {
				t.Errorf("%s: what %s measures is not translated", file, x.Name)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d sentences were looked at", n)
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
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
