// Package kernel is what the program asks of the operating system.
//
// In and out: the signals that end the process go out (Ends), and whether a reader is gone
// (IgnorePipes, ReaderGone); a terminal comes in and its
// width goes out (Columns); a command comes in that has to outlive us (Detach).
//
// Reading order: signals.go, columns_unix.go, columns_other.go, detach_unix.go, detach_other.go.
//
// What must always hold: each signal that asks the process to end is among them. A width that
// is not known is 0.
//
// What is not here: what is done at the end (cmd/evenkeel, app).
package kernel
