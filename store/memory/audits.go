package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// checkAudits says what speaks against new lots, and against what was found about them.
func (c *checker) checkAudits() error {
	all := map[docket.AuditID]docket.Audit{}
	for i := range c.in.Audits {
		a := &c.in.Audits[i]
		if err := a.Check(); err != nil {
			return err
		}
		if c.caseOf(a.Case) == nil {
			return evenkeel.Invalid("audit %s of case %s, which nobody keeps", a.ID, a.Case)
		}
		old, known := all[a.ID]
		if !known {
			old, known = c.state.learned.audits[a.ID]
		}
		switch {
		case !known && a.State == docket.AuditDone:
			return conflict("audit %s: an audit is open before it is done", a.ID)
		case known && (old.State != docket.AuditOpen || a.State == docket.AuditPassed || old.Case != a.Case || old.Tenant != a.Tenant || old.Control != a.Control ||
			old.Opened != a.Opened || old.Share != a.Share || old.Nonce != a.Nonce || old.Drawn != a.Drawn):
			return conflict("audit %s: a lot stays as it fell, and what was found about it as it was said", a.ID)
		case a.State == docket.AuditDone && c.hadPart(a):
			return conflict("audit %s: %s had a part in it: an act on the tenant or the case, or the rule is theirs", a.ID, a.By)
		}
		all[a.ID] = *a
	}
	return nil
}

// hadPart says whether whoever gives a verdict has an interest in what it is about.
func (c *checker) hadPart(a *docket.Audit) bool {
	has := func(kind docket.InterestKind, key string) bool {
		_, has := c.state.interests[interest{kind, key, a.By}]
		return has
	}
	return has(docket.InterestTenant, string(a.Tenant)) || has(docket.InterestCase, string(a.Case)) ||
		slices.ContainsFunc(c.state.learned.lessons[a.Case].Rules, func(r docket.RuleVersion) bool { return has(docket.InterestRule, r.Rule) })
}

func (s *state) keepAudits(c *docket.Changes) {
	for _, a := range c.Audits {
		a.Candidates = slices.Clone(a.Candidates)
		s.learned.audits[a.ID] = a
	}
}

// audited returns those that are asked for, by Opened, then id.
func (s *state) audited(asked func(*docket.Audit) bool) (out []docket.Audit) {
	for _, a := range s.learned.audits {
		if asked(&a) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b docket.Audit) int { return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Audit returns one.
func (x *tx) Audit(id docket.AuditID) (docket.Audit, error) {
	a, known := x.learned.audits[id]
	if !known {
		return a, notFound("audit", string(id))
	}
	return a, nil
}

// AuditsOf returns those of a case.
func (x *tx) AuditsOf(c evenkeel.CaseID) ([]docket.Audit, error) {
	return x.audited(func(a *docket.Audit) bool { return a.Case == c }), nil
}

// Controls returns the known cases that a person was asked about, or gave a verdict on.
func (x *tx) Controls(p evenkeel.PersonID) ([]docket.Audit, error) {
	return x.audited(func(a *docket.Audit) bool { return a.Control && (a.Drawn == p || a.By == p) }), nil
}

// Innocent returns cases of a family that stand closed as false positives and in which a machine acted
// before the tenant spoke, those closed last first.
func (x *tx) Innocent(family string, most int) (out []evenkeel.Case, err error) {
	for id, l := range x.learned.lessons {
		f := x.files[id]
		if l.Outcome == evenkeel.OutcomeFalsePositive && len(l.Rules) > 0 && f != nil && f.is.State == evenkeel.CaseClosed && f.is.Outcome == evenkeel.OutcomeFalsePositive &&
			f.is.Family == family && docket.ActedFirst(f.decisions, f.entries) {
			out = append(out, f.is)
		}
	}
	slices.SortFunc(out, func(a, b evenkeel.Case) int {
		return cmp.Or(cmp.Compare(x.learned.lessons[b.ID].At, x.learned.lessons[a.ID].At), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), max(most, 0))], nil
}

// AllAudits returns audits and the lots that were passed over, those drawn last first.
func (b *Books) AllAudits(ctx context.Context, most int) ([]docket.Audit, error) {
	return b.audits(ctx, most, func(*docket.Audit) bool { return true })
}

// Asked returns those of them that somebody was asked about and that are looked for.
func (b *Books) Asked(ctx context.Context, q docket.LotQuery) ([]docket.Audit, error) {
	out, err := b.audits(ctx, 0, q.Meant)
	if q.State == docket.AuditOpen {
		slices.SortStableFunc(out, func(a, b docket.Audit) int { return cmp.Compare(a.Opened, b.Opened) })
	}
	if q.Max > 0 {
		out = out[:min(q.Max, len(out))]
	}
	return out, err
}

// Vigilance says how vigilant each person is.
func (b *Books) Vigilance(ctx context.Context) (map[evenkeel.PersonID]docket.Vigilance, error) {
	all, err := b.audits(ctx, 0, func(a *docket.Audit) bool { return a.Control })
	return docket.Watched(all), err
}

func (b *Books) audits(ctx context.Context, most int, asked func(*docket.Audit) bool) (out []docket.Audit, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out = b.kept.audited(asked)
	slices.SortStableFunc(out, func(a, b docket.Audit) int { return cmp.Compare(b.Opened, a.Opened) })
	if most > 0 {
		out = out[:min(most, len(out))]
	}
	return out, nil
}
