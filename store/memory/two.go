package memory

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// checkAgreed wants that a live decision in force that takes two rests on what two persons support, and that one
// which takes them for its measure came into force as a new one. old is how it is kept, or nil.
func (c *checker) checkAgreed(old, d *evenkeel.Decision) error {
	rests, known := c.rests[d.ID]
	if f := c.decided[d.ID]; !known && f != nil {
		rests, known = c.agreed[d.ID], true
	}
	if !known && d.Measure.Enforced() && d.Actor.Second != "" {
		rests = c.anyReview(d.Case, func(r *docket.Review) bool { return r.AgreedOn(d) })
	}
	c.rests[d.ID] = rests
	switch {
	case d.Mode != evenkeel.ModeLive || d.State != evenkeel.InForce || old != nil && alike(old, d):
		return nil
	case !rests && d.Measure.NeedsTwo():
		return evenkeel.Invalid("decision %s: %s by %q and %q; expected a new decision on which two persons agreed in a review", d.ID, d.Measure, d.Actor.Person, d.Actor.Second)
	case !c.takesTwo(d), rests && c.anyReview(d.Case, func(r *docket.Review) bool { return r.Covers(d) }):
		return nil
	}
	return conflict("decision %s: %s on %q from %s until %s by %q and %q; it takes two persons who agreed on it, on these assets and until then",
		d.ID, d.Measure, d.Assets, d.From, d.Until, d.Actor.Person, d.Actor.Second)
}

// takesTwo says whether a decision takes two persons, by what stands in it and what stands besides.
func (c *checker) takesTwo(d *evenkeel.Decision) bool {
	tenant := c.caseOf(d.Case).Tenant
	var runs []evenkeel.AssetID
	if t := c.tenants[tenant]; t != nil {
		runs = t.runs
	}
	if c.in.Runs != nil && c.in.Tenant == tenant {
		runs = c.in.Runs
	}
	var before *evenkeel.Decision
	if d.Supersedes != "" {
		before = c.decisionOf(d.Supersedes)
	}
	return docket.TakesTwo(d, before, runs, func(a evenkeel.AssetID) bool { return c.cutElsewhere(a, d.ID, tenant) })
}

// cutElsewhere says whether another decision about the tenant cuts an asset off, or soon will.
func (c *checker) cutElsewhere(a evenkeel.AssetID, but evenkeel.DecisionID, of evenkeel.TenantID) bool {
	cuts := func(x *evenkeel.Decision) bool {
		return x.ID != but && docket.Cutting(x) && slices.Contains(x.Assets, a) && c.caseOf(x.Case).Tenant == of
	}
	for id := range c.naming[a] {
		if cuts(c.decisionOf(id)) {
			return true
		}
	}
	for _, x := range c.decisions {
		if cuts(x) {
			return true
		}
	}
	return false
}

// anyReview says whether a review of a case is so, as it will be.
func (c *checker) anyReview(of evenkeel.CaseID, is func(*docket.Review) bool) bool {
	for _, r := range c.reviews {
		if r.Case == of && is(r) {
			return true
		}
	}
	f := c.files[of]
	return f != nil && slices.ContainsFunc(f.reviews, is)
}

// checkRuns wants to know whose it is that runs.
func (c *checker) checkRuns() error {
	if c.in.Runs != nil && c.in.Tenant == "" {
		return evenkeel.Invalid("%d assets run and the changes are about no tenant; expected whose they are", len(c.in.Runs))
	}
	return nil
}

// CutOff returns what decisions of a tenant cut off in all of its cases but one.
func (x *tx) CutOff(t evenkeel.TenantID, but evenkeel.CaseID) (out []evenkeel.AssetID, err error) {
	if of := x.tenants[t]; of != nil {
		for _, f := range of.cases {
			for i := range f.decisions {
				if d := &f.decisions[i]; f.is.ID != but && docket.Cutting(d) {
					out = append(out, d.Assets...)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
