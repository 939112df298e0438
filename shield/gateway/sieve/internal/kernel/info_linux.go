package kernel

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// Of asks about a connection (TCP_INFO; that data came is told in bytes since Linux 4.1).
func Of(c *net.TCPConn) (Info, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Info{}, fmt.Errorf("ask when something moved: %w", err)
	}
	var told *unix.TCPInfo
	var failed error
	if err := raw.Control(func(fd uintptr) {
		told, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}); err != nil {
		return Info{}, fmt.Errorf("ask when something moved: %w", err)
	}
	if failed != nil {
		return Info{}, fmt.Errorf("ask when something moved: %w", failed)
	}
	return Info{
		Quiet:    time.Duration(min(told.Last_data_sent, told.Last_data_recv)) * time.Millisecond,
		Received: told.Bytes_received,
	}, nil
}
