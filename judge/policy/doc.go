// Package policy is substance: which measure for which case, and why; pure.
//
// In and out: an operator's document goes in (Parse); a Policy comes out that is checked and
// compiled, or every fault with its place and what to write instead. A View (a finding and the
// facts as they were at its time) goes in; a Proposal comes out (Policy.Weigh): what the policy
// wants, what a machine may do of it alone, the answer of every safeguard, and the flag that
// covers it. An announced burst goes in; what the tenant has earned comes out (Policy.Earned).
//
// Reading order: proposal.go and policy.go (what others use); law.go (how far a machine may go
// alone), reduce.go (what it leaves of what is wanted), flag.go (whether a flag covers a
// finding), safeguard.go, earned.go and selector.go; view.go and facts.go (what expressions may ask); then
// the way of a document: document.go, span.go, parse.go, build.go, buildfamily.go, condition.go,
// sentence.go, faults.go, bounds.go; then keys.go and reference.go, lawtable.go and
// safeguardtable.go, which write all of it down.
//
// What must always hold: the law is code and no document changes it; Allowed is a rung of the
// family's ladder, at most what is wanted and at most what the law permits. What is unknown
// never counts against a tenant: a safeguard that cannot be decided protects, and so do
// safeguards that nobody wrote. Every safeguard is asked, also when a flag covers. A flag's
// selector and envelope are read in one function, covers. A policy says the same about the
// same view, on every platform.
//
// What is not here: whether it may be done now, by whom and after which hearing
// (judge/procedure), findings (watch), who held what (inventory), any file, clock or network.
package policy
