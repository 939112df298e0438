package edge

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// The bounds of what is read of sites.
const (
	mostSiteFile  = 1 << 20 // bytes of one file: what site.Parse takes
	mostSiteFiles = 100_000
	siteEnding    = ".yaml"
)

// siteFiles are the documents of sites on the disk, as they were served last.
type siteFiles struct {
	paths []string // files and folders
	files map[string]siteFile
	fault map[string]error // of files and folders that are not served as they stand now
}

type siteFile struct {
	size  int64
	time  time.Time
	sites []site.Site
}

func newSiteFiles(paths []string) *siteFiles {
	return &siteFiles{paths: paths, files: map[string]siteFile{}, fault: map[string]error{}}
}

// fileChange is one file that is another one than was served.
type fileChange struct {
	path string
	siteFile
	gone []site.ID // that stood in it, and do not any more
	lost bool      // the file went
}

// follow reads what changed and has it served by put. A file with a fault, or that claims what another one has, is served as it was before, and the
// others are served all the same; the error says all faults. changed says how many sites were put or taken off.
func (f *siteFiles) follow(put func(changed []site.Site, gone []site.ID) error) (changed int, err error) {
	found, faults := f.list()
	changes := f.changes(found, faults)
	taken := func(all []fileChange) (sites []site.Site, gone []site.ID) {
		here := map[site.ID]bool{}
		for _, c := range all {
			sites = append(sites, c.sites...)
			for i := range c.sites {
				here[c.sites[i].ID] = true
			}
		}
		for _, c := range all {
			for _, id := range c.gone {
				if !here[id] { // else it stands in another file now
					gone = append(gone, id)
				}
			}
		}
		return sites, gone
	}
	each := func(all []fileChange) error {
		sites, gone := taken(all)
		if len(sites)+len(gone) > 0 {
			if err := put(sites, gone); err != nil {
				return err
			}
		}
		changed += len(sites) + len(gone)
		for _, c := range all {
			if c.lost {
				delete(f.files, c.path)
			} else {
				f.files[c.path] = c.siteFile
			}
		}
		return nil
	}
	if each(changes) != nil { // one of them: the others are served all the same
		for _, c := range changes {
			if err := each([]fileChange{c}); err != nil {
				faults[c.path] = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: c.path, Err: err}
			}
		}
	}
	f.fault = faults
	var all []error
	for _, path := range slices.Sorted(maps.Keys(faults)) {
		all = append(all, faults[path])
	}
	return changed, errors.Join(all...)
}

// changes reads the files that are not as they were, in the order of their names.
func (f *siteFiles) changes(found map[string]fs.FileInfo, faults map[string]error) (out []fileChange) {
	for _, path := range slices.Sorted(maps.Keys(found)) {
		info, was := found[path], f.files[path]
		if was.size == info.Size() && was.time.Equal(info.ModTime()) {
			continue
		}
		sites, err := readSites(path, info)
		if err != nil {
			faults[path] = err
			continue
		}
		c := fileChange{path: path, siteFile: siteFile{info.Size(), info.ModTime(), sites}}
		for i := range was.sites {
			id := was.sites[i].ID
			if !slices.ContainsFunc(sites, func(s site.Site) bool { return s.ID == id }) {
				c.gone = append(c.gone, id)
			}
		}
		out = append(out, c)
	}
	for _, path := range slices.Sorted(maps.Keys(f.files)) {
		if _, there := found[path]; there || faults[path] != nil || faults[filepath.Dir(path)] != nil { // what cannot be looked at is served as it was
			continue
		}
		c := fileChange{path: path, lost: true}
		for i := range f.files[path].sites {
			c.gone = append(c.gone, f.files[path].sites[i].ID)
		}
		out = append(out, c)
	}
	return out
}

// list finds the files.
func (f *siteFiles) list() (found map[string]fs.FileInfo, faults map[string]error) {
	found, faults = map[string]fs.FileInfo{}, map[string]error{}
	for _, path := range f.paths {
		info, err := os.Stat(path)
		if err != nil {
			faults[path] = kernel.FileError("read sites from", path, err)
			continue
		}
		if !info.IsDir() {
			found[path] = info
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			faults[path] = kernel.FileError("read sites from", path, err)
			continue
		}
		for _, x := range entries {
			name := filepath.Join(path, x.Name())
			if !strings.HasSuffix(name, siteEnding) || strings.HasPrefix(x.Name(), ".") {
				continue
			}
			if len(found) >= mostSiteFiles {
				faults[path] = evenkeel.Invalid("%s holds more files; expected at most %d: put several sites into one", path, mostSiteFiles)
				break
			}
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() { // what went meanwhile is gone
				found[name] = info
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
				faults[name] = kernel.FileError("read sites from", name, err)
			}
		}
	}
	return found, faults
}

func readSites(path string, info fs.FileInfo) ([]site.Site, error) {
	if info.Size() > mostSiteFile {
		return nil, evenkeel.Invalid("%s has %d bytes; expected at most %d", path, info.Size(), mostSiteFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, kernel.FileError("read sites from", path, err)
	}
	return site.Parse(path, text)
}

// CheckSites says all that is wrong with documents of sites, and how many sites there are.
func CheckSites(paths []string) (n int, err error) {
	var all []site.Site
	var faults []error
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			faults = append(faults, kernel.FileError("read sites from", path, err))
			continue
		}
		sites, err := readSites(path, info)
		faults = append(faults, err)
		all = append(all, sites...)
	}
	if err := errors.Join(faults...); err != nil {
		return 0, err
	}
	_, err = new(site.Directory).With(all, nil)
	return len(all), err
}
