package kernel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// pipeBytes is what a pipe has room for, and so what whoever reads slowly keeps waiting here at most.
const pipeBytes = 256 << 10

// pipe is where bytes are on their way between two sockets.
type pipe struct {
	in, out int
	unused  runtime.Cleanup // closes it when the pool has forgotten it
}

// close is for one with bytes in it that are nobody's any more. It does not wait for the collector: whoever resets connections would have
// descriptors pile up.
func (p *pipe) close() {
	p.unused.Stop()
	unix.Close(p.in)
	unix.Close(p.out)
}

var pipes = sync.Pool{}

// take returns an empty pipe; nil where there are no descriptors left.
func take() *pipe {
	if p, ok := pipes.Get().(*pipe); ok {
		return p
	}
	var fds [2]int
	if unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK) != nil {
		return nil
	}
	unix.FcntlInt(uintptr(fds[1]), unix.F_SETPIPE_SZ, pipeBytes) // else it has 64 KiB, which does
	p := &pipe{in: fds[1], out: fds[0]}
	p.unused = runtime.AddCleanup(p, func(fds [2]int) {
		unix.Close(fds[0])
		unix.Close(fds[1])
	}, fds)
	return p
}

// Carry has the kernel carry what comes from one connection to another until its end, with splice(2), and returns how many bytes
// that were. A pipe is held only while something is in it, so that a connection on which nothing moves has none. Where there are no
// descriptors for a pipe, bytes are copied.
func Carry(to, from *net.TCPConn) (moved int64, err error) {
	source, err := from.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("carry bytes: %w", err)
	}
	sink, err := to.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("carry bytes: %w", err)
	}
	var p *pipe
	var n int64
	var failed error
	fill := func(fd uintptr) bool {
		if p = take(); p == nil {
			failed = errNoPipe
			return true
		}
		n, failed = splice(int(fd), p.in, pipeBytes)
		if failed == unix.EAGAIN {
			pipes.Put(p)
			p = nil
			return false
		}
		return true
	}
	left := int64(0)
	drain := func(fd uintptr) bool {
		for left > 0 {
			if n, failed = splice(p.out, int(fd), int(left)); failed != nil {
				return failed != unix.EAGAIN
			}
			left -= n
			moved += n
		}
		return true
	}
	for {
		p, failed = nil, nil
		err := source.Read(fill)
		switch {
		case err != nil:
		case failed == errNoPipe:
			rest, err := io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from})
			return moved + rest, err
		case failed != nil:
			err = failed
		case n == 0:
			pipes.Put(p)
			return moved, nil
		default:
			left = n
			if err = sink.Write(drain); err == nil {
				err = failed
			}
		}
		if err != nil {
			if p != nil {
				p.close()
			}
			return moved, fmt.Errorf("carry bytes: %w", err)
		}
		pipes.Put(p)
	}
}

var errNoPipe = errors.New("no descriptors are left for a pipe")

func splice(from, to, most int) (int64, error) {
	for {
		n, err := unix.Splice(from, nil, to, nil, most, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		if err != unix.EINTR {
			return int64(n), err
		}
	}
}
