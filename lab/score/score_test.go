package score

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/judge"
	policies "github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

func corpus() Corpus { return Corpus(os.Getenv("EVENKEEL_DATA")) }

func shipped(t *testing.T) []*rule.Rule {
	t.Helper()
	rules, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// broken returns a rule of the same name whose only term is when.
func broken(t *testing.T, name, subject, windows, when string) []*rule.Rule {
	t.Helper()
	return parsed(t, brokenText(name, subject, windows, when))
}

func parsed(t *testing.T, text string) []*rule.Rule {
	t.Helper()
	rules, err := rule.Parse("broken.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func brokenText(name, subject, windows, when string) string {
	return fmt.Sprintf(`
rule: %s
version: 1
family: broken
mode: live
subject: %s
about: A rule that must fail the check.
windows:
  %s
terms:
  - {name: only, family: usage, when: '%s', weight: 1, says: "It is so."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`, name, subject, windows, when)
}

// twice returns crypto-mining with one condition as two terms, one of which claims the wire.
func twice(t *testing.T, when string) []*rule.Rule {
	t.Helper()
	return parsed(t, strings.NewReplacer(
		"family: broken", "family: mining", "score: 1\n", "  - {name: more, family: wire, when: '"+when+"', weight: 1, says: \"It is so.\"}\nscore: 1\n",
	).Replace(brokenText("crypto-mining", "asset", cpuWindow, when)))
}

// newJudge makes a judge with the policy that comes with the program.
func newJudge() (*judge.Docket, error) {
	p, err := policies.Default()
	if err != nil {
		return nil, err
	}
	paper := procedure.Means{Declared: true, Keeps: []string{"console", "export"}, Proven: true, Finishes: true}
	return judge.New(judge.Parts{Books: memory.New(nil), Policy: p, Means: paper})
}

const cpuWindow = "cpu: {of: cpu.busy, for: 20m, pane: 1m}"

func TestRealInputMining(t *testing.T) {
	if _, err := corpus().Files("host-metrics/mining-vm-1cpu", "session*.csv"); err != nil {
		t.Skipf("not measured: %v", err)
	}
	cases := []struct {
		name  string
		rules []*rule.Rule
		fails string // "" must meet every demand; else a violation that must be named
	}{
		{"the shipped rule meets every demand", shipped(t), ""},
		{"a silent rule is noticed", broken(t, "crypto-mining", "asset", cpuWindow, "cpu.mean > 2.0"), "was not found"},
		{"a rule that reads only the inventory is noticed",
			broken(t, "crypto-mining", "asset", cpuWindow, `cpu.panes > 0 && tenant.standing == "trial"`), "does not mine and was found"},
		{"a rule that reads only the CPU is noticed",
			broken(t, "crypto-mining", "asset", cpuWindow, "cpu.panes >= 15 && cpu.mean >= 0.995"), "about paying customers"},
		{"a rule that takes the CPU for two families is noticed by what is decided", twice(t, "cpu.panes >= 15 && cpu.mean >= 0.995"), "go above notify"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := Mining(t.Context(), corpus(), t.TempDir(), c.rules, "crypto-mining", newJudge)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", f)
			wrong := strings.Join(f.Violations(), "\n")
			if c.fails == "" && wrong != "" {
				t.Errorf("demands not met:\n%s", wrong)
			}
			if c.fails != "" && !strings.Contains(wrong, c.fails) {
				t.Errorf("the check let it pass; it said only:\n%s", wrong)
			}
		})
	}
}

func TestRealInputBurst(t *testing.T) {
	arrivals, err := corpus().Files("vm-lifecycle/azure-v1-arrivals", "v1.train.txt", "v1.dev.txt")
	if err != nil {
		t.Skipf("not measured: %v", err)
	}
	flavours := filepath.Join(string(corpus()), "vm-lifecycle/azure-v1-arrivals/maps/flav_map.txt")
	narrow, err := Burst(t.Context(), t.TempDir(), shipped(t), "vm-burst", Narrow, flavours, arrivals...)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("narrow bursts, told but not demanded: %+v", narrow)
	f, err := Burst(t.Context(), t.TempDir(), shipped(t), "vm-burst", Wide, flavours, arrivals...)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", f)
	if wrong := f.Violations(); len(wrong) > 0 {
		t.Errorf("demands not met:\n%s", strings.Join(wrong, "\n"))
	}
}

// The recorded arrivals are not everywhere, so the check itself is held on made-up ones too:
// what it says of the rule is no figure, but that it can fail is shown.
func TestBurstCheckOnMadeUpArrivals(t *testing.T) {
	if testing.Short() {
		t.Skip("replays some 400,000 creations")
	}
	dir := t.TempDir()
	arrivals := filepath.Join(dir, "made-up.txt")
	out, err := os.Create(arrivals)
	if err != nil {
		t.Fatal(err)
	}
	if err := MakeUp(out, 24_000, 7); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	flavours := filepath.Join(dir, "flavours.txt")
	if err := os.WriteFile(flavours, []byte(MadeUpFlavours), 0o600); err != nil {
		t.Fatal(err)
	}
	const creates = `creates: {of: lifecycle, where: "action == ''create''", for: 10m, pane: 1m}`
	cases := []struct {
		name  string
		rules []*rule.Rule
		fails string
	}{
		{"the shipped rule meets every demand", shipped(t), ""},
		{"a silent rule is noticed", broken(t, "vm-burst", "principal", strings.ReplaceAll(creates, "''", "'"), "creates.count < 0"), "bursts found"},
		{"a rule that reads only the inventory is noticed",
			broken(t, "vm-burst", "principal", strings.ReplaceAll(creates, "''", "'"), `creates.count > 0 && tenant.standing == "invoiced"`), "per 10,000 lawful"},
		{"a fixed count is noticed", broken(t, "vm-burst", "principal", strings.ReplaceAll(creates, "''", "'"), "creates.count >= 40"), "per 10,000 lawful"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			f, err := Burst(t.Context(), t.TempDir(), c.rules, "vm-burst", Wide, flavours, arrivals)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v in %v", f, time.Since(began).Round(time.Second))
			wrong := strings.Join(f.Violations(), "\n")
			if c.fails == "" && wrong != "" {
				t.Errorf("demands not met:\n%s", wrong)
			}
			if c.fails != "" && !strings.Contains(wrong, c.fails) {
				t.Errorf("the check let it pass; it said only:\n%s", wrong)
			}
		})
	}
}
