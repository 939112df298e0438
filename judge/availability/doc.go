// Package availability computes how often a tenant's sites were there for their users, what follows from it under the
// operator's promises, and what it cost to absorb what came; pure.
//
// In and out: readings of what came to a site at an edge go in (Reading, one part of evenkeel.MeterSite in an interval),
// into a Slot of a quarter of an hour, which folds into a Day. A History of slots and days gives a Window (wanted, served,
// excused), Outages, how fast the Budget burns and what Cost it was. The operator's document (Parse) turns a month into a
// Statement with its credit, and a tenant that left into a Refund.
//
// Reading order: counts.go (what is counted of a minute), slot.go (readings that come late and twice), day.go (what is
// kept), packing.go (its form), history.go and outage.go (what is asked of it), budget.go, promise.go and parse.go (the
// document), statement.go, refund.go.
//
// What must always hold: the order of readings changes nothing, and one that comes twice counts once. Nothing is ever
// more available than 100 %. What is folded says the same as what it was folded from. A minute that nobody visited is
// neither up nor down. What is not known about money is unknown, with what to ask a person, and never zero. Amounts are
// rounded in the tenant's favour, once, over integers.
//
// What is not here: where it is kept (store), how records come and statements leave (app), and pages (console).
package availability
