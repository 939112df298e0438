package whole

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write makes the file at path hold text and nothing else, or leaves it as it was. The text is written
// beside it and on the disk before it takes its place. The directory has to be there; a link at path is
// replaced, not what it names. Errors are those of os.
func Write(path string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return Settle(filepath.Dir(path))
}

// Settle waits until the names in a directory are on the disk. A file whose text is there and whose name
// is not is lost.
func Settle(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
