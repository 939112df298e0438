package judge

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// closes says whether the draft leaves its case closed that it did not find so.
func (w *draft) closes() bool {
	c := w.dossier.Case
	return c != nil && c.State == evenkeel.CaseClosed && slices.ContainsFunc(w.out.Entries, func(e evenkeel.Entry) bool {
		return e.Kind == evenkeel.EntryCase && e.State == evenkeel.CaseClosed.String() && e.Case == c.ID
	})
}

// learn writes down what a case took that is closed, and what became of it, for the versions of rules
// whose findings it rests on. What a person found by lot stays a verdict by lot, where the case is
// closed again because of it.
func (w *draft) learn() error {
	if !w.closes() {
		return nil
	}
	busy, err := w.attention()
	if err != nil {
		return err
	}
	w.attend(busy)
	c := w.dossier.Case
	before, err := w.tx.AuditsOf(c.ID)
	if err != nil {
		return err
	}
	audited := slices.ContainsFunc(before, func(a docket.Audit) bool { return !a.Control && a.State == docket.AuditDone })
	if audited && len(w.acting()) == 0 { // silence does not take back what a person found
		return nil
	}
	w.lesson(docket.Lesson{Case: c.ID, At: c.Since, Outcome: c.Outcome, Audited: audited}, busy)
	return nil
}

// lesson keeps what became of the draft's case, with the versions of rules that it rests on.
func (w *draft) lesson(l docket.Lesson, busy time.Duration) {
	l.Human, l.Measured = int64(busy/time.Second), true
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

// attention is how long people were busy with the draft's case, what is done just now included.
func (w *draft) attention() (time.Duration, error) {
	c := w.dossier.Case.ID
	all, err := w.tx.Busy(c)
	for i := range w.out.Entries {
		if e := &w.out.Entries[i]; e.Case == c {
			all = append(all, *e)
		}
	}
	return learning.Attention(all), err
}

// attend writes into the leaf of a case that is closed how long people were busy with it, so that the
// public record can say what a case takes.
func (w *draft) attend(busy time.Duration) {
	of := ledger.OfCase(w.key, w.dossier.Case, w.policy).Subject
	for i := range slices.Backward(w.leaves) {
		if l := &w.leaves[i]; l.Kind == ledger.KindCase && l.Case == evenkeel.CaseClosed && l.Subject == of {
			l.Minutes = int((busy + time.Minute - 1) / time.Minute)
			return
		}
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
	at, err := w.place(r)
	if err != nil {
		return false, "", err
	}
	var record learning.Tally
	if p.Enforced || at.Earned {
		if record, err = w.tx.Tally(r); err != nil {
			return false, "", err
		}
	}
	ok, why = p.Alone(at, r.Rule, w.dossier.Tenant, m, record)
	return ok, why, nil
}
