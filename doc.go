// Package evenkeel holds the words that all rooms share.
//
// In and out: nothing goes in or out here; the values defined here are what passes
// the doors between rooms. A record comes in (Batch, Record), a rule's statement
// about it goes on (Finding, Term). Decisions, orders and notices join them when the
// rooms that make them stand.
//
// Reading order: ids.go (who and what, and the 64 partitions), moment.go (time),
// evidence.go (families of evidence, rule modes), record.go (what telemetry says),
// batch.go (how records travel), encode.go (their bytes), finding.go (what a rule
// says), wire.go (a finding as a line of JSON), errors.go.
//
// What must always hold: the standard library only; no I/O, no clock, no goroutine;
// at most 1,500 lines; a type enters when three rooms need it. Values are plain: a
// copy is a copy. The partition of a key, the bytes of a batch and the id of a finding
// never change: golden tests hold them.
//
// What is not here: how anything is detected (watch), who holds an asset (inventory),
// or what is done about it.
package evenkeel
