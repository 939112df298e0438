package kernel

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock takes the lock on an open file without waiting. held is true where another process has
// it. The lock ends with the process, or when the file is closed.
func Lock(f *os.File) (held bool, err error) {
	return lock(f, unix.LOCK_EX|unix.LOCK_NB)
}

// LockWaiting takes it as soon as nobody else has it.
func LockWaiting(f *os.File) error {
	_, err := lock(f, unix.LOCK_EX)
	return err
}

func lock(f *os.File, how int) (held bool, err error) {
	for {
		err = unix.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return true, nil
		}
		return false, err
	}
}
