package learning

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Promotion is how far the operator's policy lets rules act, beside the stage at which each version of
// them stands (Place), and what a rule's own mode says.
type Promotion struct {
	// Enforced says that no machine takes an enforced measure by a rule that has not shown
	// enough for it (Gate). Else the gate is only reported, but for what a person promoted.
	Enforced bool
	Confirm  []string            // rules by which a person takes each enforced measure
	Canary   map[string]Permille // rules that act alone for a share of the tenants
	Live     []string            // rules whose versions all begin live
	// NewRule and NewVersion are where the first version of a rule begins that the books meet, and a
	// later one; 0: as Begins says.
	NewRule, NewVersion Stage
}

// Acts is how far a version of a rule that stands there acts by now: the lower of where it stands and what the
// policy says of the rule; at canary with the share of the tenants. A place without a stage is that of a rule that
// nobody has brought anywhere: live, but for the policy.
func (p *Promotion) Acts(at Stage, rule string) (Stage, Permille) {
	share, trial := p.Canary[rule]
	switch {
	case at != 0 && at < StageConfirm:
		return at, 0
	case at == StageConfirm || slices.Contains(p.Confirm, rule):
		return StageConfirm, 0
	case trial:
		return StageCanary, share
	case at == StageCanary:
		return StageCanary, UsualShare
	}
	return StageLive, 0
}

// stageSays are the stages, as what follows from a finding there.
var stageSays = map[Stage]string{
	StageDraft: "draft, nobody weighs it", StageBacktest: "tested over recorded time", StageShadow: "watched in shadow",
	StageConfirm: "a person confirms each measure", StageCanary: "acts alone for a share of the tenants", StageLive: "live",
}

// Says is the stage in words, as what follows from a finding there.
func (s Stage) Says() string { return stageSays[s] }

// Says is how far a version that stands there acts by now, in words, and whether the policy holds it below that.
func (p *Promotion) Says(at Stage, rule string) (words string, held bool) {
	acts, share := p.Acts(at, rule)
	if words = acts.Says(); acts == StageCanary {
		words = fmt.Sprintf("acts alone for %s of the tenants", share)
	}
	return words, at != 0 && acts < at
}

// Begins is the stage at which a version begins that nobody has brought anywhere. Known says that the
// books know another version of the rule. By itself the first one of a rule is live, since whoever
// loads it says so in its mode; a later one is in shadow, but for those whose harm is packets, measured at the
// port: others are hurt while nobody acts, and what is limited goes on. So is the first one of a rule whose
// family has rules already (kin): by another name nobody has seen it at work either.
func (p *Promotion) Begins(rule string, known, kin, packets bool) Stage {
	switch {
	case slices.Contains(p.Live, rule):
		return StageLive
	case !known && p.NewRule != 0:
		return p.NewRule
	case known && p.NewVersion != 0:
		return p.NewVersion
	case (known || kin) && !packets:
		return StageShadow
	}
	return StageLive
}

// Alone says whether a machine may take a measure about a tenant by a rule's version that stands
// there and has this record, or why a person has to, in a sentence.
func (p *Promotion) Alone(at Place, rule string, t evenkeel.TenantID, m evenkeel.Measure, record Tally) (ok bool, why string) {
	if !m.Enforced() {
		return true, ""
	}
	switch acts, share := p.Acts(at.Stage, rule); {
	case acts < StageConfirm:
		return false, fmt.Sprintf("Rule %s is only watched by now: a person confirms.", rule)
	case acts == StageConfirm:
		return false, fmt.Sprintf("Rule %s is at the stage in which a person confirms each measure.", rule)
	case acts == StageCanary && !Canary(rule, t, share):
		return false, fmt.Sprintf("Rule %s acts alone for %s of the tenants only, and this is none of them: a person confirms.", rule, share)
	}
	if at.Earned && beyond(m, at.UpTo) {
		return false, fmt.Sprintf("Rule %s was promoted up to %s: a person confirms what is more.", rule, at.UpTo)
	}
	if !p.Enforced && !at.Earned {
		return true, ""
	}
	if ok, why = Gate(record, m); !ok {
		why = fmt.Sprintf("Rule %s has not earned it: %s", rule, why)
	}
	return ok, why
}

// beyond says whether a measure takes more than another does.
func beyond(m, upTo evenkeel.Measure) bool {
	has, _ := Needs(upTo)
	takes, known := Needs(m)
	return !known || takes > has
}
