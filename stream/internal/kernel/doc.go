// Package kernel asks the operating system what the standard library does not tell.
//
// In and out: a folder goes in; how many bytes its file system has free comes out. An open file goes
// in; it is locked, or another process has it.
//
// Reading order: free_linux.go; free_other.go, where nobody can tell; lock_unix.go and lock_other.go.
//
// What must always hold: what is not known is said to be unknown, never zero.
//
// What is not here: what follows from a disk that is full (stream).
package kernel
