//go:build !linux

package kernel

// FreeBytes does not know how many bytes are free on this operating system.
func FreeBytes(dir string) (free int64, known bool) { return 0, false }
