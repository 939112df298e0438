package cgroup

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// maxFile bounds what is read of one file; a line for each of 65,536 disks is longer than any is.
const maxFile = 1 << 20

// Read reads a group. root is where control groups are mounted (/sys/fs/cgroup), group the path below it, as
// /proc/PID/cgroup has it. Of both versions at once (hybrid) each file is taken from where it is. What is not there is
// unknown; what is there and cannot be read is an error beside what could.
func Read(root, group string) (r Reading, err error) {
	for _, f := range []struct {
		file  string
		parse func([]byte, *Reading) error
	}{
		{filepath.Join(root, group, "cpu.stat"), ParseCPU},
		{filepath.Join(root, "unified", group, "cpu.stat"), ParseCPU},
		{filepath.Join(root, "cpu", group, "cpu.stat"), ParseCPU},
		{filepath.Join(root, "cpuacct", group, "cpuacct.usage"), ParseUsage},
		{filepath.Join(root, "blkio", group, "blkio.throttle.io_service_bytes_recursive"), ParseDisk},
		{filepath.Join(root, group, "io.stat"), ParseDisk},
	} {
		text, bad := readFile(f.file)
		if bad == nil {
			bad = f.parse(text, &r)
		}
		if bad != nil && !errors.Is(bad, os.ErrNotExist) {
			err = errors.Join(err, bad)
		}
	}
	return r, err
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}
