package app

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
)

// written is the default policy with some words changed.
func written(t *testing.T, change ...string) *policy.Policy {
	t.Helper()
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(change...).Replace(string(text))
	p, err := policy.Parse("changed.yaml", []byte(changed))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPoliciesAreChosenByWhatIsWrittenInThem(t *testing.T) {
	live := written(t)
	other := written(t, "version: 1\n", "version: 2\n")
	shadow := written(t, "mode: live", "mode: shadow")
	for _, c := range []struct {
		name   string
		given  []*policy.Policy
		force  string
		shadow int
		says   string
	}{
		{"none: the one that comes with the program", nil, live.Digest(), 0, ""},
		{"one that is live", []*policy.Policy{other}, other.Digest(), 0, ""},
		{"one in shadow: beside the one that comes with the program", []*policy.Policy{shadow}, live.Digest(), 1, ""},
		{"one of each", []*policy.Policy{shadow, other}, other.Digest(), 1, ""},
		{"two that are live", []*policy.Policy{live, other}, "", 0, "policies default v1 and default v2 are both live; expected one in force"},
		{"one twice", []*policy.Policy{shadow, shadow}, "", 0, "policy default v1 is given twice; expected each once"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Choose(c.given)
			if c.says != "" {
				if err == nil || err.Error() != c.says || evenkeel.KindOf(err) != evenkeel.KindInvalid {
					t.Errorf("error %v; want %q", err, c.says)
				}
				return
			}
			if err != nil || p.Force.Digest() != c.force || len(p.Shadow) != c.shadow {
				t.Errorf("%v in force, %d in shadow (%v); want %s and %d", p.Force, len(p.Shadow), err, c.force, c.shadow)
			}
		})
	}
}
