package kernel

import (
	"errors"
	"io/fs"
	"syscall"
)

// Went says whether an error is that of a control group or a process that went, be it while it was read.
func Went(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ESRCH)
}

// Threads says whether an error is that of the list of processes of a control group of threads, which has none (cgroups(7), Thread mode).
func Threads(err error) bool { return errors.Is(err, syscall.EOPNOTSUPP) }
