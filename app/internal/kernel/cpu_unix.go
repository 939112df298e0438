//go:build unix

package kernel

import (
	"syscall"
	"time"
)

// CPU returns how much processor time this process has used, in user mode and in the kernel (getrusage(2)); 0 is not known.
func CPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
