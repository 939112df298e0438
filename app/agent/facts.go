package agent

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/watch/intake/cgroup"
	intake "github.com/evenkeel/evenkeel/watch/intake/host"
	"github.com/evenkeel/evenkeel/watch/intake/host/sensor"
)

// usageEvery is how often CPUs and disks are read. Rules look at minutes, and take the share of a CPU from what a
// counter gained between two readings: six of them in a minute are enough, and 1,000 guests are 300 records a second.
const usageEvery = 10 * time.Second

// factParts are what facts are made of.
type factParts struct {
	Settings Settings
	World    func() plan.World // the guests, such as Host.World
	Told     func() *Told      // what libvirt said last, such as guests.Told; nil: it is not asked
	Now      func() time.Time  // the wall's clock
	Name     string            // of the node, the source of what is told
	Key      siphash.Key       // of the identities of records
	Deliver  func(*evenkeel.Batch) error
	Log      *slog.Logger
}

// facts tells what happens on this host: on machines (settings: facts.roots), and what guests use (facts.cgroups).
type facts struct {
	factParts
	every  time.Duration
	stat   string // /proc/stat
	source *cgroup.Source
	told   evenkeel.Moment // of the last answer of libvirt that was told
	faults map[evenkeel.AssetID]bool
	opened func() // for a test: everything is watched
}

func newFacts(p factParts) *facts {
	return &facts{
		factParts: p, every: usageEvery, stat: "/proc/stat", source: cgroup.NewSource(p.Key, p.Name), faults: map[evenkeel.AssetID]bool{},
		opened: func() {},
	}
}

// Run tells until ctx ends; returns nil at once where the settings name nothing to tell. That nothing can be watched is
// logged, and is no reason to end: what guests use is told without.
func (f *facts) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	set := &f.Settings.Facts
	if len(set.Roots) > 0 {
		g.Go(func() error { return f.watch(ctx) })
	}
	if set.Cgroups || set.Host != "" {
		g.Go(func() error { return f.measure(ctx) })
	}
	return g.Wait()
}

// watch tells what the sensor sees on machines.
func (f *facts) watch(ctx context.Context) error {
	filter := newFilter(ctx, f.Now)
	set := sensor.Settings{Source: f.Name, Key: f.Key, Log: f.Log, Now: f.Now}
	for _, r := range f.Settings.Facts.Roots {
		id := evenkeel.AssetID(r.Asset)
		set.Roots = append(set.Roots, sensor.Root{Asset: id, Path: r.Path, Container: r.Container})
	}
	set.Filtering = func(id evenkeel.AssetID) intake.Answer {
		if !f.ourselves(id) {
			return intake.Unknown // a guest has a network of its own, which is not asked
		}
		return filter.answer()
	}
	s, err := sensor.Open(set)
	if err != nil {
		f.Log.Warn("what happens on machines is not told", "err", err, "hint", evenkeel.HintOf(err))
		return nil
	}
	f.opened()
	return s.Run(ctx, f.Deliver)
}

// ourselves says whether a machine that is watched is this host.
func (f *facts) ourselves(id evenkeel.AssetID) bool {
	return slices.ContainsFunc(f.Settings.Facts.Roots, func(r Root) bool { return r.Asset == string(id) && filepath.Clean(r.Path) == "/" })
}

// measure tells what is used, again and again.
func (f *facts) measure(ctx context.Context) error {
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	for {
		if err := f.read(evenkeel.MomentOf(f.Now())); err != nil {
			f.Log.Warn("what was used is not told", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// read delivers what all guests, and the host, have used until now.
func (f *facts) read(now evenkeel.Moment) error {
	b := evenkeel.NewBatch(f.Name, now)
	if f.Settings.Facts.Cgroups {
		f.readGuests(b, now)
	}
	var err error
	if host := f.Settings.Facts.Host; host != "" {
		var text []byte
		var cpus []cgroup.CPU
		if text, err = os.ReadFile(f.stat); err == nil {
			cpus, err = cgroup.ParseStat(text)
		}
		f.source.AddCPUs(b, evenkeel.AssetID(host), now, cpus)
	}
	if len(b.Records) > 0 {
		err = errors.Join(err, f.Deliver(b))
	}
	return err
}

// mounted is where control groups are mounted. Of version 1 the settings name the hierarchy of CPUs, in which nothing of
// disks is; the others are beside it.
func mounted(cgroups string) string {
	if base := filepath.Base(cgroups); base == "cpu" || base == "cpu,cpuacct" || base == "cpuacct,cpu" {
		return filepath.Dir(cgroups)
	}
	return cgroups
}

// readGuests adds what guests used: by their control groups, and where they have none by what libvirt said.
func (f *facts) readGuests(b *evenkeel.Batch, now evenkeel.Moment) {
	var told *Told
	if f.Told != nil {
		told = f.Told()
	}
	fresh := told != nil && told.At > f.told
	for _, g := range f.World().Guests {
		if g.Off {
			continue
		}
		if g.Cgroup != "" && f.Settings.Cgroups != "" {
			r, err := cgroup.Read(mounted(f.Settings.Cgroups), g.Cgroup)
			if err != nil && !f.faults[g.Asset] {
				f.Log.Warn("of a guest not all that it uses can be read", "asset", g.Asset, "err", err)
			}
			f.faults[g.Asset] = err != nil
			f.source.Add(b, g.Asset, now, &r)
			if r.CPUSeconds != nil {
				continue
			}
		}
		if !fresh {
			continue
		}
		if used, known := told.Used[string(g.Asset)]; known {
			seconds := used.Seconds()
			f.source.Add(b, g.Asset, told.At, &cgroup.Reading{CPUSeconds: &seconds})
		}
	}
	if fresh {
		f.told = told.At
	}
}
