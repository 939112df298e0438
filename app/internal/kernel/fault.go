package kernel

import (
	"errors"
	"io/fs"
	"os"

	"github.com/evenkeel/evenkeel"
)

// FileError is what went wrong with a file as one of our errors, which names the path once.
func FileError(doing, path string, err error) error {
	e := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing + " " + path, Err: err}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		e.Err = cause.Err // the path is named already
	} else if cause, ok := errors.AsType[*os.LinkError](err); ok { // of a rename
		e.Err = cause.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind = evenkeel.KindNotFound
	case errors.Is(err, fs.ErrPermission):
		e.Kind = evenkeel.KindDenied
	case errors.Is(err, fs.ErrExist):
		e.Kind = evenkeel.KindConflict
	}
	return e
}
