package policy

import (
	"errors"
	"slices"

	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// condition is a compiled expression. Without one it is always true.
type condition struct{ x *ternary.Expr }

func (c condition) test(slots []ternary.Value) ternary.Tri {
	if c.x == nil {
		return ternary.True
	}
	return c.x.Test(slots)
}

// holds says whether the condition is true; what cannot be decided does not hold.
func (c condition) holds(slots []ternary.Value) bool { return c.test(slots) == ternary.True }

func (c condition) unknowns(slots []ternary.Value) []string {
	if c.x == nil {
		return nil
	}
	return c.x.Unknowns(slots)
}

// names are the variables that the condition reads.
func (c condition) names(facts []fact) []string {
	if c.x == nil {
		return nil
	}
	var out []string
	for _, slot := range c.x.Uses() {
		out = append(out, facts[slot].Name)
	}
	return out
}

// bad is the answer of a condition that works against whom absence may not count against, or
// for whom it may not count.
type bad uint8

const (
	falseIsBad bad = iota // of a safeguard: it lets a measure pass
	trueIsBad             // of what is wanted, and of what is earned
)

// compileText compiles a condition, and says what is wrong at its place in the file.
func compileText(src strict.Text, scope func() (*ternary.Scope, error), found *faults) condition {
	s, err := scope()
	if err != nil {
		found.at(textSpot(src), "", "%v", err)
		return condition{}
	}
	if len(src.Value) > maxExpression {
		found.at(textSpot(src), "split it", "the expression has %d bytes, the limit is %d", len(src.Value), maxExpression)
		return condition{}
	}
	x, err := s.CompileWithin(src.Value, ternary.BoolType, maxCost)
	if faulty, ok := errors.AsType[ternary.CompileErrors](err); ok {
		for _, e := range faulty {
			line, column := src.At(e.Line, e.Column)
			found.at(spot{line, column}, e.Hint, "%s", e.Message)
		}
		return condition{}
	}
	if err != nil {
		found.at(textSpot(src), "", "%v", err)
		return condition{}
	}
	if len(x.Uses()) == 0 {
		found.at(textSpot(src), "name a fact that decides it, or leave the key out", "the expression is the same whatever is known")
	}
	return condition{x}
}

// countsAbsence says whether a missing value alone may give the bad answer. That the negation
// may be made true by it is that the expression may be made false.
func countsAbsence(c condition, b bad, scope func() (*ternary.Scope, error)) bool {
	if c.x == nil {
		return false
	}
	if b == trueIsBad {
		return c.x.BlamesAbsence()
	}
	s, err := scope()
	if err != nil {
		return true
	}
	not, err := s.Compile("!("+c.x.String()+"\n)", ternary.BoolType)
	return err != nil || not.BlamesAbsence()
}

// comparesMoney says whether conditions compare what was paid with what is used and do not ask
// how the tenant pays. A ratio over nothing paid says something else on a trial than on credit.
func comparesMoney(facts []fact, conditions ...condition) bool {
	var all []string
	for _, c := range conditions {
		all = append(all, c.names(facts)...)
	}
	has := func(name string) bool { return slices.Contains(all, name) }
	return has("tenant.paid") && has("tenant.run_rate") && !has("tenant.standing")
}
