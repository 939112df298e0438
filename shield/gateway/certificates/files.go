package certificates

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// source is a pair of files that one or more sites name: what of it is in force, and what is wrong with what lies on the disk.
type source struct {
	files  site.KeyPair
	marks  [2]mark // of what was read last
	pair   *pair   // in force; nil: none could be read yet
	fault  error   // of the last reading; nil: pair is what the files hold
	logged string  // the fault that was told last
}

// read brings a source to what its files hold now, and says whether another pair is in force than before. Files that did not change are not opened,
// unless the last reading failed: of two files one may have been written after it was read.
func (s *source) read(now time.Time) bool {
	var marks [2]mark
	for i, path := range [...]string{s.files.Certificate, s.files.Key} {
		m, err := markOf(path)
		if err != nil {
			s.fault = err
			return false
		}
		marks[i] = m
	}
	if s.fault == nil && marks[0].same(s.marks[0]) && marks[1].same(s.marks[1]) {
		return false
	}
	s.marks = marks
	chain, err := contents(s.files.Certificate)
	if err != nil {
		s.fault = err
		return false
	}
	key, err := contents(s.files.Key)
	if err != nil {
		s.fault = err
		return false
	}
	p, err := decode(chain, key)
	if err != nil {
		s.fault = fmt.Errorf("%s with %s: %w", s.files.Certificate, s.files.Key, err)
		return false
	}
	if s.pair != nil && s.pair.fits(now) && !p.fits(now) {
		s.fault = fmt.Errorf("%s: %s, and the one before it holds until %s", s.files.Certificate, p.wrong(now), stamp(s.pair.until))
		return false
	}
	s.fault = nil
	changed := s.pair == nil || !slices.EqualFunc(s.pair.certificate.Certificate, p.certificate.Certificate, slices.Equal[[]byte])
	if changed {
		s.pair = p
	}
	return changed
}

// filed is what the files of one site come to: which certificates stand for which name of a hello. It never changes.
type filed struct {
	exact, wild map[string][]*tls.Certificate // the best first; wild without *
	sources     []*source
	pairs       []*pair // in force of each source; nil: none. Not that of the source where that is for another site
}

// file puts the pairs of a site in their order: those within their time first, then as the site lists them.
// Where a source has become one for other sites, what the site had of it before stays.
func file(s *site.Site, sources []*source, was *filed, now time.Time) *filed {
	f := &filed{sources: sources, pairs: make([]*pair, len(sources)), exact: make(map[string][]*tls.Certificate, 1)}
	for i, source := range sources {
		if p := source.pair; p != nil && p.concerns(s) {
			f.pairs[i] = p
		} else if p := was.pair(source); p != nil && p.concerns(s) {
			f.pairs[i] = p
		}
	}
	for _, fits := range [...]bool{true, false} {
		for _, p := range f.pairs {
			if p == nil || p.fits(now) != fits {
				continue
			}
			for _, name := range p.names {
				if wild, ok := strings.CutPrefix(name, "*"); ok {
					if f.wild == nil {
						f.wild = make(map[string][]*tls.Certificate, 1)
					}
					f.wild[wild] = append(f.wild[wild], &p.certificate)
				} else {
					f.exact[name] = append(f.exact[name], &p.certificate)
				}
			}
		}
	}
	return f
}

// pair is what is in force of a source.
func (f *filed) pair(of *source) *pair {
	if f == nil {
		return nil
	}
	if i := slices.Index(f.sources, of); i >= 0 {
		return f.pairs[i]
	}
	return nil
}

// of are the certificates for a name, lower case.
func (f *filed) of(name string) []*tls.Certificate {
	if c := f.exact[name]; c != nil {
		return c
	}
	if i := strings.IndexByte(name, '.'); i > 0 {
		return f.wild[name[i:]]
	}
	return nil
}

// bare are the names of a site that none of its files is for.
func (f *filed) bare(s *site.Site) []string {
	var out []string
	for _, name := range s.Names {
		covered := slices.ContainsFunc(f.pairs, func(p *pair) bool {
			return p != nil && slices.ContainsFunc(p.names, func(of string) bool { return covers(of, name) })
		})
		if !covered {
			out = append(out, name)
		}
	}
	return out
}

// view is what look-ups read: a directory, and the files of its sites. It never changes.
type view struct {
	directory *site.Directory
	filed     map[*site.Site]*filed
}

// book is what is kept of files. It is guarded by the Store's mutex.
type book struct {
	sources map[site.KeyPair]*source
}

// next is the view of a directory. What the view before has of a site is kept, unless one of the files that changed is the site's.
func (b *book) next(was *view, d *site.Directory, now time.Time, changed map[*source]bool) *view {
	v := &view{directory: d, filed: make(map[*site.Site]*filed, len(was.filed))}
	named := make(map[site.KeyPair]bool, len(b.sources))
	for _, s := range d.All() {
		if len(s.Certificates.Files) == 0 {
			continue
		}
		for _, k := range s.Certificates.Files {
			named[k] = true
		}
		if f := was.filed[s]; f != nil && !slices.ContainsFunc(f.sources, func(x *source) bool { return changed[x] }) {
			v.filed[s] = f
			continue
		}
		sources := make([]*source, 0, len(s.Certificates.Files))
		for _, k := range s.Certificates.Files {
			x := b.sources[k]
			if x == nil {
				x = &source{files: k}
				x.read(now)
				b.sources[k] = x
			}
			sources = append(sources, x)
		}
		var before *filed
		if old, ok := was.directory.Site(s.ID); ok {
			before = was.filed[old]
		}
		v.filed[s] = file(s, sources, before, now)
	}
	for k := range b.sources {
		if !named[k] {
			delete(b.sources, k)
		}
	}
	return v
}
