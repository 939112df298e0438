//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenIn opens a path inside a root for reading. Links are followed as a process that has the root as its own would follow
// them (openat2(2), RESOLVE_IN_ROOT), so that nobody inside leads us out. A file that is neither a folder
// nor a regular file is refused: reading a device or a pipe may do something, or never end.
func OpenIn(root *os.File, path string) (*os.File, error) {
	path = strings.TrimLeft(path, "/")
	if path == "" {
		path = "."
	}
	fd, err := unix.Openat2(int(root.Fd()), path, &unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if kind := st.Mode & unix.S_IFMT; kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return nil, errors.Join(fmt.Errorf("open %s: it is neither a file nor a folder", path), f.Close())
	}
	return f, nil
}
