package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake/host"
	"github.com/evenkeel/evenkeel/watch/intake/host/internal/kernel"
)

// Root is a machine as it is seen from here: / for this one, the root of a container or of a mounted disk for a guest.
type Root struct {
	Asset evenkeel.AssetID
	Path  string
	// Born is when the machine was made; 0: take the birth of /etc/machine-id, which the first boot writes.
	Born evenkeel.Moment
	// Container is the id by which its processes are known to be its own (host.ContainerOf); empty: by the
	// file system that a program is on.
	Container string
}

// Settings are what a Sensor is made of.
type Settings struct {
	Roots  []Root
	Source string
	Key    siphash.Key
	// Filtering says whether packets that come in at an asset are filtered now; nil: nobody knows.
	Filtering func(evenkeel.AssetID) host.Answer
	Every     time.Duration // how often it is swept; 0: 5 s
	Deliver   time.Duration // how often batches leave; 0: 1 s
	Log       *slog.Logger
	Now       func() time.Time
}

// Figures is what a sensor counts.
type Figures struct {
	host.Tally
	Folders  int   // that are watched
	Refused  int   // folders that could not be
	Events   int64 // of the kernel
	Programs int64 // started
	Gone     int64 // processes that had ended before they were looked at
	Lost     int64 // times that the kernel's queue ran over
	Bad      int64 // events that could not be read
}

// Sensor watches. Run is called once.
type Sensor struct {
	set      Settings
	folders  kernel.Group
	programs kernel.Group // nil: not to be had
	self     int

	mu      sync.Mutex // over all below
	lookout *host.Lookout
	batch   *evenkeel.Batch
	roots   map[evenkeel.AssetID]*root
	byKey   map[string]*folder
	figures Figures
	late    lately
	anew    bool // events were lost: look at everything again
}

// Open begins to watch. What cannot be watched is said in the log and counted; that nothing can be is an error.
func Open(set Settings) (*Sensor, error) {
	set.Every, set.Deliver = cmp.Or(set.Every, 5*time.Second), cmp.Or(set.Deliver, time.Second)
	s := &Sensor{set: set, self: os.Getpid(), roots: map[evenkeel.AssetID]*root{}, byKey: map[string]*folder{}}
	s.lookout = host.NewLookout(host.Settings{Source: set.Source, Key: set.Key, Born: s.born}, s)
	s.batch = evenkeel.NewBatch(set.Source, 0)
	var err error
	if s.folders, err = kernel.NewFolders(); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "watch files", Hint: "the sensor needs root, or CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH", Err: err}
	}
	if !s.folders.Who() {
		set.Log.Warn("files are watched by inotify, which does not say who changes them", "hint", "fanotify needs Linux 5.9 and CAP_SYS_ADMIN")
	}
	if s.programs, err = kernel.NewPrograms(); err != nil {
		set.Log.Warn("programs that start are not seen", "err", err, "hint", "fanotify needs CAP_SYS_ADMIN")
	}
	s.Follow(set.Roots)
	if len(s.byKey) == 0 && len(set.Roots) > 0 {
		return nil, errors.Join(&evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "watch files: none of the folders can be watched"}, s.close())
	}
	return s, nil
}

// Follow takes the list of machines as it is now: new ones are watched, those that are gone no more.
func (s *Sensor) Follow(roots []Root) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.roots {
		if !slices.ContainsFunc(roots, func(n Root) bool { return n == r.Root }) {
			s.leave(id)
		}
	}
	for _, n := range roots {
		if s.roots[n.Asset] != nil {
			continue
		}
		if err := s.enter(n); err != nil {
			s.set.Log.Warn("a machine is not watched", "asset", n.Asset, "root", n.Path, "err", err)
		}
	}
}

// Run watches until the context ends and gives each batch to deliver, which may keep it. A batch that is not taken is
// given again with what has come since.
func (s *Sensor) Run(ctx context.Context, deliver func(*evenkeel.Batch) error) error {
	var readers sync.WaitGroup
	fault := make(chan error, 2) // one of each reader
	readers.Go(func() { fault <- s.read(s.folders, s.changed) })
	if s.programs != nil {
		readers.Go(func() { fault <- s.read(s.programs, s.started) })
	}
	sweep, leave := time.NewTicker(s.set.Every), time.NewTicker(s.set.Deliver)
	defer sweep.Stop()
	defer leave.Stop()
	var err error
	for err == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case err = <-fault:
		case <-sweep.C:
			s.sweep()
		case <-leave.C:
			s.hand(deliver)
		}
	}
	err = errors.Join(err, s.close())
	readers.Wait()
	s.hand(deliver)
	return err
}

func (s *Sensor) close() error {
	err := s.folders.Close()
	if s.programs != nil {
		err = errors.Join(err, s.programs.Close())
	}
	return err
}

// read takes events until the group is closed.
func (s *Sensor) read(g kernel.Group, take func(kernel.Event)) error {
	for {
		bad, err := g.Read(take)
		if errors.Is(err, os.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read events of the kernel: %w", err)
		}
		if bad > 0 {
			s.mu.Lock()
			s.figures.Bad += int64(bad)
			s.mu.Unlock()
		}
	}
}

// hand gives away what there is.
func (s *Sensor) hand(deliver func(*evenkeel.Batch) error) {
	s.mu.Lock()
	s.lookout.Due(s.now(), s.batch)
	for asset, n := range s.lookout.LeftOut() {
		s.set.Log.Warn("a machine has more to tell than it may", "asset", asset, "left_out", n)
	}
	b := s.batch
	if len(b.Records) == 0 {
		s.mu.Unlock()
		return
	}
	s.batch = evenkeel.NewBatch(s.set.Source, 0)
	s.mu.Unlock()
	err := deliver(b)
	if err == nil {
		return
	}
	s.set.Log.Warn("host events wait", "events", len(b.Records), "err", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.batch.Records {
		if len(b.Records) < maxWaiting {
			b.AddHostEvent(s.batch.HostEvent(&s.batch.Records[i]))
		}
	}
	s.batch = b
}

// maxWaiting bounds how many records wait for whoever takes them: the oldest, which are where it began.
const maxWaiting = 65_536

// Figures returns what was counted so far.
func (s *Sensor) Figures() Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.figures
	f.Tally, f.Folders = s.lookout.Tally(), len(s.byKey)
	return f
}

func (s *Sensor) now() evenkeel.Moment { return evenkeel.MomentOf(s.set.Now()) }

func (s *Sensor) born(id evenkeel.AssetID) evenkeel.Moment {
	if r := s.roots[id]; r != nil {
		return r.born
	}
	return 0
}
