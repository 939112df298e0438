package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
)

// lock takes a data directory for this process alone. Whoever holds it is written in the file.
func lock(dir string, now time.Time) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fileError("open", path, err)
	}
	held, err := kernel.Lock(f)
	switch {
	case held:
		holder, _ := io.ReadAll(io.LimitReader(f, 200))
		_ = f.Close()
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("serve from %s: it is in use by %s", dir, strings.TrimSpace(string(holder))),
			Hint: "end that process, or name another directory with --data",
		}
	case err == nil:
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt(fmt.Appendf(nil, "process %d since %s\n", os.Getpid(), now.UTC().Format(time.RFC3339)), 0)
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fileError("lock", path, err)
	}
	return f, nil
}
