package ternary

import "slices"

// Expr is a compiled expression. It is immutable and may be evaluated by many goroutines at once.
type Expr struct {
	source string
	scope  *Scope
	root   *node
	uses   []int
	cost   int
	blames bool
}

// String is the source.
func (x *Expr) String() string { return x.source }

// Type is the type of a known result.
func (x *Expr) Type() Type { return x.root.typ }

// Uses are the slots that the expression reads, ascending, each once.
func (x *Expr) Uses() []int { return slices.Clone(x.uses) }

// Cost is an upper bound of the work of one evaluation, in node steps: every node is 1, an operation
// on strings 8 more, a pattern 100 more and one for each of its parts, a list as many as it has
// constants.
func (x *Expr) Cost() int { return x.cost }

// BlamesAbsence reports whether a missing value may make the expression true, because known() is used
// other than as a plain demand: negated, compared, or as the condition of ?:. Where true means guilt, refuse
// such an expression. When it is false, then True with some slots unknown stays True whatever these
// slots turn out to hold. It may be true for an expression that is harmless on closer look.
func (x *Expr) BlamesAbsence() bool { return x.blames }

// Eval computes the value over one slot vector, which must have the scope's length (it panics on a
// shorter one). A known result allocates nothing. An unknown one says why, as Unknowns does, joined
// with "; ".
func (x *Expr) Eval(slots []Value) Value {
	v := x.root.value(slots)
	if v.Known() {
		return v
	}
	return x.explain(slots)
}

// Test is Eval of a bool expression for the hot path: it never allocates, and leaves the reason of
// Undecided to Unknowns. An expression of another type is Undecided.
func (x *Expr) Test(slots []Value) Tri {
	if x.root.test == nil {
		return Undecided
	}
	return x.root.test(slots)
}
