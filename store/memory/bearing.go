package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
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

// Withheld returns the lawful orders in force about a tenant.
func (b *Books) Withheld(ctx context.Context, t evenkeel.TenantID) ([]docket.Withholding, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.kept.withheld(t, ""), nil
}

// withheld are the lawful orders in force about a tenant, but those of one case.
func (s *state) withheld(t evenkeel.TenantID, but evenkeel.CaseID) (out []docket.Withholding) {
	of := s.tenants[t]
	if of == nil {
		return nil
	}
	for _, f := range of.cases {
		if f.is.ID != but {
			out = append(out, docket.Withholdings(f.decisions, reviewsOf(f))...)
		}
	}
	slices.SortFunc(out, func(a, b docket.Withholding) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Decision, b.Decision))
	})
	return out
}

// Fetching returns the cases of a tenant in which the time to fetch the data runs or stands still.
func (x *tx) Fetching(t evenkeel.TenantID) ([]evenkeel.CaseID, error) {
	return x.running(t, docket.ClockRetrieval), nil
}

// Appealing returns the cases of a tenant in which an appeal is open.
func (x *tx) Appealing(t evenkeel.TenantID) ([]evenkeel.CaseID, error) {
	return x.running(t, docket.ClockAppealAnswer), nil
}

// running are the cases of a tenant in which a clock of a kind has not ended.
func (x *tx) running(t evenkeel.TenantID, kind docket.ClockKind) (out []evenkeel.CaseID) {
	of := x.tenants[t]
	if of == nil {
		return nil
	}
	for _, f := range of.cases {
		if slices.ContainsFunc(f.running, func(k docket.Clock) bool { return k.Kind == kind }) {
			out = append(out, f.is.ID)
		}
	}
	slices.Sort(out)
	return out
}

// Open returns the cases of a tenant that are not closed.
func (x *tx) Open(t evenkeel.TenantID) (out []evenkeel.CaseID, err error) {
	of := x.tenants[t]
	if of == nil {
		return nil, nil
	}
	for _, f := range of.cases {
		if f.is.State != evenkeel.CaseClosed {
			out = append(out, f.is.ID)
		}
	}
	slices.Sort(out)
	return out, nil
}

func reviewsOf(f *file) (out []docket.Review) {
	for _, r := range f.reviews {
		out = append(out, *r)
	}
	return out
}

// maxOf is a limit: below zero none.
func maxOf(max int) int {
	if max < 0 {
		return 0
	}
	return max
}
