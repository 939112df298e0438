package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
)

// replacement is a file that is written beside the one whose place it takes, and takes it
// only when it is whole. What is no file, such as /dev/null, is written itself.
type replacement struct {
	doing string
	name  string // of the place
	file  *os.File
}

// replace begins the replacement of a file, which need not be there. Whoever calls it ends
// with keep or drop.
func replace(doing, name string) (*replacement, error) {
	mode, known := fs.FileMode(0o666), false
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = name, nil
	} else if err == nil {
		var info fs.FileInfo
		switch info, err = os.Stat(target); {
		case err != nil:
		case info.IsDir():
			return nil, evenkeel.Invalid("%s %s: it is a directory; expected a file", doing, name)
		case !info.Mode().IsRegular():
			f, err := os.OpenFile(target, os.O_WRONLY, 0)
			return &replacement{doing: doing, name: target, file: f}, openError(doing, name, err)
		default:
			mode, known = info.Mode().Perm(), true
		}
	}
	if err != nil {
		return nil, openError(doing, name, err)
	}
	f, err := beside(target, mode)
	if err == nil && known {
		err = f.Chmod(mode)
	}
	if err != nil {
		return nil, openError(doing, name, err)
	}
	return &replacement{doing: doing, name: target, file: f}, nil
}

// beside makes a file in the same folder, so that it can be renamed.
func beside(name string, mode fs.FileMode) (f *os.File, err error) {
	for i := range 100 { // what earlier runs with our number left behind is passed over
		f, err = os.OpenFile(fmt.Sprintf("%s.%d-%d.tmp", name, os.Getpid(), i), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, err
}

// Write writes to the replacement.
func (r *replacement) Write(b []byte) (int, error) { return r.file.Write(b) }

func (r *replacement) aside() bool { return r.file.Name() != r.name }

// keep puts the replacement in its place.
func (r *replacement) keep() error {
	var err error
	if r.aside() {
		err = r.file.Sync() // else a crash could leave an empty file in the place
	}
	err = cmp.Or(err, r.file.Close())
	if r.aside() {
		if err == nil {
			err = os.Rename(r.file.Name(), r.name)
		}
		if err != nil {
			_ = os.Remove(r.file.Name())
		}
	}
	return openError(r.doing, r.name, err)
}

// drop leaves the place as it was. After keep it does nothing.
func (r *replacement) drop() {
	if r.file.Close() == nil && r.aside() {
		_ = os.Remove(r.file.Name())
	}
}
