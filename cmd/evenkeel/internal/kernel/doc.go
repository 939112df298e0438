// Package kernel is what the program asks of the operating system.
//
// In and out: nothing comes in; the signals that end the process go out (Ends).
//
// Reading order: signals.go.
//
// What must always hold: each signal that asks the process to end is among them.
//
// What is not here: what is done at the end (cmd/evenkeel, app).
package kernel
