// Package keyed keeps one record of fixed size for each of millions of keys, without pointers.
//
// In and out: a key is a 64-bit hash; Put gives its record, all zero when fresh, and a ref,
// a small number that names the record until its key is deleted. The caller writes into
// the record's bytes.
//
// Reading order: table.go (what it does), scan.go (a bounded walk), slab.go (where records
// stand), index.go (how keys are found), image.go (a copy, written and read back).
//
// What must always hold: records never move, so growth costs the index only; the garbage
// collector sees one object per 16 KiB; the same calls give the same refs and the same
// order in Each, and go on to do so for a table that was written and read back; Get does
// not allocate.
//
// What is not here: what a record means, when it may go, and what else a checkpoint holds
// (watch).
package keyed
