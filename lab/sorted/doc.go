// Package sorted puts records of any number into event-time order, on disk where memory
// does not suffice.
//
// In and out: batches in any order go in (Sorter.Add); batches come out in order
// (Sorter.Batches), each from one source. What does not fit into the memory budget is
// spilled as sorted runs of stored batches into a directory of its own below the caller's
// temporary directory, and merged, at most 64 runs at a time.
//
// Reading order: order.go (what comes before what), sorter.go (the verbs), buffer.go (the
// run in memory), batcher.go (records into batches), run.go (a run on disk), merge.go.
//
// What must always hold: the order is total and depends on what the records say, never on
// the order, files or batches that they came in: any permutation and any split of the same
// records gives the same bytes, with every budget. Nothing is dropped: what was said twice
// comes out twice. Close removes every file, also after an error.
//
// What is not here: reading files (lab/feed), and counting what was said twice (watch).
package sorted
