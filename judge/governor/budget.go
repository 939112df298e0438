package governor

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// spending is what an ask takes from one budget.
type spending struct {
	key, says string
	rate      Rate
	n         int64
}

// budgets are those that an ask takes from, in the order in which they are named.
func budgets(l Limits, a *Ask) []spending {
	all := int64(0)
	for _, n := range a.Regions {
		all += n
	}
	m := a.Measure.String()
	out := []spending{
		{"rule " + a.Rule + " " + m, fmt.Sprintf("of %s by rule %s", m, a.Rule), l.Rule, all},
		{"measure " + m, "of " + m, l.Measure, all},
	}
	for _, r := range slices.Sorted(maps.Keys(a.Regions)) {
		says := "of region " + r
		if r == "" {
			says = "of machines whose region is not known"
		}
		out = append(out, spending{"region " + r, says, l.Region, a.Regions[r]})
	}
	return out
}

// take takes n from a budget that would be whole again at full: it returns when it will be
// whole after that, how many were left before, and whether there were enough. It is the virtual
// scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A): one moment says all.
func (r Rate) take(full, now evenkeel.Moment, n int64) (after evenkeel.Moment, left int64, ok bool) {
	if r.AtOnce <= 0 {
		return full, 0, true
	}
	every := max(r.Every, 1)
	spent := int64(0)
	if full > now {
		spent = int64((full.Sub(now)-1)/every) + 1 // a part of one is one
	}
	left = max(r.AtOnce-spent, 0)
	if n > left {
		return full, left, false
	}
	return max(full, now).Add(time.Duration(n) * every), left, true
}

// damped are the limits of a first hour: at least one is left of each.
func (l Limits) damped() Limits {
	by := max(l.Damping.By, 1)
	for _, r := range []*Rate{&l.Rule, &l.Measure, &l.Region} {
		if r.AtOnce > 0 {
			r.AtOnce = (r.AtOnce + by - 1) / by
			r.Every *= time.Duration(by)
		}
	}
	return l
}
