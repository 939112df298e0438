package lookback

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// decider is the judge as a lookback needs it; a judge.Docket is one.
type decider interface {
	Enact(ctx context.Context, at evenkeel.Moment) error
	Consider(ctx context.Context, found []evenkeel.Finding, known judge.Holder, now evenkeel.Moment) (judge.Heard, error)
	Drifted(ctx context.Context, f docket.Feed) (judge.Heard, error)
	Do(ctx context.Context, a docket.Act, known judge.Holder) (judge.Heard, error)
	Sweep(ctx context.Context, now evenkeel.Moment, known judge.Holder) (judge.Heard, error)
}

// witness stands before the judge and writes down what policies made of findings, of each tenant
// and each machine. What the stand-in of 2019 finds goes to books of its own, so that it changes
// nothing in the others.
type witness struct {
	decider
	other   decider
	digest  string // of the policy of 2019
	known   judge.Holder
	tenants map[evenkeel.TenantID]*weighed
	assets  map[holding]*then
}

// weighed is what both policies made of what was found about a tenant.
type weighed struct {
	allowed evenkeel.Measure // the highest of the policy in force
	old     evenkeel.Measure // of the policy of 2019, over all but the stand-in
	locked  evenkeel.Moment  // when that of 2019 wanted the account suspended first, the stand-in too; 0 never
	wanted  evenkeel.Measure // by it, from then on
	says    string           // its safety
	rules   map[string]bool  // for which it did
}

type holding struct {
	tenant evenkeel.TenantID
	asset  evenkeel.AssetID
}

// then is what the policy of 2019 wanted for a machine, and whether that had been created lately
// when the account was to be locked for it for the first time.
type then struct {
	old         evenkeel.Measure
	dated, made bool // it is known when it was created; in the last days
}

func newWitness(o *Options) *witness {
	return &witness{
		decider: o.Judge, other: o.Other, digest: o.Old.Digest(), tenants: map[evenkeel.TenantID]*weighed{}, assets: map[holding]*then{},
	}
}

// Consider has findings weighed, those of the stand-in apart.
func (w *witness) Consider(ctx context.Context, found []evenkeel.Finding, known judge.Holder, now evenkeel.Moment) (judge.Heard, error) {
	w.known = known
	var live []evenkeel.Finding
	for _, f := range found {
		if f.Rule != standInRule {
			live = append(live, f)
			continue
		}
		one := []evenkeel.Finding{f}
		heard, err := w.other.Consider(ctx, one, known, now)
		if err != nil {
			return judge.Heard{}, err
		}
		w.hear(one, &heard)
	}
	heard, err := w.decider.Consider(ctx, live, known, now)
	w.hear(live, &heard)
	return heard, err
}

// Sweep lets clocks run out.
func (w *witness) Sweep(ctx context.Context, now evenkeel.Moment, known judge.Holder) (judge.Heard, error) {
	w.known = known
	return w.decider.Sweep(ctx, now, known)
}

// hear writes down what became of findings.
func (w *witness) hear(found []evenkeel.Finding, heard *judge.Heard) {
	for i := range found {
		f := &found[i]
		if f.Again {
			continue
		}
		t := w.tenants[f.Subject.Tenant]
		if t == nil {
			t = &weighed{rules: map[string]bool{}}
			w.tenants[f.Subject.Tenant] = t
		}
		old := evenkeel.MeasureNone
		for _, one := range heard.Weighed {
			switch {
			case one.Finding != f.ID:
			case one.Policy == w.digest:
				old = max(old, one.Wanted)
			case one.Mode == evenkeel.ModeLive:
				t.allowed = max(t.allowed, one.Allowed)
			}
		}
		if f.Rule != standInRule {
			t.old = max(t.old, old)
		}
		w.lock(t, f, old)
		if old >= evenkeel.MeasureSuspend {
			t.says = cmp.Or(t.says, w.safety(f.ID, heard))
		}
	}
}

// lock writes down what the policy of 2019 wanted for a finding.
func (w *witness) lock(t *weighed, f *evenkeel.Finding, old evenkeel.Measure) {
	locks := old >= evenkeel.MeasureSuspend
	if locks {
		if t.locked == 0 {
			t.locked = f.At
		}
		t.wanted, t.rules[f.Rule] = max(t.wanted, old), true
	}
	for _, a := range f.Named() {
		key := holding{f.Subject.Tenant, a}
		had := w.assets[key]
		if had == nil {
			had = &then{}
			w.assets[key] = had
		}
		if locks && had.old < evenkeel.MeasureSuspend {
			if h, held := w.known.TenancyAt(a, f.At); held && h.Created.Known() {
				had.dated, had.made = true, f.At.Sub(h.Created.Value) <= lately
			}
		}
		had.old = max(had.old, old)
	}
}

// safety is the answer of the one safeguard of 2019 about a finding, where it is told.
func (w *witness) safety(id evenkeel.FindingID, heard *judge.Heard) string {
	for i := range heard.Changes {
		for _, d := range heard.Changes[i].Decisions {
			about := slices.ContainsFunc(d.Grounds.Basis, func(b evenkeel.Basis) bool { return b.Finding == id })
			if about && d.Actor.Policy == w.digest && len(d.Safeguards) > 0 {
				return d.Safeguards[0].Why
			}
		}
	}
	return ""
}

// wanted is what the policy of 2019 wanted at most, for whatever was found about an asset or, where
// none is meant, a tenant.
func (w *witness) wanted(tenant evenkeel.TenantID, asset evenkeel.AssetID) evenkeel.Measure {
	if asset != "" {
		if a := w.assets[holding{tenant, asset}]; a != nil {
			return a.old
		}
	} else if t := w.tenants[tenant]; t != nil {
		return t.old
	}
	return evenkeel.MeasureNone
}

// lockedAll counts the tenants whose account the policy of 2019 wanted suspended.
func (l *looking) lockedAll() (n int) {
	for _, t := range l.witness.tenants {
		n += one(t.locked != 0)
	}
	return n
}
