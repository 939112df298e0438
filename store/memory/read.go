package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Cases returns cases with what stands in them, in the order that is asked for.
func (b *Books) Cases(ctx context.Context, q docket.Query) ([]docket.Row, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	found := b.kept.asked(&q)
	slices.SortFunc(found, func(a, b *file) int { return compareCases(&a.is, &b.is) })
	if !q.ByPlace {
		found = docket.Cut(&q, found)
	}
	var out []docket.Row
	for _, f := range found {
		out = append(out, b.kept.row(f))
	}
	if q.ByPlace {
		slices.SortFunc(out, docket.CompareRows)
		out = docket.Cut(&q, out)
	}
	return out, nil
}

// Count returns how many cases there are that are asked for, whatever the query's Max and Skip.
func (b *Books) Count(ctx context.Context, q docket.Query) (int, error) {
	if err := over(ctx); err != nil {
		return 0, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.kept.asked(&q)), nil
}

// Families returns the families that there are cases under that are asked for, in order.
func (b *Books) Families(ctx context.Context, q docket.Query) ([]string, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []string
	q.Family, q.Skip = "", 0
	for _, f := range b.kept.asked(&q) {
		out = append(out, f.is.Family)
	}
	slices.Sort(out)
	return docket.Cut(&q, slices.Compact(out)), nil
}

// asked returns the cases that are asked for, in any order.
func (s *state) asked(q *docket.Query) (found []*file) {
	for _, f := range s.files {
		if (q.Tenant == "" || q.Tenant == f.is.Tenant) && (q.Family == "" || q.Family == f.is.Family) && (q.Closed || f.is.State != evenkeel.CaseClosed) {
			found = append(found, f)
		}
	}
	return found
}

// row is a case with what stands in it.
func (s *state) row(f *file) docket.Row {
	c := &f.is
	r := docket.Row{Case: *c, Cleared: docket.ClearedBefore(c)}
	withholds := false
	for i := range f.decisions {
		d := &f.decisions[i]
		withholds = withholds || docket.Withholds(d)
		switch {
		case d.Mode != evenkeel.ModeLive:
		case d.State == evenkeel.InForce:
			r.Count(d.Measure, f.orderOf(d.ID))
			r.Wanted = max(r.Wanted, d.Wanted)
		case d.State == evenkeel.Proposed:
			r.Proposed++
		case d.State == evenkeel.Held:
			r.Held, r.Coming = r.Held+1, max(r.Coming, d.Measure)
		}
	}
	if withholds {
		r.Lawful = docket.Withholdings(f.decisions, reviewsOf(f))
		slices.SortFunc(r.Lawful, func(a, b docket.Withholding) int { return cmp.Compare(a.Decision, b.Decision) })
	}
	for _, n := range f.notices {
		if i, ok := f.nth[n.is.Decision]; ok && f.decisions[i].Mode == evenkeel.ModeLive && n.is.Receipt == "" && n.is.Turn == 0 && n.became.Untold() {
			r.CountUntold(f.decisions[i].Measure, f.decisions[i].State)
		}
	}
	for _, x := range f.reviews {
		r.CountReview(x)
	}
	for i := range f.running {
		k := &f.running[i]
		r.CountClock(k)
		if r.DueKind == 0 && k.Paused == "" && k.Kind.Shows(c.Waiting != 0) {
			r.Due, r.DueKind = k.Due, k.Kind
		}
	}
	for _, o := range s.tenants[c.Tenant].cases {
		r.Cleared = r.Cleared || o != f && (o.is.Cleared != 0 || o.is.Outcome.Cleared())
	}
	return r
}

// Folder returns all that is kept about a case.
func (b *Books) Folder(ctx context.Context, c evenkeel.CaseID) (docket.Folder, error) {
	if err := over(ctx); err != nil {
		return docket.Folder{}, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	f := b.kept.files[c]
	if f == nil {
		return docket.Folder{}, notFound("case", string(c))
	}
	out := docket.Folder{
		Row: b.kept.row(f), Entries: slices.Clone(f.entries), Decisions: slices.Clone(f.decisions),
		Clocks: slices.Concat(f.running, f.ended), Prior: b.kept.prior(f.is.Tenant, f.is.Family, f),
		Flags: b.kept.flags(f.is.Tenant, func(x *evenkeel.Flag) bool { return x.Family == f.is.Family }),
	}
	f.fillSent(&out)
	out.Reviews, out.Elsewhere = reviewsOf(f), b.kept.withheld(f.is.Tenant, f.is.ID)
	out.Pages = f.callings()
	slices.SortFunc(out.Clocks, func(a, b docket.Clock) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Decision, b.Decision))
	})
	for _, e := range f.entries {
		if e.Kind != evenkeel.EntryFound {
			continue
		}
		if x, ok := b.kept.findings[e.Ref+" "+e.State]; ok {
			out.Findings = append(out.Findings, x)
		}
	}
	return out, nil
}

// Flags returns flags by tenant, From and ID.
func (b *Books) Flags(ctx context.Context, t evenkeel.TenantID) ([]evenkeel.Flag, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if t != "" {
		return b.kept.flags(t, func(*evenkeel.Flag) bool { return true }), nil
	}
	var out []evenkeel.Flag
	for _, of := range b.kept.tenants {
		out = append(out, of.flags...)
	}
	slices.SortFunc(out, func(a, b evenkeel.Flag) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}
