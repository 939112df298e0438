// Package backoff says how long to wait before something is tried again.
//
// # In and out
//
// In: the first and the longest pause, how many attempts came to nothing, and what is tried.
// Out: the pause after the last of them.
//
// # Reading order
//
// backoff.go.
//
// # What must always hold
//
// The same question has the same answer. A pause is at least half of what doubling gives and at
// most all of it, and never above the longest.
//
// # What is not here
//
// Waiting, and when to give up: that is for whoever tries.
package backoff
