package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// learned is what became of cases, what tenants are owed, and what was looked at by lot.
type learned struct {
	lessons map[evenkeel.CaseID]docket.Lesson
	credits map[docket.CreditID]docket.Credit
	audits  map[docket.AuditID]docket.Audit
}

// checkLearned says what speaks against new lessons and credits.
func (c *checker) checkLearned() error {
	for i := range c.in.Lessons {
		l := &c.in.Lessons[i]
		if err := l.Check(); err != nil {
			return err
		}
		if c.caseOf(l.Case) == nil {
			return evenkeel.Invalid("lesson of case %s, which nobody keeps", l.Case)
		}
	}
	all := map[docket.CreditID]docket.Credit{}
	for id, k := range c.state.learned.credits {
		all[id] = k
	}
	for i := range c.in.Credits {
		k := &c.in.Credits[i]
		if err := k.Check(); err != nil {
			return err
		}
		if c.caseOf(k.Case) == nil {
			return evenkeel.Invalid("credit %s of case %s, which nobody keeps", k.ID, k.Case)
		}
		for id, o := range all {
			if id != k.ID && o.Case == k.Case && o.Closed == k.Closed {
				return conflict("credit %s: the case has another for when it was closed", k.ID)
			}
		}
		if o, known := all[k.ID]; known && (o.State != docket.CreditProposed || o.Case != k.Case || o.Tenant != k.Tenant || o.Closed != k.Closed ||
			o.Minutes != k.Minutes || o.Amount != k.Amount || o.Currency != k.Currency) {
			return conflict("credit %s: a credit is proposed, then granted or refused, and stays as it is", k.ID)
		}
		all[k.ID] = *k
	}
	return nil
}

func (s *state) keepLearned(c *docket.Changes) {
	for _, l := range c.Lessons {
		l.Rules = slices.Clone(l.Rules)
		s.learned.lessons[l.Case] = l
	}
	for _, k := range c.Credits {
		k.Decisions = slices.Clone(k.Decisions)
		s.learned.credits[k.ID] = k
	}
}

// Tally returns what became of the cases of a rule's version.
func (x *tx) Tally(r docket.RuleVersion) (t docket.Record, err error) {
	for _, l := range x.learned.lessons {
		if slices.Contains(l.Rules, r) {
			counted(&t, &l)
		}
	}
	return t, nil
}

// counted adds what became of one case.
func counted(t *docket.Record, l *docket.Lesson) {
	t.Add(l.Outcome, l.Audited)
	if l.Measured {
		t.Spent(l.Human, 1)
	}
}

// Busy returns the entries of a case in which somebody of ours looked or acted.
func (x *tx) Busy(c evenkeel.CaseID) (out []evenkeel.Entry, err error) {
	f := x.files[c]
	if f == nil {
		return nil, nil
	}
	for i := range f.entries {
		if e := &f.entries[i]; e.Busy() {
			out = append(out, *e)
		}
	}
	return out, nil
}

// Credits returns those of a case.
func (x *tx) Credits(c evenkeel.CaseID) (out []docket.Credit, err error) {
	for _, k := range x.learned.credits {
		if k.Case == c {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b docket.Credit) int { return cmp.Compare(a.Closed, b.Closed) })
	return out, nil
}

// Learned returns what became of cases, by rule, then version.
func (b *Books) Learned(ctx context.Context) (out []docket.Learned, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	by := map[docket.RuleVersion]docket.Record{}
	for _, l := range b.kept.learned.lessons {
		for _, r := range l.Rules {
			t := by[r]
			counted(&t, &l)
			by[r] = t
		}
	}
	for r, t := range by {
		out = append(out, docket.Learned{RuleVersion: r, Record: t})
	}
	slices.SortFunc(out, func(a, b docket.Learned) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Version, b.Version))
	})
	return out, nil
}

// AllCredits returns credits, those that were closed last first.
func (b *Books) AllCredits(ctx context.Context, most int) (out []docket.Credit, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, k := range b.kept.learned.credits {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b docket.Credit) int {
		return cmp.Or(cmp.Compare(b.Closed, a.Closed), cmp.Compare(a.ID, b.ID))
	})
	if most > 0 {
		out = out[:min(most, len(out))]
	}
	return out, nil
}
