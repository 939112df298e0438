package kernel

import (
	"os"
	"syscall"
)

// Ends returns the signals that ask the process to end: a person's interrupt, and the one
// that supervisors send.
func Ends() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }
