package phrasebook_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"go.yaml.in/yaml/v4"
)

// TestWhatIsBuiltInIsTranslated: the sentences of the built-in policy and what the
// built-in rules measure.
func TestWhatIsBuiltInIsTranslated(t *testing.T) {
	type family struct {
		Clause   string
		Measures map[string]struct{ Keeps []string }
	}
	var policy struct {
		Families map[string]family
		Other    family
	}
	read(t, "../../judge/policy/builtin/default.yaml", &policy)
	policy.Families["other"] = policy.Other
	n := 0
	for name, f := range policy.Families {
		for _, m := range f.Measures {
			for _, k := range append(m.Keeps, f.Clause) {
				n++
				if zh, ok := phrasebook.Chinese(k); !ok || zh == "" {
					t.Errorf("%s: %q is not translated", name, k)
				}
			}
		}
	}
	files, err := filepath.Glob("../../watch/rule/builtin/*.yaml")
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
			n++
			if zh, ok := phrasebook.ChineseTerm(rule.Family, x.Name); !ok || zh == "" {
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

func TestWhatIsNotBuiltInIsNotTranslated(t *testing.T) {
	for _, s := range []string{"", "Everything works as before", "everything works as before.", "mining/pinned"} {
		if zh, ok := phrasebook.Chinese(s); ok {
			t.Errorf("%q is translated as %q", s, zh)
		}
	}
	if zh, ok := phrasebook.ChineseTerm("flood", "pinned"); ok {
		t.Errorf("a term of another family is translated as %q", zh)
	}
}
