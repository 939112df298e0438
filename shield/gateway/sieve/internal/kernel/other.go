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
