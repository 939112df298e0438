package sensor

import (
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/host"
	"github.com/evenkeel/evenkeel/watch/intake/host/internal/kernel"
)

// Bounds of one machine.
const (
	maxFolders = 4096
	maxFiles   = 4096 // of one folder that are listed
	maxDepth   = 4    // of folders in a deep one
	maxPasswd  = 1 << 20
)

// root is a machine that is watched.
type root struct {
	Root
	born    evenkeel.Moment
	devices []uint64 // file systems whose programs are its own
	keys    []string
	wanted  map[string]bool // folder → deep
	modules []host.Module
	swept   bool
}

// folder is one that is watched.
type folder struct {
	root *root
	path string // as the machine has it
	deep int    // how many levels of folders in it are watched too
	logs bool
	size map[string]int64 // of the logs in it
}

// enter begins to watch a machine.
func (s *Sensor) enter(n Root) error {
	r := &root{Root: n, wanted: map[string]bool{}}
	at, err := r.open("/")
	if err != nil {
		return err
	}
	if err := at.Close(); err != nil {
		return err
	}
	if r.born = n.Born; r.born == 0 {
		r.born = r.birth()
	}
	s.roots[n.Asset] = r
	for _, f := range host.Folders() {
		r.wanted[f.Path] = f.Deep
	}
	passwd, err := r.readFile("/etc/passwd", maxPasswd)
	if err != nil {
		s.set.Log.Info("homes of a machine are not known", "asset", n.Asset, "err", err)
	}
	for _, home := range host.Homes(passwd) {
		for _, f := range host.HomeFolders(home) {
			r.wanted[f.Path] = f.Deep
		}
	}
	for _, f := range host.Folders() {
		s.want(r, f.Path, nil)
	}
	for _, home := range host.Homes(passwd) {
		for _, f := range host.HomeFolders(home) {
			s.want(r, f.Path, nil)
		}
	}
	s.watchPrograms(r)
	return nil
}

// leave lets go of a machine. Its marks end with its folders, or are of no folder that is known.
func (s *Sensor) leave(id evenkeel.AssetID) {
	r := s.roots[id]
	delete(s.roots, id)
	for _, k := range r.keys {
		delete(s.byKey, k)
	}
	s.lookout.Forget(id)
}

// want watches a folder; where it is not there, the nearest one above it, in which it may be made. by is
// whoever made it just now, to whom the files in it are put down; nil where it was there.
func (s *Sensor) want(r *root, p string, by *host.Process) {
	deep := 0
	if r.wanted[p] {
		deep = maxDepth
	}
	for {
		err := s.watch(r, p, deep, by)
		if err == nil || p == "/" || !errors.Is(err, os.ErrNotExist) {
			return
		}
		p, deep, by = path.Dir(p), 0, nil
	}
}

// watch watches a folder, and those in it as deep as it goes.
func (s *Sensor) watch(r *root, p string, deep int, by *host.Process) error {
	if len(r.keys) >= maxFolders {
		s.figures.Refused++
		return errors.New("too many folders")
	}
	f, err := r.open(p)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			s.figures.Refused++
		}
		return err
	}
	defer f.Close()
	key, err := s.folders.Watch(f)
	if err != nil {
		s.figures.Refused++
		return err
	}
	logs := p == "/var/log" || strings.HasPrefix(p, "/var/log/")
	at := s.byKey[key]
	if at == nil {
		at = &folder{root: r, path: p, deep: deep, logs: logs, size: map[string]int64{}}
		s.byKey[key] = at
		r.keys = append(r.keys, key)
	} else if at.root != r || at.deep >= deep && by == nil {
		return nil // under another name, or of another machine that shares it
	}
	at.deep = max(at.deep, deep)
	if deep == 0 && by == nil && !logs {
		return nil
	}
	entries, err := f.ReadDir(maxFiles)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil // it is watched, and was removed meanwhile
	}
	for _, e := range entries {
		in := path.Join(p, e.Name())
		switch {
		case e.IsDir() && (deep > 1 || s.isWanted(r, in)):
			_ = s.watch(r, in, max(deep-1, 0), by) // what could not be is counted
		case e.IsDir():
		case logs:
			if host.Watched(in, host.ActTruncated) {
				s.shorter(at, in, e.Name())
			}
		case by != nil:
			s.observe(&host.Observation{Asset: r.Asset, Act: host.ActWritten, Path: in, By: *by})
		}
	}
	return nil
}

func (s *Sensor) isWanted(r *root, p string) bool {
	_, ok := r.wanted[p]
	return ok
}

// made follows a folder that was made or moved into one that is watched: those that are wanted in it, and it
// itself where all in a folder is.
func (s *Sensor) made(at *folder, p string, by *host.Process) {
	if at.deep > 1 {
		_ = s.watch(at.root, p, at.deep-1, by) // what could not be is counted
		return
	}
	for w := range at.root.wanted {
		if w == p || strings.HasPrefix(w, p+"/") {
			s.want(at.root, w, by)
		}
	}
}

// open opens a path of the machine. The root is not kept open: it could not be unmounted.
func (r *root) open(p string) (*os.File, error) {
	at, err := os.Open(r.Path)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	return kernel.OpenIn(at, p)
}

// readFile reads a file of the machine, at most so much of it.
func (r *root) readFile(p string, most int64) ([]byte, error) {
	f, err := r.open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// birth is when the machine's id was written, which is at its first boot (machine-id(5)); 0 where it has none. It is asked
// once: whoever writes it later does not make the machine younger.
func (r *root) birth() evenkeel.Moment {
	f, err := r.open("/etc/machine-id")
	if err != nil {
		return 0
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0
	}
	return evenkeel.MomentOf(info.ModTime())
}
