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
		r.Before = slices.Clone(r.Before)
	}
	return r
}

// checkReaches holds changes to what stays: who could be told before, and that one of them spoke.
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
		if was := &f.reach; !slices.Equal(was.Before, r.Before) || r.Listed < was.Listed || r.Until < was.Until || was.Kept != 0 && r.Kept != was.Kept {
			return conflict("contacts of case %s: who could be told before stays, and is told no shorter", r.Case)
		}
	}
	return nil
}

func (s *state) keepReaches(c *docket.Changes) {
	for _, r := range c.Reaches {
		r.Before = slices.Clone(r.Before)
		s.files[r.Case].reach = r
	}
}
