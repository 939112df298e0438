//go:build linux

package kernel

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// What is asked of a folder and of a file system. FAN_CREATE tells links too, which are never closed.
const (
	folderMask  = unix.FAN_CREATE | unix.FAN_CLOSE_WRITE | unix.FAN_MOVED_TO | unix.FAN_MOVED_FROM | unix.FAN_DELETE | unix.FAN_ONDIR | unix.FAN_EVENT_ON_CHILD
	programMask = unix.FAN_OPEN_EXEC
)

// bufferLen holds some thousand events.
const bufferLen = 256 << 10

type fanotify struct {
	file *os.File
	buf  []byte
	// programs says that events come with an open file and not with a name.
	programs bool
}

// NewFolders returns a group for folders: by fanotify, else by inotify, which does not say who did it.
func NewFolders() (Group, error) {
	g, err := newFanotify(unix.FAN_CLASS_NOTIF|unix.FAN_REPORT_DFID_NAME|unix.FAN_CLOEXEC|unix.FAN_NONBLOCK, false)
	if err != nil {
		return newInotify()
	}
	return g, nil
}

// NewPrograms returns a group for programs.
func NewPrograms() (Group, error) {
	return newFanotify(unix.FAN_CLASS_NOTIF|unix.FAN_CLOEXEC|unix.FAN_NONBLOCK, true)
}

func newFanotify(flags uint, programs bool) (*fanotify, error) {
	fd, err := unix.FanotifyInit(flags, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_LARGEFILE)
	if err != nil {
		return nil, fmt.Errorf("begin fanotify: %w", err)
	}
	return &fanotify{file: os.NewFile(uintptr(fd), "fanotify"), buf: make([]byte, bufferLen), programs: programs}, nil
}

// Who: fanotify names the process, where the reader has the right to see it.
func (g *fanotify) Who() bool { return true }

func (g *fanotify) Close() error { return g.file.Close() }

func (g *fanotify) mark(flags uint, mask uint64, on *os.File) error {
	raw, err := g.file.SyscallConn()
	if err != nil {
		return err
	}
	said := raw.Control(func(fd uintptr) { err = unix.FanotifyMark(int(fd), flags, mask, int(on.Fd()), "") })
	if said != nil {
		return said
	}
	return err
}

// Watch marks a folder.
func (g *fanotify) Watch(folder *os.File) (string, error) {
	key, err := keyOf(folder)
	if err != nil {
		return "", fmt.Errorf("ask for the handle of %s: %w", folder.Name(), err)
	}
	if err := g.mark(unix.FAN_MARK_ADD|unix.FAN_MARK_ONLYDIR, folderMask, folder); err != nil {
		return "", fmt.Errorf("watch %s: %w", folder.Name(), err)
	}
	return key, nil
}

// WatchPrograms marks a whole file system, so that programs are seen whatever mount they are started from; where
// that is refused, the mount.
func (g *fanotify) WatchPrograms(on *os.File) error {
	err := g.mark(unix.FAN_MARK_ADD|unix.FAN_MARK_FILESYSTEM, programMask, on)
	if err != nil {
		err = g.mark(unix.FAN_MARK_ADD|unix.FAN_MARK_MOUNT, programMask, on)
	}
	if err != nil {
		return fmt.Errorf("watch the programs of %s: %w", on.Name(), err)
	}
	return nil
}

// Read reads once.
func (g *fanotify) Read(f func(Event)) (int, error) {
	n, err := g.file.Read(g.buf)
	if err != nil {
		return 0, err
	}
	return parseFanotify(g.buf[:n], func(r raw) {
		e := Event{Does: does(r.mask), Key: r.key, Name: r.name, PID: int(r.pid), Lost: r.mask&bitOverflow != 0}
		if r.fd >= 0 {
			e.Path, e.Dev = openedAs(int(r.fd))
		}
		if e.Lost || e.Path != "" || e.Key != "" {
			f(e)
		}
	}), nil
}

// openedAs says what an event's descriptor is open on, and closes it.
func openedAs(fd int) (path string, dev uint64) {
	defer unix.Close(fd)
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return "", 0
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil {
		dev = uint64(st.Dev)
	}
	return path, dev
}

// keyOf is the key of a folder as its events will have it.
func keyOf(folder *os.File) (string, error) {
	handle, _, err := unix.NameToHandleAt(int(folder.Fd()), "", unix.AT_EMPTY_PATH)
	if err != nil {
		return "", err
	}
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(folder.Fd()), &fs); err != nil {
		return "", err
	}
	var fsid [8]byte
	binary.NativeEndian.PutUint32(fsid[:], uint32(fs.Fsid.Val[0]))
	binary.NativeEndian.PutUint32(fsid[4:], uint32(fs.Fsid.Val[1]))
	return handleKey(fsid[:], uint32(handle.Type()), handle.Bytes()), nil
}

// DeviceOf is the number of the file system of an open file.
func DeviceOf(f *os.File) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, err
	}
	return uint64(st.Dev), nil
}
