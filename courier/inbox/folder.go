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
	"time"

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
// full: the oldest go of the share that has most, or nothing more is taken. It is made with the first mail.
func NewFolder(dir string, files int, bytes int64, rolls bool) *Folder {
	return &Folder{dir: dir, files: files, bytes: bytes, rolls: rolls}
}

// Keep writes a mail down, and returns the name of its file, with that of the folder. It outlives the
// loss of power when Keep returns. The same key of a share is the same file. KindUnavailable where there is no room.
func (f *Folder) Keep(share, key string, raw []byte) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := key + ".eml"
	if share != "" {
		name = share + sharesEnd + name
	}
	called := filepath.Join(filepath.Base(f.dir), name)
	if _, err := os.Stat(filepath.Join(f.dir, name)); err == nil {
		return called, nil
	}
	err := os.MkdirAll(f.dir, 0o700)
	if err == nil {
		err = f.room(share, int64(len(raw)))
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

// Waiting is what lies in a folder.
type Waiting struct {
	Mails      int
	OfContacts int       // of these, those whose sender is a contact of a tenant with an open case
	Since      time.Time // the oldest lies there
}

// sharesEnd stands in the name of a file behind the share that it is of.
const sharesEnd = "."

// ofContact begins the keys of mails whose sender is a contact.
const ofContact = "contact-"

// Waiting returns what lies there.
func (f *Folder) Waiting() (w Waiting, err error) {
	all, err := f.kept()
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // else none was ever kept
		return w, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "look into " + f.dir, Err: err, Hint: "see that the folder may be read"}
	}
	for _, i := range all {
		if w.Mails++; strings.HasPrefix(i.Name(), ofContact) {
			w.OfContacts++
		}
		if w.Since.IsZero() || i.ModTime().Before(w.Since) {
			w.Since = i.ModTime()
		}
	}
	return w, nil
}

// Older returns how many mails lie there that came before a moment.
func (f *Folder) Older(before time.Time) (n int, err error) {
	return f.older(before, func(string) error { return nil })
}

// Forget removes the mails that came before a moment, and returns how many those were.
func (f *Folder) Forget(before time.Time) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.older(before, os.Remove)
}

func (f *Folder) older(before time.Time, then func(path string) error) (n int, err error) {
	all, err := f.kept()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, i := range all {
		if err != nil || !i.ModTime().Before(before) {
			continue
		}
		if err = then(filepath.Join(f.dir, i.Name())); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err == nil {
			n++
		}
	}
	if err != nil {
		err = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "forget old mails in " + f.dir, Err: err, Hint: "see that the folder may be written to"}
	}
	return n, err
}

// kept are the files of mails.
func (f *Folder) kept() (all []fs.FileInfo, err error) {
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		i, bad := e.Info()
		switch {
		case errors.Is(bad, fs.ErrNotExist) || bad == nil && !strings.HasSuffix(e.Name(), ".eml"): // removed since, or no mail
		case bad != nil:
			return nil, bad
		default:
			all = append(all, i)
		}
	}
	return all, err
}

// room sees to it that one more of a share fits.
func (f *Folder) room(share string, more int64) error {
	all, err := f.kept()
	if err != nil {
		return err
	}
	sum := more
	for _, i := range all {
		sum += i.Size()
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
		at := goesFirst(all, share, more, sum > f.bytes)
		if err := os.Remove(filepath.Join(f.dir, all[at].Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		sum -= all[at].Size()
		all = slices.Delete(all, at, at+1)
	}
	return nil
}

// goesFirst is which of some mails, the oldest first, makes room for one more of a share: the oldest of the share that
// then has most, so that whoever sends many takes only their own room. Those of no share are one.
func goesFirst(all []fs.FileInfo, share string, more int64, bytes bool) int {
	of := func(i fs.FileInfo) string {
		s, _, _ := strings.Cut(strings.TrimSuffix(i.Name(), ".eml"), sharesEnd)
		if strings.Count(i.Name(), sharesEnd) < 2 {
			return ""
		}
		return s
	}
	has, one := map[string]int64{share: 1}, func(fs.FileInfo) int64 { return 1 }
	if bytes {
		has[share], one = more, fs.FileInfo.Size
	}
	for _, i := range all {
		has[of(i)] += one(i)
	}
	first := 0
	for n, i := range all {
		if has[of(i)] > has[of(all[first])] {
			first = n
		}
	}
	return first
}
