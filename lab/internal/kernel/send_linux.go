package kernel

import (
	"errors"
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sender sends whole frames at a link of the namespace that it was opened in. It is used by one goroutine.
type Sender struct {
	fd   int
	iovs []unix.Iovec
	msgs []message
}

// message is struct mmsghdr of sendmmsg(2).
type message struct {
	head unix.Msghdr
	sent uint32
	_    [4]byte
}

// OpenSender opens one for up to batch frames at a time.
func OpenSender(link string, batch int) (*Sender, error) {
	i, err := net.InterfaceByName(link)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0: it receives nothing
	if err != nil {
		return nil, fmt.Errorf("open a packet socket: %w", err)
	}
	s := &Sender{fd: fd, iovs: make([]unix.Iovec, batch), msgs: make([]message, batch)}
	for k := range s.msgs {
		s.msgs[k].head.Iov = &s.iovs[k]
		s.msgs[k].head.SetIovlen(1)
	}
	err = errors.Join(unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1), unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index}))
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("bind a packet socket to %s: %w", link, err)
	}
	return s, nil
}

// Send sends frames, at most as many as the batch, and says how many went.
func (s *Sender) Send(frames [][]byte) (int, error) {
	frames = frames[:min(len(frames), len(s.msgs))]
	if len(frames) == 0 {
		return 0, nil
	}
	for k, f := range frames {
		s.iovs[k].Base = &f[0]
		s.iovs[k].SetLen(len(f))
	}
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.msgs[0])), uintptr(len(frames)), 0, 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case unix.ENOBUFS, unix.EAGAIN, unix.EINTR:
		return 0, nil
	}
	return 0, fmt.Errorf("send frames: %w", errno)
}

// Close closes the socket.
func (s *Sender) Close() error { return unix.Close(s.fd) }
