package policy

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/governor"
)

// withGovernor is the policy that comes with the program, with a section more.
func withGovernor(t *testing.T, section string) (*Policy, error) {
	t.Helper()
	text, err := os.ReadFile("builtin/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return Parse("policy.yaml", append(text, ("\ngovernor:\n"+section)...))
}

func TestWhatAPolicySaysOfTheGovernorHolds(t *testing.T) {
	p, err := withGovernor(t, `  rule: {at_once: 7, one_more_every: 90s}
  breaker: {newest: 12, share: 50}
  damping: {for: 0s}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := governor.Default() // what is not said
	want.Rule = governor.Rate{AtOnce: 7, Every: 90 * time.Second}
	want.Breaker.Newest, want.Breaker.Share, want.Damping.For = 12, 50, 0
	if got := p.Governor(); got != want {
		t.Errorf("%+v; expected %+v", got, want)
	}
}

// B: no policy can say that nothing holds machines back.
func TestAGovernorThatHoldsNothingBackIsRefused(t *testing.T) {
	for _, c := range []struct{ name, section, says string }{
		{"a budget of none", "  rule: {at_once: 0, one_more_every: 1s}\n", "`at_once` is 0; expected 1 to 1000000"},
		{"a budget of any number", "  measure: {at_once: 99999999, one_more_every: 1s}\n", "`at_once` is 99999999"},
		{"one that is whole again at once", "  region: {at_once: 5, one_more_every: 0s}\n", "`one_more_every` is 0"},
		{"a budget of half the words", "  rule: {at_once: 5}\n", "one_more_every"},
		{"a breaker that never opens", "  breaker: {newest: 3}\n", "a breaker of the newest 3 with a share of 10 never opens"},
		{"one that expects everybody", "  breaker: {share: 100}\n", "`share` is 100; expected 1 to 50"},
		{"one that looks at none", "  breaker: {newest: 0}\n", "`newest` is 0; expected 1 to 64"},
		{"damping that divides by nothing", "  damping: {by: 0}\n", "`by` is 0; expected 1 to 1000"},
		{"a key that is misspelt", "  braker: {newest: 10}\n", "breaker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := withGovernor(t, c.section)
			if err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %q", err, c.says)
			}
		})
	}
}
