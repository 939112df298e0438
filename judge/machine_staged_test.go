package judge_test

import (
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// loaded has the first version of every rule be known, as where a process starts.
func (m *machine) loaded() {
	m.mustDo("loaded", func(d *judge.Docket) error {
		for _, family := range families {
			if _, err := d.Load(ctx, start, []docket.Loaded{version(harm[family].rule, family, 1, "a")}); err != nil {
				return err
			}
		}
		return nil
	})
}

// promote brings a version of a rule somewhere, if it may go there, or tells what it found.
func (m *machine) promote(name string) {
	a := m.newAct(name)
	a.Rule = pick(m, "rule", []string{"crypto-mining", "flood-out", "takeover", "crypto-mining", "nothing"})
	for _, family := range families { // what is a draft goes on from there, or no history would
		if rule := harm[family].rule; m.stages[docket.RuleVersion{Rule: rule, Version: 1}] == learning.StageDraft {
			a.Rule = rule
		}
	}
	at := m.stages[docket.RuleVersion{Rule: a.Rule, Version: 1}]
	if a.Promote = (&docket.Promotion{Version: 1}); m.draw("backtest", 0, 4) == 0 || at == learning.StageDraft {
		a.Promote.Test = &learning.Backtest{From: start, Until: start.Add(day), Hits: 2, Wanted: 1}
	} else if a.Promote.Stage = at.Next(); a.Promote.Stage == 0 || m.draw("down", 0, 3) == 0 {
		a.Promote.Stage = pick(m, "stage", []docket.Stage{learning.StageConfirm, learning.StageShadow, learning.StageDraft, learning.StageLive, learning.StageConfirm})
	}
	m.told(a)
}

// takeStages is what the books say of where rules stand.
func (m *machine) takeStages(c *docket.Changes) {
	for _, s := range c.Stages {
		was := m.stages[s.RuleVersion]
		if s.By != "" && s.Stage > was && s.Stage != was.Next() {
			m.t.Fatalf("rule %s is brought from %s to %s; expected one stage at a time", s.Rule, was, s.Stage)
		}
		if s.By != "" && s.Stage >= learning.StageCanary && s.Stage > was {
			m.t.Fatalf("rule %s is brought to %s, which takes more cases than a history has", s.Rule, s.Stage)
		}
		if s.Stage != was {
			m.seen["stage "+s.Stage.String()]++
		}
		m.stages[s.RuleVersion] = s.Stage
	}
	for i := range c.Entries {
		if strings.Contains(c.Entries[i].Says, "acts alone for 50 % of the tenants only") {
			m.seen["stage canary asks"]++
		}
	}
}

// checkStage is that no machine enters an enforced measure by a version that stands below the stage for it, nor by
// one on trial (canary) about a tenant outside of its share.
func (m *machine) checkStage(x *evenkeel.Decision) {
	b := &x.Grounds.Basis[0]
	at, known := m.stages[docket.RuleVersion{Rule: b.Rule, Version: b.Version}]
	if x.Measure.Enforced() && (known && at < learning.StageCanary || !known && x.Family != "flood") {
		m.t.Fatalf("%s by a machine at %s, by %s v%d, which stands at %s", x.Measure, x.From, b.Rule, b.Version, at)
	}
	if !m.office.tight || b.Rule != onTrial || !x.Measure.Enforced() {
		return
	}
	if !learning.Canary(onTrial, x.Tenant, trialHalf) {
		m.t.Fatalf("%s of %s by a machine at %s, by %s, which is on trial for other tenants", x.Measure, x.Tenant, x.From, b.Rule)
	}
	m.seen["stage canary acts"]++
}
