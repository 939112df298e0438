package kernel

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestWhatWentIsToldFromWhatCannotBeRead(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "cgroup.procs"))
	for _, c := range []struct {
		err           error
		went, threads bool
	}{
		{missing, true, false},
		{&fs.PathError{Op: "read", Path: "cgroup.procs", Err: syscall.ENODEV}, true, false},
		{fmt.Errorf("ns/net: %w", syscall.ESRCH), true, false},
		{fmt.Errorf("cgroup.procs: %w", syscall.EOPNOTSUPP), false, true},
		{fmt.Errorf("cgroup.procs: %w", syscall.EMFILE), false, false},
		{fmt.Errorf("ns/net: %w", syscall.EACCES), false, false},
		{nil, false, false},
	} {
		if Went(c.err) != c.went || Threads(c.err) != c.threads {
			t.Errorf("%v: went %t, of threads %t; expected %t, %t", c.err, Went(c.err), Threads(c.err), c.went, c.threads)
		}
	}
}
