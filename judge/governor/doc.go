// Package governor holds machines back: whether a measure that law, policy and procedure leave to
// a machine may be entered by it now, or is for a person.
//
// In and out: Rule takes the limits of the policy, what the books hold (docket.Governor) and
// what a machine is about to do (Ask), and returns a Verdict: enter, with what is spent by it,
// or ask a person, with reasons. Limits are what a policy may set.
//
// Reading order: limits.go (what is bounded, and the defaults), rule.go (the order of the
// questions), breaker.go (too many in good standing), budget.go (how much at a time).
//
// What must always hold: it only ever takes from a machine, never adds. What it takes is
// never silence: the tenant is asked and a person has to look. It depends on its arguments
// alone and reckons in whole numbers, so a replay gives the same. Whether a person may act is
// no question of it.
//
// What is not here: where the state is kept (store), what is done with a verdict and who pulls
// switches (judge), who is called (staff).
package governor
