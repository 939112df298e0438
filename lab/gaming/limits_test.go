package gaming_test

import (
	"bytes"
	"context"
	"math"
	"regexp"
	"testing"

	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/lab/gaming"
)

// rewritten is the policy that comes with the program, with one text in the place of another.
func rewritten(t *testing.T, old, with string) *policy.Policy {
	t.Helper()
	text, err := builtin.Text("default")
	if err != nil || !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%v; expected %q in the policy", err, old)
	}
	text = bytes.ReplaceAll(text, []byte(old), []byte(with))
	if !bytes.Contains(text, []byte(" {rate: ")) { // nothing is tighter than what is not there
		text = regexp.MustCompile(`\{rate_to: \d+\}`).ReplaceAll(text, []byte("{syn_rate: 100}"))
	}
	p, err := policy.Parse("rewritten.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestALaxerPolicyGainsMore (G): what goes on under a measure is what the policy says, so the bounds notice one
// that holds less back. What it does not say in words that are read holds nothing back.
func TestALaxerPolicyGainsMore(t *testing.T) {
	mine, flood := gaming.Play{Accounts: 1}, gaming.Play{Accounts: 1, Flood: true}
	const cpu, rate = "cpu: 20%", "rate: 10000"
	for _, c := range []struct {
		play      gaming.Play
		says      string
		strictest []string // from the strictest to the laxest
	}{
		{mine, cpu, []string{"cpu: 5%", cpu, "cpu: 50%", "cpu: 100%"}},
		{flood, rate, []string{"rate: 100", rate, "rate: 50000", "rate: 99000"}},
	} {
		gain := func(with string) float64 {
			w := world(t)
			w.Policy = rewritten(t, c.says, with)
			g, err := w.Gain(context.Background(), c.play)
			if err != nil {
				t.Fatal(err)
			}
			return g.Worth(c.play) / w.All(c.play)
		}
		last := -1.0
		for _, with := range c.strictest {
			is := gain(with)
			t.Logf("%s, %s: %.1f %%", c.play, with, 100*is)
			if is <= last {
				t.Errorf("%s under %s gains %.3f; expected more than %.3f, which a stricter one leaves", c.play, with, is, last)
			}
			last = is
		}
		for _, with := range []string{"cores: 1", "rates: 5"} {
			if is := gain(with); is < last-1e-9 || math.IsNaN(is) {
				t.Errorf("%s under %s gains %.3f; expected at least %.3f, as nothing is known to be held back", c.play, with, is, last)
			}
		}
	}
}
