package actevent

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
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
		housed("evenkeel.promote.v1", docket.ActPromote, checkPromote, promoteFields()...),
	}
}

func promoteOf(a *docket.Act) *docket.Promotion {
	if a.Promote == nil {
		a.Promote = &docket.Promotion{}
	}
	return a.Promote
}

func promoteFields() []field[docket.Act] {
	test := func(p *docket.Promotion) *learning.Backtest {
		if p.Test == nil {
			p.Test = &learning.Backtest{}
		}
		return p.Test
	}
	backtest := nested("backtest", test,
		needs(moment("from", func(b *learning.Backtest) *evenkeel.Moment { return &b.From })),
		needs(moment("until", func(b *learning.Backtest) *evenkeel.Moment { return &b.Until })),
		whole("hits", someHits, func(b *learning.Backtest) *int64 { return &b.Hits }),
		whole("wanted", someHits, func(b *learning.Backtest) *int64 { return &b.Wanted }),
		whole("unwanted", someHits, func(b *learning.Backtest) *int64 { return &b.Unwanted }))
	write := backtest.write
	backtest.write = func(p *docket.Promotion) any {
		if p.Test == nil { // else it would be made by being looked at
			return nil
		}
		return write(p)
	}
	return []field[docket.Act]{
		needs(id("rule", func(a *docket.Act) *string { return &a.Rule })),
		within(version("version", func(p *docket.Promotion) *int { return &p.Version }), promoteOf),
		within(word("stage", func(p *docket.Promotion) *docket.Stage { return &p.Stage },
			learning.StageDraft, learning.StageBacktest, learning.StageShadow, learning.StageConfirm, learning.StageCanary, learning.StageLive), promoteOf),
		within(word("measure", func(p *docket.Promotion) *evenkeel.Measure { return &p.UpTo },
			evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow,
			evenkeel.MeasureThrottle, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate), promoteOf),
		within(backtest, promoteOf),
	}
}

const someHits = "a whole number from 1 to 1048576; leave it out for none"

func checkPromote(a *docket.Act) error {
	switch p := a.Promote; {
	case p == nil || p.Test == nil && p.Stage == 0:
		return evenkeel.Invalid("data.stage and data.backtest are missing; expected one of them")
	case p.Test != nil && (p.Stage != 0 || p.UpTo != evenkeel.MeasureNone):
		return evenkeel.Invalid("data.backtest is given together with data.stage or data.measure; expected it alone")
	}
	return nil // whether its numbers fit is asked by whoever keeps them
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
