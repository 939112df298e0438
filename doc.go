// Package evenkeel holds the words that all rooms share.
//
// In and out: nothing goes in or out here; the values defined here are what passes
// the doors between rooms. A record comes in (Batch, Record), a rule's statement
// about it goes on (Finding, Term); what is decided about that (Case, Decision, Flag)
// is told to the machines (Order, Receipt) and to the tenant (Notice).
//
// Reading order: ids.go (who and what, and the 64 partitions), moment.go (time),
// evidence.go (families of evidence, rule modes), record.go (what telemetry says),
// batch.go (how records travel), encode.go (their bytes), facts.go (what is known of
// whom), finding.go (what a rule says), wire.go (a finding as a line of JSON);
// measure.go, decision.go, case.go, flag.go, order.go, notice.go; errors.go.
//
// What must always hold: the standard library only; no I/O, no clock, no goroutine;
// at most 2,100 lines; a type enters when three rooms need it. Values are plain: a
// copy is a copy. The partition of a key, the bytes of a batch and the ids that are
// derived never change: golden tests hold them.
//
// What is not here: how anything is detected (watch), who holds an asset (inventory),
// or which measure follows from what (judge).
package evenkeel
