package replay

import (
	"cmp"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Tally is what became of the findings: cases and decisions as they stand at the end, and
// what each policy made of each tenant.
type Tally struct {
	Acts    int // done
	Refused int // acts that could not be done

	cases     map[evenkeel.CaseID]evenkeel.CaseState
	decisions map[evenkeel.DecisionID]stand
	weighed   map[string]map[evenkeel.TenantID]weight // by the digest of a policy
}

// stand is as much of a decision as counting needs.
type stand struct {
	Outcome
	mode evenkeel.Mode
	flag evenkeel.FlagID // that suppressed it
}

// weight is the highest that a policy made of any finding about a tenant.
type weight struct{ wanted, allowed evenkeel.Measure }

func (t *Tally) init() {
	t.cases, t.decisions = map[evenkeel.CaseID]evenkeel.CaseState{}, map[evenkeel.DecisionID]stand{}
	t.weighed = map[string]map[evenkeel.TenantID]weight{}
}

func (t *Tally) take(c *docket.Changes) {
	for _, k := range c.Cases {
		t.cases[k.ID] = k.State
	}
	for _, d := range c.Decisions {
		s := stand{Outcome: Outcome{d.Measure, d.State}, mode: d.Mode}
		if s.Measure == evenkeel.MeasureNone {
			s.Measure = d.Wanted
		}
		if d.State == evenkeel.Suppressed {
			s.flag = d.SuppressedBy
		}
		t.decisions[d.ID] = s
	}
}

// weigh takes what policies made of a finding of a live rule.
func (t *Tally) weigh(all []judge.Weighed) {
	for _, w := range all {
		of := t.weighed[w.Policy]
		if of == nil {
			of = map[evenkeel.TenantID]weight{}
			t.weighed[w.Policy] = of
		}
		had := of[w.Tenant]
		of[w.Tenant] = weight{max(had.wanted, w.Wanted), max(had.allowed, w.Allowed)}
	}
}

// Cases returns how many cases there are in each state.
func (t *Tally) Cases() map[evenkeel.CaseState]int {
	by := map[evenkeel.CaseState]int{}
	for _, s := range t.cases {
		by[s]++
	}
	return by
}

// Outcome is a measure, and a state that decisions about it ended in.
type Outcome struct {
	Measure evenkeel.Measure
	State   evenkeel.DecisionState
}

// Decisions returns how many live decisions there are of each outcome. Of one that takes no
// effect (suppressed, proposed, refused) the measure is the one that was wanted.
func (t *Tally) Decisions() map[Outcome]int {
	out := map[Outcome]int{}
	for _, s := range t.decisions {
		if s.mode == evenkeel.ModeLive {
			out[s.Outcome]++
		}
	}
	return out
}

// Flags returns how many live decisions each flag suppressed.
func (t *Tally) Flags() map[evenkeel.FlagID]int {
	out := map[evenkeel.FlagID]int{}
	for _, s := range t.decisions {
		if s.mode == evenkeel.ModeLive && s.flag != "" {
			out[s.flag]++
		}
	}
	return out
}

// Change is a tenant whom a policy in shadow would meet with another measure than the one in
// force does: the highest of each, as far as a machine may go alone, and as far as the policy
// asks.
type Change struct {
	Tenant     evenkeel.TenantID
	Now        evenkeel.Measure // that the policy in force may take alone
	Then       evenkeel.Measure // that the one in shadow might
	NowWanted  evenkeel.Measure
	ThenWanted evenkeel.Measure
}

// Changes compares a policy in shadow with the one in force, both named by their digests,
// tenant by tenant in the order of their ids. Findings of rules in shadow do not count:
// nothing follows from them under either.
func (t *Tally) Changes(force, shadow string) (out []Change) {
	now, then := t.weighed[force], t.weighed[shadow]
	for tenant, n := range now {
		if s := then[tenant]; s != n {
			out = append(out, Change{tenant, n.allowed, s.allowed, n.wanted, s.wanted})
		}
	}
	for tenant, s := range then {
		if _, both := now[tenant]; !both && s != (weight{}) {
			out = append(out, Change{Tenant: tenant, Then: s.allowed, ThenWanted: s.wanted})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Tenant, b.Tenant) })
	return out
}
