package policy

import (
	"testing"

	"github.com/evenkeel/evenkeel"
)

// Row R17, issue 3 (victims): whoever has customers of its own, or may have, goes no further than what
// the law leaves where a safeguard protects, whatever the document asks; and where the books tell
// nothing of it, nothing changes.
func TestAResellerIsProtectedByEveryPolicy(t *testing.T) {
	for _, c := range []struct {
		name   string
		told   evenkeel.Fact[bool]
		says   evenkeel.Answer
		asked  int
		passes bool
	}{
		{"has customers of its own", evenkeel.KnownFact(true, 1), evenkeel.Protect, 1, true},
		{"is not known to have none", evenkeel.UnknownFact[bool]("nobody looked"), evenkeel.Unknown, 1, true},
		{"has none", evenkeel.KnownFact(false, 1), evenkeel.Unknown, 0, false},
		{"is one of whom nothing was told", evenkeel.Fact[bool]{}, evenkeel.Unknown, 0, false},
	} {
		t.Run("the tenant "+c.name, func(t *testing.T) {
			asked := resold(&evenkeel.Account{Reseller: c.told})
			if len(asked) != c.asked || c.asked > 0 && (asked[0].Says != c.says || asked[0].Why == "") {
				t.Fatalf("asked %+v", asked)
			}
			permits := evenkeel.Safeguard{Name: "other", Says: evenkeel.Permit}
			if got := columnOf(append([]evenkeel.Safeguard{permits}, asked...), false); (got == protected) != c.passes {
				t.Errorf("the column is %d", got)
			}
			if PassesOn(&evenkeel.Decision{Safeguards: asked}) != c.passes {
				t.Error("the notice asks the wrong one to pass it on")
			}
		})
	}
}

// What protects most leaves no machine a measure that cuts off: the cells of that column, read from
// the law itself, hold throttle, limit and drop-flow, and nothing that is stronger.
func TestWhatProtectsLeavesNothingThatCutsOff(t *testing.T) {
	for _, r := range law {
		for _, m := range r.cells[protected].may {
			switch m {
			case evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow:
			case evenkeel.MeasureChallenge, evenkeel.MeasureShut:
				if r != &lawMandate { // what the tenant asked for protects it
					t.Errorf("%s: a machine may %s", r.name, m)
				}
			default:
				t.Errorf("%s: a machine may %s", r.name, m)
			}
		}
	}
}

// Row R17: which findings are told as help.
func TestWhoIsHelped(t *testing.T) {
	basis := func(name string, weight float64) []evenkeel.Basis {
		return []evenkeel.Basis{{Terms: []evenkeel.Term{{Name: "pinned", Weight: 3}, {Name: name, Weight: weight}}}}
	}
	signs := &Family{Signs: []string{"sshd-replaced"}}
	for _, c := range []struct {
		name  string
		fam   *Family
		basis []evenkeel.Basis
		want  bool
	}{
		{"a family of signs, whatever was met", &Family{Victim: true}, nil, true},
		{"a sign among other terms", signs, basis("sshd-replaced", 4), true},
		{"a term that is no sign", signs, basis("stratum", 4), false},
		{"a sign that speaks for the tenant", signs, basis("sshd-replaced", -1), false},
		{"a family without signs", &Family{}, basis("sshd-replaced", 4), false},
	} {
		if got := c.fam.Helps(c.basis); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
