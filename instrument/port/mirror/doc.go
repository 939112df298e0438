// Package mirror decides and counts in Go what the programs in the kernel decide and count.
//
// In and out: a Port is given a guest, rules and frames with a time; for each frame the cause for which
// it is dropped comes out, and what was counted can be read.
//
// Reading order: parse.go (a frame's headers), port.go (what follows from them), count.go, talk.go
// and stratum.go (what is counted), act.go (what is dropped).
//
// What must always hold: for the same frames, rules, seed and times it gives the same counts,
// bitmaps and verdicts as the program, which tests in internal/kernel compare; no input makes it
// read out of bounds.
//
// What is not here: anything that is done per CPU, the bounds of the kernel's tables (here they
// never get full), and samples.
package mirror
