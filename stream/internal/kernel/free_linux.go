package kernel

import "syscall"

// FreeBytes returns how many bytes an ordinary user may still write to the file system that
// dir is on, and whether that is known.
func FreeBytes(dir string) (free int64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}
