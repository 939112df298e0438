package phrasebook_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"go.yaml.in/yaml/v4"
)

// TestWhatIsBuiltInIsTranslated: the sentences of the built-in policy and what the
// built-in rules measure.
func TestWhatIsBuiltInIsTranslated(t *testing.T) {
	type family struct {
		Clause   string
		Measures map[string]struct {
			Keeps  []string
			Params map[string]string
		}
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
			if en, zh := phrasebook.Amounts(m.Params); len(en) != len(m.Params) || len(zh) != len(en) {
				t.Errorf("%s: of %v it says %q and %q", name, m.Params, en, zh)
			}
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

func TestAmountsAreSaidInWords(t *testing.T) {
	en, zh := phrasebook.Amounts(map[string]string{
		"rate": "10000", "syn_rate": "200", "syn_rate_to": "50", "bit_rate": "20000000", "new_flows": "2.5", "cpu": "20%",
		"flows": "tcp/203.0.113.7/80,udp/198.51.100.9/0", "queue": "7", "when": "pressed",
	})
	want := []string{
		"at most 200 new TCP connections (SYN) a second", "at most 2.5 new flows a second", "at most 10,000 packets a second", "at most 20,000,000 bits a second",
		"to each destination at most 50 new TCP connections (SYN) a second", "at most 20 % of the CPU", "destinations that are cut off: 2",
		"only while what comes presses, and nothing less helps",
	}
	if !slices.Equal(en, want) || len(zh) != len(en) || zh[2] != "每秒最多 10,000 个数据包" {
		t.Errorf("got %q and %q", en, zh)
	}
	told := phrasebook.Numbers(map[string]string{"rate": "10000", "syn_rate_to": "50", "cpu": "20%", "flows": "tcp/203.0.113.7/80", "queue": "7", "when": "pressed"})
	if !maps.Equal(told, map[string]string{"rate": "10000", "syn_rate_to": "50", "cpu": "20%", "when": "pressed"}) || phrasebook.Numbers(map[string]string{"queue": "7"}) != nil {
		t.Errorf("tenants are told %v", told)
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
