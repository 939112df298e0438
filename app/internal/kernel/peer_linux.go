package kernel

import (
	"errors"
	"io/fs"
	"net"
	"syscall"
)

// Peer returns the user and the process that connected a socket, as the kernel noted them
// when they did, and whether that is known.
func Peer(c *net.UnixConn) (user uint32, process int32, known bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	var who *syscall.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		who, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil || asked != nil {
		return 0, 0, false
	}
	return who.Uid, who.Pid, true
}

// Owner returns whose a file is, and whether that is known.
func Owner(info fs.FileInfo) (user uint32, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return s.Uid, true
}

// Deserted says whether an error of a connection means that its socket is there and nobody
// listens on it: whoever made it has ended.
func Deserted(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
