package learning

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Promotion is how far the operator lets rules act, beside what a rule's own mode says. The way
// of a rule is: draft (a file nobody loads), backtest (replay and lookback), shadow (the rule's
// mode), confirm, canary, live, and suspended (its kill switch).
type Promotion struct {
	// Enforced says that no machine takes an enforced measure by a rule that has not shown
	// enough for it (Gate). Else the gate is only reported.
	Enforced bool
	Confirm  []string            // rules by which a person takes each enforced measure
	Canary   map[string]Permille // rules that act alone for a share of the tenants
}

// Alone says whether a machine may take a measure about a tenant by a rule's version that has
// this record, or why a person has to, in a sentence.
func (p *Promotion) Alone(rule string, t evenkeel.TenantID, m evenkeel.Measure, record Tally) (ok bool, why string) {
	if !m.Enforced() {
		return true, ""
	}
	if slices.Contains(p.Confirm, rule) {
		return false, fmt.Sprintf("Rule %s is at the stage in which a person confirms each measure.", rule)
	}
	if share, trial := p.Canary[rule]; trial && !Canary(rule, t, share) {
		return false, fmt.Sprintf("Rule %s acts alone for %s of the tenants only, and this is none of them: a person confirms.", rule, share)
	}
	if !p.Enforced {
		return true, ""
	}
	if ok, why = Gate(record, m); !ok {
		why = fmt.Sprintf("Rule %s has not earned it: %s", rule, why)
	}
	return ok, why
}
