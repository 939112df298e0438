package app

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// ways are the ways to a tenant's data under a measure, by what was shown last: under its order, where that
// was probed, else on canaries under the same measure. What is declared and not shown is named to nobody.
func (x *canary) ways(m evenkeel.Measure, o evenkeel.OrderID) visit.Ways {
	if !x.needed() {
		return visit.Ways{}
	}
	p, now, keeps := x.proof(), x.now(), x.declared().Keeps
	w := visit.Ways{Shown: p.Shown}
	switch {
	case p.Each != nil:
		w.Open, w.Shown = p.openEach(m, now, keeps)
	case p.Proven(now):
		w.Open = slices.Clone(keeps)
	case p.Amiss != "" && now < p.Tried.Add(x.fresh):
		if w.Open = openIn(p.Probes, m, keeps); len(w.Open) > 0 {
			w.Shown = p.Tried
		}
	}
	if i := slices.IndexFunc(p.Orders, func(one Probed) bool { return one.Order == o && o != "" }); i >= 0 { // the newest goes first
		w.Open = slices.DeleteFunc(w.Open, func(way string) bool { return !slices.Contains(p.Orders[i].Open, way) })
	}
	w.Unsure = len(w.Open) < len(keeps) && slices.Contains(x.declared().ToShow(), m)
	return w
}

// openIn are those of some ways that the last round showed to be open under a measure; under one that needs
// no proof, those that it showed under each. None where the canaries do not say why the proof is gone.
func openIn(probes []Probed, m evenkeel.Measure, keeps []string) []string {
	same := func(one Probed) bool { return one.Measure == m }
	if !slices.ContainsFunc(probes, func(one Probed) bool { return one.Amiss != "" }) {
		return nil
	}
	if slices.ContainsFunc(probes, same) {
		probes = slices.DeleteFunc(slices.Clone(probes), func(one Probed) bool { return !same(one) })
	}
	open := slices.Clone(keeps)
	for _, one := range probes {
		open = slices.DeleteFunc(open, func(way string) bool { return !slices.Contains(one.Open, way) })
	}
	return open
}

// Withheld says whether a lawful order withholds a tenant's data. Where that is not known it does not.
func (h *house) Withheld(ctx context.Context, t evenkeel.TenantID) bool {
	all, err := h.books.Withheld(ctx, t)
	now := h.now()
	return err == nil && slices.ContainsFunc(all, func(w docket.Withholding) bool { return now < w.Hold.Until })
}

// waysOf are those of whom a notice is for, as they are now.
func (h *house) waysOf(n *evenkeel.Notice) courier.Ways {
	if h.Withheld(context.Background(), n.Tenant) {
		return courier.Ways{Withheld: true}
	}
	w := h.canary.ways(n.Measure, evenkeel.NewOrderID(n.Decision, false))
	return courier.Ways{Open: w.Open, Shown: w.Shown, Unsure: w.Unsure}
}

// waysUnder are those under a decision, as they are now.
func (h *house) waysUnder(d *evenkeel.Decision) visit.Ways {
	return h.canary.ways(d.Measure, evenkeel.NewOrderID(d.ID, false))
}
