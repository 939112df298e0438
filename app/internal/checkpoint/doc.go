// Package checkpoint keeps checkpoints in a directory: each is a directory of files, named by
// the position in the log that it belongs to.
//
// In and out: parts that write themselves come in (Shelf.Write); files that can be read go out
// (Shelf.Open), newest checkpoint first (Shelf.Positions).
//
// Reading order: shelf.go.
//
// What must always hold: a checkpoint is there whole, and safe from a loss of power, or it is
// not there. What is found damaged is put aside, never overwritten and never taken for a good one.
//
// What is not here: what the files say and whether they are good (watch, inventory), and when
// a checkpoint is made (app).
package checkpoint
