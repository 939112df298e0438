package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// governor is what holds machines back.
type governor struct {
	switches []docket.Switch // in the order in which they were pulled
	budgets  map[string]evenkeel.Moment
	breakers map[string]docket.Breaker
	debuts   map[string]evenkeel.Moment
	feeds    map[string]docket.Feed
	standing map[evenkeel.DecisionID]evenkeel.Decision // of machines
}

func newGovernor() governor {
	return governor{
		budgets: map[string]evenkeel.Moment{}, breakers: map[string]docket.Breaker{}, debuts: map[string]evenkeel.Moment{}, feeds: map[string]docket.Feed{},
		standing: map[evenkeel.DecisionID]evenkeel.Decision{},
	}
}

// Governor returns what holds machines back, as far as it is asked for.
func (x *tx) Governor(a docket.Asked) (g docket.Governor, err error) {
	k := &x.state.governor
	for _, s := range k.switches {
		if !s.Released() {
			g.Switches = append(g.Switches, s)
		}
	}
	slices.SortFunc(g.Switches, func(a, b docket.Switch) int {
		return cmp.Or(cmp.Compare(a.Kind.String(), b.Kind.String()), cmp.Compare(a.Key, b.Key))
	})
	g.Breaker = k.breakers[a.Rule]
	for _, key := range slices.Compact(slices.Sorted(slices.Values(a.Budgets))) {
		if full, ok := k.budgets[key]; ok {
			g.Budgets = append(g.Budgets, docket.Budget{Key: key, Full: full})
		}
	}
	for _, of := range slices.Compact(slices.Sorted(slices.Values(a.Debuts))) {
		if at, ok := k.debuts[of]; ok {
			g.Debuts = append(g.Debuts, docket.Debut{Of: of, At: at})
		}
	}
	g.Feeds = k.openFeeds(func(f *docket.Feed) bool {
		return a.Source != "" && f.Source == a.Source || slices.Contains(f.Rules, a.Rule)
	})
	return g, nil
}

func (k *governor) openFeeds(meant func(*docket.Feed) bool) (out []docket.Feed) {
	for _, id := range slices.Sorted(maps.Keys(k.feeds)) {
		if f := k.feeds[id]; f.Open() && meant(&f) {
			out = append(out, f)
		}
	}
	return out
}

// checkGovernor says what speaks against new switches, budgets and breakers.
func (c *checker) checkGovernor() error {
	all := slices.Clone(c.state.governor.switches)
	for i := range c.in.Switches {
		s := &c.in.Switches[i]
		if err := s.Whole(); err != nil {
			return err
		}
		n := slices.IndexFunc(all, func(o docket.Switch) bool { return o.ID() == s.ID() })
		switch {
		case n < 0 && s.First != nil:
			return conflict("switch %s; expected that it is pulled before it is released", s.Scope)
		case n < 0 && slices.ContainsFunc(all, func(o docket.Switch) bool { return o.Scope == s.Scope && !o.Released() }):
			return conflict("switch %s: it is pulled already", s.Scope)
		case n < 0:
			all = append(all, *s)
			continue
		}
		if o := &all[n]; o.By != s.By || o.Released() && !same(o, s) {
			return conflict("switch %s: two persons released it, and it stays released", s.Scope)
		}
		all[n] = *s
	}
	for _, b := range c.in.Budgets {
		if b.Key == "" {
			return evenkeel.Invalid("budget without a key; expected one")
		}
	}
	for _, b := range c.in.Breakers {
		if b.Rule == "" {
			return evenkeel.Invalid("breaker of no rule; expected one")
		}
	}
	for _, d := range c.in.Debuts {
		if d.Of == "" {
			return evenkeel.Invalid("debut of nothing; expected of what")
		}
	}
	for i := range c.in.Feeds {
		f := &c.in.Feeds[i]
		if err := f.Check(); err != nil {
			return err
		}
		if was, known := c.state.governor.feeds[f.ID()]; known && !was.Open() && (f.Open() || f.Over != was.Over || (f.Took == nil) != (was.Took == nil)) {
			return conflict("feed %s: it was accepted, or is over", f.ID())
		}
	}
	return nil
}

func same(a, b *docket.Switch) bool {
	return b.Released() && a.Why == b.Why && a.Lift == b.Lift && *a.First == *b.First && *a.Second == *b.Second && alikeReviews(a.Review, b.Review)
}

func (s *state) keepGovernor(c *docket.Changes) {
	k := &s.governor
	for _, x := range c.Switches {
		if i := slices.IndexFunc(k.switches, func(o docket.Switch) bool { return o.ID() == x.ID() }); i >= 0 {
			k.switches[i] = x
		} else {
			k.switches = append(k.switches, x)
		}
	}
	for _, b := range c.Budgets {
		k.budgets[b.Key] = b.Full
	}
	for _, b := range c.Breakers {
		k.breakers[b.Rule] = b
	}
	for _, d := range c.Debuts {
		if _, known := k.debuts[d.Of]; !known {
			k.debuts[d.Of] = d.At
		}
	}
	for _, f := range c.Feeds {
		k.feeds[f.ID()] = f
	}
	for i := range c.Decisions {
		if d := &c.Decisions[i]; docket.Governed(d) {
			k.standing[d.ID] = *d
		} else {
			delete(k.standing, d.ID)
		}
	}
}

// Stands finds what machines let stand.
func (b *Books) Stands(ctx context.Context, q docket.Standing) (out []evenkeel.Decision, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, id := range slices.Sorted(maps.Keys(b.kept.governor.standing)) {
		d := b.kept.governor.standing[id]
		rests := len(d.Grounds.Basis) > 0 && q.Rule == "" || slices.ContainsFunc(d.Grounds.Basis, func(x evenkeel.Basis) bool { return x.Rule == q.Rule })
		if rests && (q.Tenant == "" || q.Tenant == d.Tenant) {
			out = append(out, d)
		}
	}
	return out, nil
}

// Drawn says whether somebody is waited for, about the release of a switch, who was drawn by then.
func (b *Books) Drawn(ctx context.Context, until evenkeel.Moment) (bool, error) {
	if err := over(ctx); err != nil {
		return false, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.ContainsFunc(b.kept.governor.switches, func(s docket.Switch) bool { return s.Drawn() != 0 && s.Drawn() <= until }), nil
}

// Board returns every switch, the one that was pulled last first, every breaker by its rule and
// every budget by its key.
func (b *Books) Board(ctx context.Context) (out docket.Board, err error) {
	if err := over(ctx); err != nil {
		return out, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out.Switches = slices.SortedFunc(slices.Values(b.kept.governor.switches), func(a, b docket.Switch) int {
		return cmp.Or(cmp.Compare(b.Pulled, a.Pulled), cmp.Compare(a.ID(), b.ID()))
	})
	for _, rule := range slices.Sorted(maps.Keys(b.kept.governor.breakers)) {
		out.Breakers = append(out.Breakers, b.kept.governor.breakers[rule])
	}
	for _, key := range slices.Sorted(maps.Keys(b.kept.governor.budgets)) {
		out.Budgets = append(out.Budgets, docket.Budget{Key: key, Full: b.kept.governor.budgets[key]})
	}
	out.Feeds = b.kept.governor.openFeeds(func(*docket.Feed) bool { return true })
	return out, nil
}
