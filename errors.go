package evenkeel

import (
	"errors"
	"fmt"
)

// Error is the one error type of all rooms: what kind of failure, a sentence that anyone
// may read, a hint for the operator, and the cause.
type Error struct {
	Kind Kind
	Says string // for anyone: what we were doing, to what, and what is wrong
	Hint string // for the operator: what to do next
	Err  error  // the cause, or nil
}

// Kind is the kind of an Error; one table maps it to an exit code and to an HTTP status.
type Kind uint8

// The kinds of error.
const (
	KindInternal Kind = iota // a fault of ours
	KindInvalid              // the input is not what was expected
	KindNotFound
	KindConflict
	KindDenied
	KindUnavailable // try again later
)

var kinds = [...]string{"internal", "invalid", "not found", "conflict", "denied", "unavailable"}

// String returns the kind's name.
func (k Kind) String() string { return word(kinds[:], int(k)) }

// ExitCode returns the exit code of a command that ends with an error of this kind.
func (k Kind) ExitCode() int {
	if k == KindInvalid {
		return 2
	}
	return 1
}

// HTTPStatus returns the status of an RFC 9457 problem of this kind.
func (k Kind) HTTPStatus() int {
	return [...]int{500, 400, 404, 409, 403, 503}[min(int(k), len(kinds)-1)]
}

// Error returns the sentence and the cause.
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Says
	case e.Says == "":
		return e.Err.Error()
	}
	return e.Says + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Invalid makes an error about input. It keeps no cause: where there is one, build an
// Error.
func Invalid(format string, args ...any) error {
	return &Error{Kind: KindInvalid, Says: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of the first Error in err's chain, else KindInternal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// HintOf returns the first hint in err's chain, or "".
func HintOf(err error) string {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}
