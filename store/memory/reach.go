package memory

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Reach returns who could be told of a case before its tenant's contacts were changed.
func (x *tx) Reach(c evenkeel.CaseID) (docket.Reach, error) { return x.reachOf(c), nil }

// ReachOf is Reach outside of a transaction.
func (b *Books) ReachOf(ctx context.Context, c evenkeel.CaseID) (r docket.Reach, err error) {
	if err := over(ctx); err != nil {
		return r, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.kept.reachOf(c), nil
}

func (s *state) reachOf(c evenkeel.CaseID) (r docket.Reach) {
	if f := s.files[c]; f != nil {
		r = f.reach
		r = wholeReach(r)
	}
	return r
}

func wholeReach(r docket.Reach) docket.Reach {
	r.Before, r.Now, r.Confirmed = slices.Clone(r.Before), slices.Clone(r.Now), slices.Clone(r.Confirmed)
	return r
}

// checkReaches holds changes to what stays: who could be told before, that one of them spoke, and who was confirmed.
func (c *checker) checkReaches() error {
	for i := range c.in.Reaches {
		r := &c.in.Reaches[i]
		if err := r.Check(); err != nil {
			return err
		}
		f := c.files[r.Case]
		if f == nil && c.cases[r.Case] == nil {
			return evenkeel.Invalid("contacts of case %s, which nobody keeps", r.Case)
		}
		if f == nil || !f.reach.Changed() {
			continue
		}
		if !r.Goes(&f.reach) {
			return conflict("contacts of case %s: who could be told before stays, and is told no shorter; who was confirmed stays so", r.Case)
		}
	}
	return nil
}

func (s *state) keepReaches(c *docket.Changes) {
	for _, r := range c.Reaches {
		s.files[r.Case].reach = wholeReach(r)
	}
}
