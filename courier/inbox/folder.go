package inbox

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// Folder keeps mails as files, each whole as it came, for its owner alone. Safe for concurrent use.
type Folder struct {
	dir   string
	files int
	bytes int64
	rolls bool

	mu sync.Mutex
}

// NewFolder returns a folder of at most so many files and bytes. rolls says what happens when it is
// full: the oldest go, or nothing more is taken. It is made with the first mail.
func NewFolder(dir string, files int, bytes int64, rolls bool) *Folder {
	return &Folder{dir: dir, files: files, bytes: bytes, rolls: rolls}
}

// Keep writes a mail down, and returns the name of its file, with that of the folder. It outlives the
// loss of power when Keep returns. The same key is the same file. KindUnavailable where there is no room.
func (f *Folder) Keep(key string, raw []byte) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name, called := key+".eml", filepath.Join(filepath.Base(f.dir), key+".eml")
	if _, err := os.Stat(filepath.Join(f.dir, name)); err == nil {
		return called, nil
	}
	err := os.MkdirAll(f.dir, 0o700)
	if err == nil {
		err = f.room(int64(len(raw)))
	}
	if err == nil {
		err = whole.Write(filepath.Join(f.dir, name), raw, 0o600)
	}
	if err != nil && evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		err = &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "keep a mail in " + f.dir, Err: err, Hint: "see that there is room, and that the folder may be written to",
		}
	}
	return called, err
}

// room sees to it that one more fits.
func (f *Folder) room(more int64) error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	var all []fs.FileInfo
	sum := more
	for _, e := range entries {
		i, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !strings.HasSuffix(e.Name(), ".eml") {
			continue
		}
		if err != nil {
			return err
		}
		all, sum = append(all, i), sum+i.Size()
	}
	if len(all) < f.files && sum <= f.bytes {
		return nil
	}
	if !f.rolls {
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "the folder " + f.dir + " is full of mails that nobody has looked at",
			Hint: "look at them and remove them: until then others like them are turned away for now",
		}
	}
	slices.SortFunc(all, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for len(all) > 0 && (len(all) >= f.files || sum > f.bytes) {
		if err := os.Remove(filepath.Join(f.dir, all[0].Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		sum -= all[0].Size()
		all = all[1:]
	}
	return nil
}
