// Package app puts rooms, policies and books together: the one place where a judge meets a
// store.
//
// In and out: policies, and a directory where books are to be kept, come in. A Judge goes out,
// on books of paper (OnPaper) or on a file (Keep), and Books that are only read (Open).
//
// Reading order: judge.go (what a judge is made of), keep.go (books in a directory), open.go
// (books that are read), heads.go (signed tree heads).
//
// What must always hold: books are begun once, for a directory that has none, and are there as
// a whole or not at all; nothing that is only read is made or changed. A signed head is written down only once what it signs is kept.
// The secret key is for its owner alone.
//
// What is not here: any rule about what may be done (judge), SQL (store), arguments and
// printing (cmd/evenkeel).
package app
