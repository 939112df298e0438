// Package kernel is what a command for pages asks of the operating system.
//
// In and out: a command that is not yet started comes in and becomes a group of its own (Group); a
// process that leads one comes in and is killed with all of its group (Kill).
//
// Reading order: group_unix.go, group_other.go.
//
// What must always hold: only what the command started is killed, and nothing of it is left.
//
// What is not here: when a command is killed, and what it is given (courier/page). A child that
// makes itself a group of its own is out of reach.
package kernel
