package rescue

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Row R17: whoever is helped is told the same whatever the language.
func TestEachLanguageHasTheSameSteps(t *testing.T) {
	name := regexp.MustCompile(`^[a-z-]{1,16}$`)
	for _, p := range plans {
		if p.Title == "" || p.Proof == "" || len(p.Steps) != len(english.Steps) {
			t.Fatalf("%s has the title %q, %d steps and the proof %q", p.Lang, p.Title, len(p.Steps), p.Proof)
		}
		for i, s := range p.Steps {
			if s.Name != english.Steps[i].Name || !name.MatchString(s.Name) || s.Do == "" || s.Why == "" || len(s.List) != len(english.Steps[i].List) {
				t.Errorf("%s, step %d is %+v; expected that of %q", p.Lang, i, s, english.Steps[i].Name)
			}
			if got, ok := p.Step(s.Name); !ok || got.Do != s.Do {
				t.Errorf("%s: step %q is %+v, %v", p.Lang, s.Name, got, ok)
			}
		}
	}
	if _, ok := english.Step("format"); ok {
		t.Error("a step that is none was found")
	}
}

func TestALanguageThatThereIsNotIsEnglish(t *testing.T) {
	for tag, want := range map[string]string{"": "en", "zh": "zh-Hans", "ZH_CN": "zh-Hans", "zh-Hant": "zh-Hans", "fr": "en", "en-GB": "en"} {
		if got := Of(tag).Lang; got != want {
			t.Errorf("%q is %s; expected %s", tag, got, want)
		}
	}
}

func TestWhatIsTickedIsReadBack(t *testing.T) {
	var names []string
	for _, s := range english.Steps {
		names = append(names, s.Name)
	}
	rapid.Check(t, func(t *rapid.T) {
		done := rapid.SliceOfDistinct(rapid.SampledFrom(append([]string{"format", ""}, names...)), rapid.ID[string]).Draw(t, "done")
		text := rapid.StringMatching(`[^\n]{0,20}(\n[^\n]{1,20}){0,2}`).Draw(t, "text")
		got, rest, ok := Ticked(Say(done) + "\n" + text)
		want := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return !slices.Contains(done, s) })
		if !ok || !slices.Equal(got, want) || rest != text {
			t.Fatalf("%q and %q came back as %q, %q, %v", want, text, got, rest, ok)
		}
		if All(got) != (len(want) == len(names)) {
			t.Fatalf("%q are all: %v", got, All(got))
		}
	})
}

func TestWordsWithoutTheLineSayNothingOfSteps(t *testing.T) {
	for _, s := range []string{"", "I did it all.", "[rescue] done", " " + Say(nil), "done: keys."} {
		if done, rest, ok := Ticked(s); ok || done != nil || rest != s {
			t.Errorf("%q says that %q are done, %q, %v", s, done, rest, ok)
		}
	}
	if done, rest, ok := Ticked("[rescue] done: keys, snapshot, format. All of it."); !ok || !slices.Equal(done, []string{"snapshot", "keys"}) || rest != "All of it." {
		t.Errorf("what somebody typed was read as %q, %q, %v", done, rest, ok)
	}
}
