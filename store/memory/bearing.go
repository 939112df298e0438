package memory

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Bearing returns the cases in which something is in force that tenants bear, closed ones too.
func (b *Books) Bearing(ctx context.Context, after evenkeel.CaseID, max int) (out []evenkeel.CaseID, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, f := range b.kept.files {
		stands := slices.ContainsFunc(f.decisions, func(d evenkeel.Decision) bool {
			return d.Mode == evenkeel.ModeLive && d.State == evenkeel.InForce && d.Measure.Enforced()
		})
		if stands && f.is.ID > after {
			out = append(out, f.is.ID)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), maxOf(max))], nil
}

// maxOf is a limit: below zero none.
func maxOf(max int) int {
	if max < 0 {
		return 0
	}
	return max
}
