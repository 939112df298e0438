package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/evenkeel/evenkeel"
)

// Files reads files one after another; the name "-" is stdin. All are looked at before
// the first is read: one that cannot be opened, or is a directory, is an error of
// KindNotFound or KindDenied, and nothing is read. A file of an unknown format is left out,
// the others are read, and the error comes at the end.
func (r *Reader) Files(ctx context.Context, names []string, stdin io.Reader, emit func(*evenkeel.Batch) error) error {
	return r.files(names, stdin, func(in io.Reader, name string) error { return r.Read(ctx, in, name, emit) })
}

func (r *Reader) files(names []string, stdin io.Reader, read func(in io.Reader, name string) error) error {
	total, err := Sizes(names)
	if err != nil {
		return err
	}
	r.before, r.total = 0, total
	var left []error
	for _, name := range names {
		err := file(name, stdin, read)
		if isFormat(err) {
			left = append(left, err)
		} else if err != nil {
			return err
		}
	}
	return errors.Join(left...)
}

// formatError marks an error that is about one file's format and no other's.
type formatError struct{ error }

func (e formatError) Unwrap() error { return e.error }

func isFormat(err error) bool {
	_, ok := errors.AsType[formatError](err)
	return ok
}

func file(name string, stdin io.Reader, read func(in io.Reader, name string) error) error {
	if name == "-" {
		return read(stdin, "standard input")
	}
	f, err := os.Open(name)
	if err != nil {
		return fileError(name, err)
	}
	defer f.Close()
	return read(f, name)
}

// Sizes returns how many bytes the files have together, or 0 where one of them is "-" or
// has no size, such as a pipe. A file that is not there or a directory is an error.
func Sizes(names []string) (int64, error) {
	total, unknown := int64(0), false
	for _, name := range names {
		if name == "-" {
			unknown = true
			continue
		}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return 0, fileError(name, err)
		case info.IsDir():
			return 0, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "open " + name + ": it is a directory; expected files"}
		case !info.Mode().IsRegular():
			unknown = true
		}
		total += info.Size()
	}
	if unknown {
		return 0, nil
	}
	return total, nil
}

func fileError(name string, err error) error {
	kind := evenkeel.KindUnavailable
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = evenkeel.KindNotFound
	case errors.Is(err, fs.ErrPermission):
		kind = evenkeel.KindDenied
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // the path is named already
	}
	return &evenkeel.Error{Kind: kind, Says: fmt.Sprintf("open %s", name), Err: err}
}
