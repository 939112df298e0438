package procedure

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// TestALimitThatLetsThroughWhatIsFoundIsTightened: once, to the end that the tenant was told of, and never what
// a person chose.
func TestALimitThatLetsThroughWhatIsFoundIsTightened(t *testing.T) {
	fam := flood()
	for _, m := range []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureDropFlow} {
		terms := fam.Terms[m]
		terms.Params = map[string]string{"syn_rate": "200"}
		fam.Terms[m] = terms
	}
	fam.Tighter = map[string]policy.Rates{"sweep": {"syn_rate": 20}}
	stands := func(m evenkeel.Measure, by evenkeel.Actor, names, term string) evenkeel.Decision {
		x := decided("d-1", m, evenkeel.InForce, names)
		x.Actor, x.Until = by, later.Add(minute)
		x.Grounds.Basis = []evenkeel.Basis{{Finding: "f-0", Terms: []evenkeel.Term{{Name: term, Weight: 4}}}}
		return x
	}
	machine, person := evenkeel.Actor{Policy: "sha256:1"}, evenkeel.Actor{Person: "mara"}
	flag := proposal(fam, evenkeel.MeasureLimit)
	flag.Params = map[string]string{"rate": "50000"}
	numbered := func(x evenkeel.Decision, params map[string]string) evenkeel.Decision {
		x.Params = params
		return x
	}
	limit := stands(evenkeel.MeasureLimit, machine, "vm-1", "sweep")
	for _, c := range []struct {
		name    string
		p       policy.Proposal
		x       evenkeel.Decision
		verdict Verdict
		says    string
	}{
		{"the envelope of a flag, under a finding that it does not cover", proposal(fam, evenkeel.MeasureLimit), numbered(limit, map[string]string{"rate": "50000"}), Enter, "it is tightened"},
		{"what was entered under an older policy", proposal(fam, evenkeel.MeasureLimit), numbered(limit, map[string]string{"syn_rate": "200"}), Enter, "it is tightened"},
		{"what is tighter than the policy asks for now", proposal(fam, evenkeel.MeasureLimit), numbered(limit, map[string]string{"syn_rate": "5"}), Note, "limit or more stands"},
		{"a limit", proposal(fam, evenkeel.MeasureLimit), stands(evenkeel.MeasureLimit, machine, "vm-1", "syn-flood"), Enter, "it is tightened"},
		{"a flow that is dropped, and the rest limited", proposal(fam, evenkeel.MeasureLimit), stands(evenkeel.MeasureDropFlow, machine, "vm-1", "syn-flood"), Enter, "drop-flow lets through"},
		{"what is tight already", proposal(fam, evenkeel.MeasureLimit), stands(evenkeel.MeasureLimit, machine, "vm-1", "sweep"), Note, "limit or more stands"},
		{"what a person chose", proposal(fam, evenkeel.MeasureLimit), stands(evenkeel.MeasureLimit, person, "vm-1", "syn-flood"), Note, "limit or more stands"},
		{"what is about others too", proposal(fam, evenkeel.MeasureLimit), stands(evenkeel.MeasureLimit, machine, "vm-1 vm-2", "syn-flood"), Note, "limit or more stands"},
		{"what is announced", flag, stands(evenkeel.MeasureLimit, machine, "vm-1", "syn-flood"), Note, "limit or more stands"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := found(later, "vm-1")
			f.Terms = []evenkeel.Term{{Name: "sweep", Weight: 4}}
			r := Gate(dossier(evenkeel.CaseUnderReview, c.x), c.p, f, shown)
			if r.Verdict != c.verdict {
				t.Fatalf("verdict %d, %q; expected %d", r.Verdict, r.Why, c.verdict)
			}
			says(t, "the ruling", r.Why, c.says)
			if r.Verdict == Enter && (r.Measure != c.x.Measure || r.Until != c.x.Until || !slices.Equal(r.Assets, c.x.Assets) || !slices.Equal(r.Supersedes, []evenkeel.DecisionID{"d-1"})) {
				t.Errorf("%s of %v until %s in the place of %v; expected the same measure of the same until %s", r.Measure, r.Assets, r.Until, r.Supersedes, c.x.Until)
			}
		})
	}
}
