package edge

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/bots"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
	"github.com/evenkeel/evenkeel/shield/gateway/whence"
)

// Whence are the files that say where visitors come from.
type Whence struct {
	AS        []string `yaml:"as"`
	Countries []string `yaml:"countries"`
	Ranges    []Listed `yaml:"ranges"`
	Carriers  []int64  `yaml:"carriers"`
}

// Listed is a file of ranges of one kind.
type Listed struct {
	Kind string `yaml:"kind,required"`
	File string `yaml:"file,required"`
}

// mostFiles is how many files of a kind there may be.
const mostFiles = 64

func (w *Whence) check(want func(bool, string, ...any)) {
	for _, x := range []struct {
		key  string
		list []string
	}{{"as", w.AS}, {"countries", w.Countries}} {
		want(len(x.list) <= mostFiles, "whence.%s are %d files; expected at most %d", x.key, len(x.list), mostFiles)
		for _, p := range x.list {
			want(filepath.IsAbs(p), "whence.%s: %q; expected a path from the root", x.key, p)
			want(!strings.HasSuffix(p, ".gz"), "whence.%s: %q is packed; expected a file that is not", x.key, p)
		}
	}
	want(len(w.Ranges) <= mostFiles, "whence.ranges are %d files; expected at most %d", len(w.Ranges), mostFiles)
	for _, r := range w.Ranges {
		_, ok := suspect.ParseRange(r.Kind)
		want(ok, "whence.ranges: the kind is %q; expected cloud, tor, carrier or relay", r.Kind)
		want(filepath.IsAbs(r.File), "whence.ranges: %q; expected a path from the root", r.File)
	}
	want(len(w.Carriers) == 0 || len(w.AS) > 0, "whence.carriers has %d AS, and whence.as is empty; expected a table of prefixes and AS", len(w.Carriers))
	for _, as := range w.Carriers {
		want(as >= 1 && as < 1<<32, "whence.carriers: %d; expected an AS, 1 to 4294967295", as)
	}
}

// source are the files as the tables take them.
func (w *Whence) source() whence.Source {
	s := whence.Source{AS: w.AS, Countries: w.Countries, Systems: map[uint32]suspect.Range{}}
	for _, r := range w.Ranges {
		kind, _ := suspect.ParseRange(r.Kind)
		s.Ranges = append(s.Ranges, whence.List{Kind: kind, Path: r.File})
	}
	for _, as := range w.Carriers {
		s.Systems[uint32(as)] = suspect.Carrier
	}
	return s
}

// known says whether there is anything to look up.
func (w *Whence) known() bool { return len(w.AS)+len(w.Countries)+len(w.Ranges) > 0 }

// File is how a file of the operator's stands that is read again when it changes.
type File struct {
	Path     string          `json:"path"`
	Prefixes int             `json:"prefixes"`          // of the last good reading
	Written  evenkeel.Moment `json:"written,omitempty"` // when what is used was
	Fault    string          `json:"fault,omitempty"`
}

func filesOf(states []whence.State) (all []File) {
	for _, s := range states {
		f := File{Path: s.Path, Prefixes: s.Entries, Fault: s.Fault}
		if !s.Of.IsZero() {
			f.Written = evenkeel.MomentOf(s.Of)
		}
		all = append(all, f)
	}
	return all
}

// Files reads the files that say where visitors come from, and of good bots' ranges, and says how each stands.
func (s *Settings) Files(now func() time.Time) []File {
	atlas := whence.New(s.Whence.source())
	atlas.Look()
	register, err := bots.New(bots.Config{Bots: s.goodBots(), Resolver: bots.NewResolver(s.Resolver), Now: now})
	if err != nil {
		return filesOf(atlas.States()) // settings that were parsed have none that are refused
	}
	register.Look()
	return filesOf(slices.Concat(atlas.States(), register.States()))
}

// tell writes into the log how files stand that were read again.
func (p *Process) tell(states []whence.State) {
	for _, s := range states {
		if s.Fault != "" {
			p.o.Log.Warn("a file is not used as it stands", "path", s.Path, "fault", s.Fault, "prefixes_of_before", s.Entries)
			continue
		}
		p.o.Log.Info("a file is read", "path", s.Path, "prefixes", s.Entries, "written", s.Of.UTC().Format(time.RFC3339))
	}
}
