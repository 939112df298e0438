package kernel

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SaveSYN has the kernel keep the headers of the SYN of each connection that a listener takes from now on (TCP_SAVE_SYN, Linux
// 4.2). It wraps errors.ErrUnsupported where the listener is no socket.
func SaveSYN(listener any) error {
	c, ok := listener.(syscall.Conn)
	if !ok {
		return fmt.Errorf("save SYNs: %T is no socket: %w", listener, errors.ErrUnsupported)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("save SYNs: %w", err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_SAVE_SYN, 1)
	}); err != nil {
		return fmt.Errorf("save SYNs: %w", err)
	}
	if failed != nil {
		return fmt.Errorf("save SYNs: %w", failed)
	}
	return nil
}

// SavedSYN writes the headers of a connection's SYN into b, which should have room for 256 bytes, and returns how many bytes there
// are (TCP_SAVED_SYN). The kernel forgets them then. 0 where it has none: it answered with a SYN cookie, or was asked before.
func SavedSYN(conn any, b []byte) (int, error) {
	c, ok := conn.(syscall.Conn)
	if !ok || len(b) == 0 {
		return 0, fmt.Errorf("fetch the SYN: %T is no socket: %w", conn, errors.ErrUnsupported)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("fetch the SYN: %w", err)
	}
	long, failed := uint32(len(b)), syscall.Errno(0)
	if err := raw.Control(func(fd uintptr) {
		_, _, failed = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.IPPROTO_TCP, unix.TCP_SAVED_SYN,
			uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&long)), 0)
	}); err != nil {
		return 0, fmt.Errorf("fetch the SYN: %w", err)
	}
	if failed != 0 {
		return 0, fmt.Errorf("fetch the SYN: %w", failed)
	}
	return min(int(long), len(b)), nil
}
