// Package docket holds the plain values of the judge that the store keeps: acts, clocks,
// what is read before a decision, and what one transaction keeps.
//
// In and out: values only. The judge reads a Dossier and puts Changes; a store does both
// through the interfaces Books and Tx.
//
// Reading order: act.go (what a person does), clock.go (what is due), books.go (what a
// transaction reads and keeps), dispatch.go (what became of what was sent, and what waits to
// be), page.go (who is called), read.go (what is shown), queue.go (in which order), review.go and blind.go (what two persons
// decide, and what neither sees of the other).
//
// What must always hold: nothing here decides. A Dossier holds all that a decision may
// depend on besides the finding, the facts and the policy, so the same dossier gives the
// same decision.
//
// What is not here: decisions, cases, flags, orders and notices, which are words of all
// rooms (the root); rules of procedure (judge/procedure); SQL (store).
package docket
