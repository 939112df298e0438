//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// inotify stands in where fanotify is not to be had. It does not say who did it.
type inotify struct {
	file *os.File
	buf  []byte
}

func newInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("begin inotify: %w", err)
	}
	return &inotify{file: os.NewFile(uintptr(fd), "inotify"), buf: make([]byte, bufferLen)}, nil
}

func (g *inotify) Who() bool { return false }

func (g *inotify) Close() error { return g.file.Close() }

// Watch adds a folder, by its open file, so that no link leads elsewhere.
func (g *inotify) Watch(folder *os.File) (string, error) {
	raw, err := g.file.SyscallConn()
	if err != nil {
		return "", err
	}
	watch := 0
	said := raw.Control(func(fd uintptr) {
		watch, err = unix.InotifyAddWatch(int(fd), "/proc/self/fd/"+strconv.Itoa(int(folder.Fd())),
			unix.IN_CREATE|unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO|unix.IN_MOVED_FROM|unix.IN_DELETE|unix.IN_ONLYDIR)
	})
	if err = errors.Join(said, err); err != nil {
		return "", fmt.Errorf("watch %s: %w", folder.Name(), err)
	}
	return strconv.Itoa(watch), nil
}

// WatchPrograms is refused: inotify sees that a file is opened and not what for.
func (g *inotify) WatchPrograms(on *os.File) error {
	return fmt.Errorf("watch the programs of %s: inotify does not tell them", on.Name())
}

// Read reads once. The bits of inotify that are asked for are those of fanotify.
func (g *inotify) Read(f func(Event)) (int, error) {
	n, err := g.file.Read(g.buf)
	if err != nil {
		return 0, err
	}
	return parseInotify(g.buf[:n], func(r rawNotice) {
		f(Event{Does: does(uint64(r.mask)), Key: strconv.Itoa(int(r.watch)), Name: r.name, Lost: r.mask&unix.IN_Q_OVERFLOW != 0})
	}), nil
}
