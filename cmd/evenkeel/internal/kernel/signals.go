package kernel

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// IgnorePipes lets writing to a reader that is gone be an error in the place of an end, so that
// what was made on the way is removed.
func IgnorePipes() { signal.Ignore(syscall.SIGPIPE) }

// ReaderGone says whether an error is that nobody reads any more.
func ReaderGone(err error) bool { return errors.Is(err, syscall.EPIPE) }

// Ends returns the signals that ask the process to end: a person's interrupt, and the one
// that supervisors send.
func Ends() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }
