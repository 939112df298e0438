// Package packed holds a batch as the bytes of one message: the form that lies in the log and that
// a host sends.
//
// In and out: Append takes a batch in its stored form (evenkeel.AppendBatch) and packs it; a Reader
// makes a batch of a message.
//
// Reading order: packed.go.
//
// What must always hold: what was packed comes back byte for byte; a message that is damaged, or
// that would unpack to more than MaxBytes, is an error of KindInvalid and never more memory.
//
// What is not here: which records go into one message (stream), where it lies and who sends it.
package packed
