package edge

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/evenkeel/evenkeel/app/internal/kernel"
)

// lineFile is a file of lines that grows to a size; then it is put aside as path.1, and what was that as path.2, and so on.
type lineFile struct {
	path string
	most int64 // bytes of one
	keep int   // files in all
	on   *os.File
	size int64
}

// openLines opens a file of lines for more of them. What was not written whole, because the process before was killed, is cut off.
func openLines(path string, most int64, keep int) (*lineFile, error) {
	f := &lineFile{path: path, most: most, keep: keep}
	return f, f.open()
}

func (f *lineFile) open() (err error) {
	if f.on, err = os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return kernel.FileError("open", f.path, err)
	}
	f.size, err = wholeLines(f.on)
	if err == nil {
		err = f.on.Truncate(f.size)
	}
	if err == nil {
		_, err = f.on.Seek(f.size, io.SeekStart)
	}
	if err != nil {
		f.on.Close()
		f.on = nil
		return kernel.FileError("open", f.path, err)
	}
	return nil
}

// wholeLines is where the last whole line of a file ends. A line is looked for in its last mebibyte.
func wholeLines(f *os.File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return 0, err
	}
	tail := make([]byte, min(size, 1<<20))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0, err
	}
	return size - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')) + 1, nil
}

// append writes whole lines. Where that fails the file is opened again at the next time, without the half of one.
func (f *lineFile) append(text []byte) (err error) {
	if f.on == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	if f.size > 0 && f.size+int64(len(text)) > f.most {
		if err := f.turn(); err != nil {
			return err
		}
	}
	n, err := f.on.Write(text)
	if f.size += int64(n); err != nil {
		f.on.Close()
		f.on = nil
		return kernel.FileError("write", f.path, err)
	}
	return nil
}

// turn begins another file.
func (f *lineFile) turn() error {
	err := f.on.Close()
	f.on = nil
	for n := f.keep - 1; n > 0 && err == nil; n-- {
		from := f.path
		if n > 1 {
			from += "." + strconv.Itoa(n-1)
		}
		if err = os.Rename(from, f.path+"."+strconv.Itoa(n)); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if f.keep == 1 && err == nil {
		err = os.Remove(f.path)
	}
	if err != nil {
		return kernel.FileError("put aside", f.path, err)
	}
	return f.open()
}

func (f *lineFile) close() error {
	if f.on == nil {
		return nil
	}
	return errors.Join(f.on.Sync(), f.on.Close())
}
