package whence

import (
	"context"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Source are the operator's files. Where several of a kind know an address, the first one counts.
type Source struct {
	AS        []string // tables of prefixes and AS
	Countries []string // tables of prefixes and countries
	Ranges    []List
	Systems   map[uint32]suspect.Range // of which kind all addresses of an AS are, such as those of a carrier
}

// List is a file of prefixes of one kind.
type List struct {
	Kind suspect.Range
	Path string
}

// Atlas knows where addresses belong. Of may be called by any number of goroutines.
type Atlas struct {
	now    atomic.Pointer[snapshot]
	states atomic.Pointer[[]State]

	mu        sync.Mutex // of what reads
	as        []*File[*table[uint32]]
	countries []*File[*table[[2]byte]]
	ranges    []*File[[]netip.Prefix]
	kinds     []suspect.Range
	systems   map[uint32]suspect.Range
}

// New returns one that knows nothing until it looked.
func New(s Source) *Atlas {
	a := &Atlas{systems: maps.Clone(s.Systems)}
	a.now.Store(new(snapshot))
	for _, path := range s.AS {
		a.as = append(a.as, NewFile(path, systems))
	}
	for _, path := range s.Countries {
		a.countries = append(a.countries, NewFile(path, countries))
	}
	for _, l := range s.Ranges {
		a.ranges, a.kinds = append(a.ranges, NewFile(l.Path, Ranges)), append(a.kinds, l.Kind)
	}
	a.tell()
	return a
}

// mapped says whether a file is one of MaxMind's form, by its name.
func mapped(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".mmdb") }

// systems reads a table of prefixes and AS.
func systems(name string, data []byte) (*table[uint32], error) {
	all, err := networks[uint32](nil), error(nil)
	if mapped(name) {
		all, err = database(name, data, recordAS)
	} else {
		all, err = rows(name, data, asOf)
	}
	if err != nil {
		return nil, err
	}
	return tableOf(all), nil
}

func countries(name string, data []byte) (*table[[2]byte], error) {
	all, err := networks[[2]byte](nil), error(nil)
	if mapped(name) {
		all, err = database(name, data, recordCountry)
	} else {
		all, err = rows(name, data, countryOf)
	}
	if err != nil {
		return nil, err
	}
	return tableOf(all), nil
}

// Of says where an address belongs.
func (a *Atlas) Of(address netip.Addr) suspect.Place { return a.now.Load().of(address) }

// Look reads the files that changed, and says whether anything is known that was not.
func (a *Atlas) Look() (fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer a.tell()
	for _, f := range a.as {
		fresh = f.Look(size) || fresh
	}
	for _, f := range a.countries {
		fresh = f.Look(size) || fresh
	}
	for _, f := range a.ranges {
		fresh = f.Look(func(p []netip.Prefix) int { return len(p) }) || fresh
	}
	if !fresh {
		return false
	}
	s := &snapshot{systems: a.systems}
	for _, f := range a.as {
		add(&s.as, f.Good())
	}
	for _, f := range a.countries {
		add(&s.country, f.Good())
	}
	var all []labelled
	for i, f := range a.ranges {
		for _, p := range f.Good() {
			all = append(all, labelled{p, a.kinds[i]})
		}
	}
	s.label(all)
	a.now.Store(s)
	return true
}

// lookEvery is how often files are looked at.
const lookEvery = 5 * time.Second

// Run reads the files, and again those that change, until ctx ends. told is called after each look at which something became known, or a fault came or went.
func (a *Atlas) Run(ctx context.Context, told func([]State)) error {
	beat := time.NewTicker(lookEvery)
	defer beat.Stop()
	says := ""
	for {
		fresh := a.Look()
		if now := a.faults(); fresh || now != says {
			says = now
			told(a.States())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		}
	}
}

// faults are those of all files.
func (a *Atlas) faults() string {
	var b strings.Builder
	for _, s := range a.States() {
		b.WriteString(s.Fault)
	}
	return b.String()
}

// States are how the files stand after the last look. Nobody changes them. It waits for no file that is being read.
func (a *Atlas) States() []State { return *a.states.Load() }

// tell keeps how the files stand.
func (a *Atlas) tell() {
	var all []State
	for _, f := range a.as {
		all = append(all, f.State())
	}
	for _, f := range a.countries {
		all = append(all, f.State())
	}
	for _, f := range a.ranges {
		all = append(all, f.State())
	}
	a.states.Store(&all)
}
