package strict

import (
	"fmt"
	"strings"
)

// mostErrors bounds how many faults of one file are reported.
const mostErrors = 20

// Error is one fault of a file. Line and Column count from 1; a column is a character, not a byte.
type Error struct {
	File         string
	Line, Column int
	Message      string // what is wrong
	Hint         string // what to write instead; may be empty
}

// Error is "file:line:column: message; hint".
func (e *Error) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s; %s", e.File, e.Line, e.Column, e.Message, e.Hint)
}

// Errors are the faults of one file in the order of reading, at most 20; never empty when returned as
// an error.
type Errors []*Error

// Error is one line for each fault.
func (l Errors) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find each fault.
func (l Errors) Unwrap() []error {
	out := make([]error, len(l))
	for i, e := range l {
		out[i] = e
	}
	return out
}
