//go:build unix

package kernel

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock takes the lock on an open file without waiting. held is true where another process has
// it. The lock ends with the process, or when the file is closed.
func Lock(f *os.File) (held bool, err error) {
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return true, nil
		}
		return false, err
	}
}
