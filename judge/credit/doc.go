// Package credit computes what a tenant is owed that was restricted wrongly; pure.
//
// In and out: restrictions (which asset bore which measure, from when until when) and the
// operator's prices go in; out comes a Sum: how long how many assets were restricted, and the
// amount (Owed).
//
// Reading order: price.go, owed.go, terms.go.
//
// What must always hold: time counts once for an asset, however many measures it bore, at the
// highest of their prices. More restriction never comes to less money. An amount is rounded up,
// in the tenant's favour, once, at the end. All arithmetic is over integers: the same
// restrictions come to the same amount on every machine.
//
// What is not here: when a credit is proposed, granted and told (judge), and where it is kept
// (store).
package credit
