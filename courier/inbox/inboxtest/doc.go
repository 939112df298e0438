// Package inboxtest says what a way by which mails come in has to promise, whichever it is.
//
// # In and out
//
// In: a way that is opened for a desk (Open). Out: failed tests for each promise that it breaks.
//
// # Reading order
//
// way.go.
//
// # What must always hold
//
// What every way promises is asked of every way, with mail servers that exist.
//
// # What is not here
//
// What follows from a mail (the tests of inbox).
package inboxtest
