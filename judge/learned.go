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

// learn writes down what became of a case, for the versions of rules whose findings it rests on. What
// a person found by lot stays a verdict by lot, where the case is closed again because of it.
func (w *draft) learn() error {
	if !w.closes() {
		return nil
	}
	c := w.dossier.Case
	before, err := w.tx.AuditsOf(c.ID)
	if err != nil {
		return err
	}
	audited := slices.ContainsFunc(before, func(a docket.Audit) bool { return !a.Control && a.State == docket.AuditDone })
	if audited && len(w.acting()) == 0 { // silence does not take back what a person found
		return nil
	}
	w.lesson(docket.Lesson{Case: c.ID, At: c.Since, Outcome: c.Outcome, Audited: audited})
	return nil
}

// lesson keeps what became of the draft's case, with the versions of rules that it rests on.
func (w *draft) lesson(l docket.Lesson) {
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

// unearned says why a machine may not enter a measure that it holds, as far as the rules go that it
// rests on; nothing where it may. What was earned when it was found may be lost since: others were
// found innocent meanwhile, or the policy is another one.
func (w *draft) unearned(x *evenkeel.Decision) (all []string, err error) {
	for _, b := range x.Grounds.Basis {
		ok, why, err := w.earned(docket.RuleVersion{Rule: b.Rule, Version: b.Version}, x.Measure)
		if err != nil {
			return nil, err
		}
		if !ok && !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	return all, nil
}

// earned says whether a machine may take a measure by a version of a rule, as far as the operator
// promoted it and as it has shown itself, or why a person has to.
func (w *draft) earned(r docket.RuleVersion, m evenkeel.Measure) (ok bool, why string, err error) {
	p := w.parts.Policy.Promotion()
	var record learning.Tally
	if p.Enforced {
		if record, err = w.tx.Tally(r); err != nil {
			return false, "", err
		}
	}
	ok, why = p.Alone(r.Rule, w.dossier.Tenant, m, record)
	return ok, why, nil
}
