//go:build !linux

package kernel

import (
	"errors"
	"fmt"
	"net"
)

// Of is not there.
func Of(*net.TCPConn) (Info, error) {
	return Info{}, fmt.Errorf("ask when something moved: only Linux says so: %w", errors.ErrUnsupported)
}

// Carry copies what comes from one connection to another until its end.
func Carry(to, from *net.TCPConn) (int64, error) { return to.ReadFrom(from) }
