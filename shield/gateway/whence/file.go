package whence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// MaxFile is how large a file may be, in bytes. The whole table of the Internet as text has some 30 MB.
const MaxFile = 256 << 20

// File is one that is read again when it changes. Its last good reading stays while there is none that is better. One goroutine uses it.
type File[T any] struct {
	path  string
	parse func(name string, data []byte) (T, error)
	seen  stamp
	good  T
	state State
}

// State is how a file stands.
type State struct {
	Path    string
	Entries int       // prefixes of the last good reading
	Of      time.Time // when what was read last and was good had been written; zero: there is none
	Fault   string    // why what stands in the file now is not used; empty: it is
}

// stamp tells two contents of a file apart, as far as that can be told without reading it.
type stamp struct {
	at   time.Time
	size int64
	is   fs.FileInfo
}

// NewFile returns one that was not read yet. parse has the file's path for its errors, which say the line, and tells how many entries there are.
func NewFile[T any](path string, parse func(name string, data []byte) (T, error)) *File[T] {
	return &File[T]{path: path, parse: parse, state: State{Path: path}}
}

// Good returns the last good reading; the zero value where there is none.
func (f *File[T]) Good() T { return f.good }

// State returns how it stands.
func (f *File[T]) State() State { return f.state }

// Look reads the file if it is another than it was, and says whether there is a new good reading. count says how many entries one has: one
// without any is a fault, because lists that somebody has just begun to write are empty.
func (f *File[T]) Look(count func(T) int) (fresh bool) {
	data, was, err := f.read()
	if err == nil && data == nil {
		return false
	}
	var out T
	if err == nil {
		out, err = f.parse(f.path, data)
	}
	if err == nil && count(out) == 0 {
		err = fmt.Errorf("%s: there is nothing in it; expected prefixes", f.path)
	}
	if err != nil {
		f.state.Fault = err.Error()
		return false
	}
	f.good = out
	f.state = State{Path: f.path, Entries: count(out), Of: was}
	return true
}

// read returns the content where it is another; nil where it is as before.
func (f *File[T]) read() ([]byte, time.Time, error) {
	file, err := os.Open(f.path)
	if err != nil {
		f.seen = stamp{}
		return nil, time.Time{}, err
	}
	defer file.Close()
	is, err := file.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	now := stamp{is.ModTime(), is.Size(), is}
	if f.seen.is != nil && now.at.Equal(f.seen.at) && now.size == f.seen.size && os.SameFile(now.is, f.seen.is) {
		return nil, time.Time{}, nil
	}
	f.seen = now
	switch {
	case !is.Mode().IsRegular():
		return nil, time.Time{}, fmt.Errorf("%s: it is no file", f.path)
	case is.Size() > MaxFile:
		return nil, time.Time{}, fmt.Errorf("%s: it has %d bytes; expected at most %d", f.path, is.Size(), MaxFile)
	}
	data := make([]byte, is.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		f.seen = stamp{} // somebody is writing it
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s: it became shorter while it was read", f.path)
		}
		return nil, time.Time{}, err
	}
	return data, is.ModTime(), nil
}
