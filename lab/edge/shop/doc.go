// Package shop is a tenant's site of known capacity, which counts what reaches it.
//
// In and out: a Shop with a number of workers answers requests (Shop.ServeHTTP) with pages that everybody can check (Right); what
// was offered, served and refused, and how many waited, comes out for each Step (Shop.Counts).
//
// Reading order: page.go (what is served, and what it costs), shop.go.
//
// What must always hold: no more requests are worked on at once than there are workers, no more wait than Room; work is done to its end whether or not
// somebody still waits for it, as a database does. What is counted is counted when it comes, before anything is done.
//
// What is not here: who asks (lab/edge/crowd, lab/edge/flood), and listening (lab/edge).
package shop
