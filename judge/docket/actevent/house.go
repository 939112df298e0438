package actevent

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// houseKinds are what people do about no case: they hold machines back, or undo what these did.
func houseKinds() []*kind {
	return []*kind{
		housed("evenkeel.pull.v1", docket.ActPull, checkScope, scoped("kind"), scoped("key"), yes("lift", func(a *docket.Act) *bool { return &a.Lift })),
		housed("evenkeel.release.v1", docket.ActRelease, checkScope, scoped("kind"), scoped("key"), yes("keep", func(a *docket.Act) *bool { return &a.Keep })),
		housed("evenkeel.reset.v1", docket.ActReset, nil, needs(id("rule", func(a *docket.Act) *string { return &a.Rule }))),
		housed("evenkeel.accept.v1", docket.ActAccept, nil, needs(id("source", func(a *docket.Act) *string { return &a.Source }))),
		housed("evenkeel.undo.v1", docket.ActUndo, checkUndo, undoFields()...),
		housed("evenkeel.audit.v1", docket.ActAudit, nil, needs(id("audit", func(a *docket.Act) *docket.AuditID { return &a.Audit })),
			needs(word("outcome", outcome, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomePolicyMismatch,
				evenkeel.OutcomeFalsePositive, evenkeel.OutcomeInconclusive))),
	}
}

// housed is a type of what a person of the operator does about no case: who, and why.
func housed(name string, act docket.ActKind, check func(*docket.Act) error, fields ...field[docket.Act]) *kind {
	by := needs(id("by", func(a *docket.Act) *evenkeel.PersonID { return &a.By }))
	return &kind{name: name, act: act, check: check, fields: append(append([]field[docket.Act]{by}, fields...), says())}
}

func scopeOf(a *docket.Act) *docket.Scope {
	if a.Scope == nil {
		a.Scope = &docket.Scope{}
	}
	return a.Scope
}

// scoped is one of the two fields that say which switch is meant.
func scoped(name string) field[docket.Act] {
	if name == "key" {
		return within(id(name, func(s *docket.Scope) *string { return &s.Key }), scopeOf)
	}
	return needs(within(word(name, func(s *docket.Scope) *docket.SwitchKind { return &s.Kind },
		docket.SwitchGlobal, docket.SwitchMeasure, docket.SwitchRule, docket.SwitchDetector, docket.SwitchTenant), scopeOf))
}

func checkScope(a *docket.Act) error { return a.Scope.Check() }

func undoOf(a *docket.Act) *docket.Undo {
	if a.Undo == nil {
		a.Undo = &docket.Undo{}
	}
	return a.Undo
}

func undoFields() (out []field[docket.Act]) {
	for _, f := range []field[docket.Undo]{
		needs(id("rule", func(u *docket.Undo) *string { return &u.Rule })),
		needs(version("version", func(u *docket.Undo) *int { return &u.Version })),
		moment("from", func(u *docket.Undo) *evenkeel.Moment { return &u.From }),
		moment("until", func(u *docket.Undo) *evenkeel.Moment { return &u.Until }),
		word("measure", func(u *docket.Undo) *evenkeel.Measure { return &u.Measure },
			evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow,
			evenkeel.MeasureThrottle, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate),
		yes("clear", func(u *docket.Undo) *bool { return &u.Clear }),
		yes("dry", func(u *docket.Undo) *bool { return &u.Dry }),
	} {
		out = append(out, within(f, undoOf))
	}
	return out
}

func checkUndo(a *docket.Act) error {
	if u := a.Undo; u.Until != 0 && u.Until <= u.From {
		return evenkeel.Invalid("data.until is %v; expected a time after data.from, which is %v", u.Until, u.From)
	}
	return nil
}

// version is the version of a rule, written in digits.
func version[S any](name string, slot func(*S) *int) field[S] {
	return whole(name, fmt.Sprintf("the version of a rule, a whole number from 1 to %d", maxCount), slot)
}
