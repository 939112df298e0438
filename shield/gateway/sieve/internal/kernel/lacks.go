package kernel

import (
	"errors"
	"syscall"
)

// Lacks says whether a connection failed for what this machine has none left of: descriptors, memory, or ports towards one address.
func Lacks(err error) bool {
	for _, lack := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}
