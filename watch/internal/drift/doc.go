// Package drift notices that what a source sends is not what it was: another unit, another field,
// half of the machines.
//
// In and out: for each record the key of its asset, a value and marks (what it lacks) go in, and the
// time of the source; out come Changes: an input is unlike all that it was, or as before.
//
// Reading order: source.go (the inputs of a source, and its time), input.go (one look after the other,
// and what follows), known.go (what an input is like, hour by hour, and how far two are apart), rate.go
// (how much comes), image.go (written and read back).
//
// What must always hold: it depends on records in their order and reckons in whole numbers; memory is
// bounded, and a record allocates nothing; an asset counts once in a look, so nobody who sends more
// than others moves an input; what is unlike is not learnt as what is usual until it has been so for
// a week.
//
// What is not here: which rules use an input (watch), what follows for machines (judge/governor).
package drift
