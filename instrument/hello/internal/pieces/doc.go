// Package pieces puts a stream together that comes in pieces, in any order and more than once.
//
// In and out: pieces with their offsets go in (Buffer.Put); out comes what is there without a gap from
// the beginning on (Buffer.Prefix).
//
// Reading order: pieces.go.
//
// What must always hold: a buffer holds at most the bytes it was made for, and remembers at most MostGaps
// gaps; what came first stays, whatever is sent over it again, so that two readers of the same pieces
// see the same.
//
// What is not here: what the bytes mean, and which stream a piece is of.
package pieces
