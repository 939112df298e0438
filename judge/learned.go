package judge

import (
	"cmp"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// closes says whether the draft leaves its case closed that it did not find so.
func (w *draft) closes() bool {
	c := w.dossier.Case
	return c != nil && c.State == evenkeel.CaseClosed && slices.ContainsFunc(w.out.Entries, func(e evenkeel.Entry) bool {
		return e.Kind == evenkeel.EntryCase && e.State == evenkeel.CaseClosed.String() && e.Case == c.ID
	})
}

// learn writes down what became of a case, for the versions of rules whose findings it rests on.
func (w *draft) learn() {
	if !w.closes() {
		return
	}
	c := w.dossier.Case
	l := docket.Lesson{Case: c.ID, At: c.Since, Outcome: c.Outcome}
	for i := range w.dossier.Decisions {
		x := &w.dossier.Decisions[i]
		if x.Mode != evenkeel.ModeLive {
			continue
		}
		for _, b := range x.Grounds.Basis {
			if r := (docket.RuleVersion{Rule: b.Rule, Version: b.Version}); b.Rule != "" && b.Version > 0 && !slices.Contains(l.Rules, r) {
				l.Rules = append(l.Rules, r)
			}
		}
	}
	slices.SortFunc(l.Rules, func(a, b docket.RuleVersion) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Version, b.Version))
	})
	if len(l.Rules) > 0 {
		w.out.Lessons = append(w.out.Lessons, l)
	}
}

// earned says whether a machine may take a measure by the rule of a finding, as far as the operator
// promoted it and as it has shown itself, or why a person has to.
func (w *draft) earned(f *evenkeel.Finding, m evenkeel.Measure) (ok bool, why string, err error) {
	p := w.parts.Policy.Promotion()
	var record learning.Tally
	if p.Enforced {
		if record, err = w.tx.Tally(docket.RuleVersion{Rule: f.Rule, Version: f.Version}); err != nil {
			return false, "", err
		}
	}
	ok, why = p.Alone(f.Rule, w.dossier.Tenant, m, record)
	return ok, why, nil
}
