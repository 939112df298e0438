// Package judge decides: findings in, decisions out; the only room that makes a Decision.
//
// In and out: findings (Docket.Consider), acts of tenants and of people who work for the
// operator (Docket.Do) and the passing of time (Docket.Sweep) come in. Decisions with their
// entries, clocks, orders, notices and ledger leaves go out, as one transaction of the
// books (docket.Books). What became of orders and notices comes back (Docket.Acknowledge,
// Docket.Told), and is written down; where it belies a notice, one more corrects that.
//
// Reading order: judge.go (what a docket is made of), consider.go (the way of a finding),
// act.go (the way of an act), sweep.go (clocks), reopen.go (and where nobody was there), draft.go (what one transaction gathers),
// tell.go (orders and notices), page.go and paged.go (who of ours is called), appeal.go, unheard.go (of whom nobody told), review.go (what takes two persons: how it is asked, drawn, said and ended in
// reviewask.go, reviewdraw.go, reviewsays.go and reviewend.go), acknowledge.go and acknowledged.go (what comes back); policy
// (what is wanted, and how far a machine may go alone), procedure (whether it may be done, and
// when), ledger (how it is sealed), docket (values).
//
// What must always hold: nothing is enforced that was not decided and written down in the
// same transaction. A decision has grounds, an end and, once it takes effect, a notice and a
// running clock. A finding or an act taken in twice changes nothing the second time. What
// follows automatically depends on records, rules and policy only, and is dated by their
// times: the same input in the same order gives the same decisions, for a judge that keeps up
// with it (docs/adr/005). What comes back decides nothing.
//
// What is not here: evidence (watch), who held what (inventory), enforcement (shield), words
// for tenants (courier), storage (store).
package judge
