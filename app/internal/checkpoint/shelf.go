package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/whole"
)

const (
	unfinished = "new-"     // begins the name of one that is being written
	aside      = ".damaged" // ends the name of one that could not be read
	digits     = 20         // of a position, so that names are in order
)

// Shelf is a directory of checkpoints. Writing and pruning are for one goroutine.
type Shelf struct{ dir string }

// Part is a file of a checkpoint.
type Part struct {
	Name string
	From io.WriterTo
}

// On returns the shelf in a directory, which is made where it is not there. What was being
// written when the process ended is removed.
func On(dir string) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return &Shelf{dir}, err
}

// Positions returns those of the checkpoints, the newest first.
func (s *Shelf) Positions() ([]uint64, error) {
	entries, err := os.ReadDir(s.dir)
	var all []uint64
	for _, e := range entries {
		if at, err := strconv.ParseUint(e.Name(), 10, 64); err == nil && len(e.Name()) == digits {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all, err
}

func (s *Shelf) path(at uint64) string { return filepath.Join(s.dir, fmt.Sprintf("%0*d", digits, at)) }

// Open opens a part of a checkpoint to be read.
func (s *Shelf) Open(at uint64, name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(s.path(at), name))
}

// Write writes a checkpoint, in place of one of the same position.
func (s *Shelf) Write(at uint64, parts ...Part) (err error) {
	dir, err := os.MkdirTemp(s.dir, unfinished)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	for _, p := range parts {
		if err := write(filepath.Join(dir, p.Name), p.From); err != nil {
			return err
		}
	}
	if err := whole.Settle(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(s.path(at)); err != nil {
		return err
	}
	if err := os.Rename(dir, s.path(at)); err != nil {
		return err
	}
	return whole.Settle(s.dir)
}

func write(path string, from io.WriterTo) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	_, err = from.WriteTo(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// SetAside keeps a checkpoint that could not be read from being one.
func (s *Shelf) SetAside(at uint64) error {
	to := s.path(at) + aside
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.Rename(s.path(at), to)
}

// Prune removes all but the newest checkpoints, and what was set aside, and returns the position
// of the oldest that stays; 0 where fewer than so many are there.
func (s *Shelf) Prune(keep int) (oldest uint64, err error) {
	all, err := s.Positions()
	if err != nil || len(all) < keep {
		return 0, err
	}
	for _, at := range all[keep:] {
		err = errors.Join(err, os.RemoveAll(s.path(at)))
	}
	damaged, _ := filepath.Glob(filepath.Join(s.dir, "*"+aside))
	for _, path := range damaged {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return all[keep-1], err
}
