package kernel

import (
	"errors"
	"syscall"
)

// SentAway says of an error of a connection that the other side refused it or broke it off.
func SentAway(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EPIPE)
}
