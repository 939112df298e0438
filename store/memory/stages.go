package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// staged is where versions of rules stand, and what those found that are only watched.
type staged struct {
	now  map[docket.RuleVersion]docket.Staged
	hits map[docket.RuleVersion]map[evenkeel.FindingID]evenkeel.Moment
}

func newStaged() staged {
	return staged{map[docket.RuleVersion]docket.Staged{}, map[docket.RuleVersion]map[evenkeel.FindingID]evenkeel.Moment{}}
}

// checkStages says what speaks against new stages.
func (c *checker) checkStages() error {
	now := maps.Clone(c.state.staged.now)
	for i := range c.in.Stages {
		s := &c.in.Stages[i]
		if err := s.Check(); err != nil {
			return err
		}
		was, known := now[s.RuleVersion]
		if s.By != "" && (!known || s.Stage > was.Stage && s.Stage != was.Stage.Next()) {
			return conflict("stage of rule %s: a person brings a version that is known up by one stage at a time", s.Rule)
		}
		now[s.RuleVersion] = *s
	}
	return nil
}

func (s *state) keepStages(c *docket.Changes) {
	for _, x := range c.Stages {
		if x.Test != nil {
			test := *x.Test
			x.Test = &test
		}
		s.staged.now[x.RuleVersion] = x
	}
	for _, h := range c.Hits {
		of := s.staged.hits[h.RuleVersion]
		if of == nil {
			of = map[evenkeel.FindingID]evenkeel.Moment{}
			s.staged.hits[h.RuleVersion] = of
		}
		if _, known := of[h.Finding]; !known {
			of[h.Finding] = h.At
		}
	}
}

// Stages returns where each version of a rule stands.
func (x *tx) Stages(rule string) (out []docket.Staged, err error) {
	for r, s := range x.staged.now {
		if r.Rule == rule {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b docket.Staged) int { return cmp.Compare(a.Version, b.Version) })
	return out, nil
}

// Kin names the rules of a family that have a stage.
func (x *tx) Kin(family string) (out []string, err error) {
	for _, s := range x.staged.now {
		if s.Family == family {
			out = append(out, s.Rule)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Hits counts what a version found in shadow.
func (x *tx) Hits(r docket.RuleVersion, since evenkeel.Moment) (int64, error) {
	return x.staged.since(r, since), nil
}

func (s *staged) since(r docket.RuleVersion, since evenkeel.Moment) (n int64) {
	for _, at := range s.hits[r] {
		if at >= since {
			n++
		}
	}
	return n
}

// Promoted returns where each version of each rule stands, by rule, then version.
func (b *Books) Promoted(ctx context.Context) (out []docket.Promoted, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for r, s := range b.kept.staged.now {
		one := docket.Promoted{Staged: s, Hits: b.kept.staged.since(r, s.Since)}
		for _, l := range b.kept.learned.lessons {
			if slices.Contains(l.Rules, r) {
				counted(&one.Record, &l)
			}
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b docket.Promoted) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Version, b.Version))
	})
	return out, nil
}
