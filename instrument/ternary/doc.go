// Package ternary compiles CEL expressions over variables that may be unknown into closures.
//
// # In and out
//
// In: the declaration of variables (NewScope) and a source text (Scope.Compile). Out: an Expr, which reads a
// slot vector of Values and answers with a Value (Eval), with True, False or Undecided (Test), and
// with the names of what was missing (Unknowns); or CompileErrors with line, column and hint.
//
// The syntax and the type check are CEL's (cel.dev/cel-go); the evaluation is ours. The language is a
// subset of CEL: literals, variables, && || ! ?:, == != < <= > >=, + - * / %, in with a list of
// constants, contains startsWith endsWith matches size on strings, int() and double(), duration("90s")
// and timestamp("2019-05-29T09:49:00Z") of constants. Added are known(x), max(a, b), min(a, b),
// abs(x), seconds(n), minutes(n), hours(n) and days(n). A source outside it does not compile; nothing
// is interpreted instead. As in CEL, int and double never mix: a double is compared with 5.0, not with
// 5.
//
// # Reading order
//
// value.go (what a slot holds), scope.go (variables, limits, Compile), expr.go (what one can do with a
// compiled expression), then the way of a source: language.go, check.go and syntax.go (CEL's part),
// lower.go (tree to closures), node.go, logic.go, compare.go, number.go, text.go (the closures),
// explain.go, errors.go.
//
// # What must always hold
//
// Unknown is never read as zero or false. Without known(), a result that is known with some slots
// unknown stays the same whatever these slots turn out to hold
// (TestKnownResultSurvivesEveryCompletion); with it, True stays True unless Expr.BlamesAbsence says
// otherwise. Division by zero, results that are not finite or out of range, and slots of another type
// than declared are unknown, each with a reason. Where CEL has a result, ours is the same. Order of
// operands and short circuits never change an answer. Results are the same on every platform. Test
// never allocates (a pattern may, once, to warm its pool), nor does Eval of a known result.
//
// # What is not here
//
// No clock (pass now as a variable), no lists, maps, comprehensions, user functions or joined strings, no
// state between evaluations, and no notion of rules, families or guilt.
package ternary
